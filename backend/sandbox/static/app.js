// Asks for the state every other second and lets each phone redraw what changed.
import { h, send, tap, toast } from "./dom.js";
import { PhoneCard } from "./phone.js";

const EVERY_MILLISECONDS = 1500;
const FAULTS = { errcode: "返回错误码", http_status: "返回 HTTP", delay: "延迟", drop: "断开连接", lost_answer: "办了但答复丢失", errcode_after: "办了却返回错误码", unsigned: "答复没有签名", tampered: "答复被改动" };
const PULSES = {
  accepted: ["good", "产品已应答"],
  replied: ["good", "产品已应答"],
  under_way: ["", "正在通知产品"],
  bad_answer: ["bad", "产品应答有误"],
  no_answer: ["bad", "产品没有应答"],
};

const $ = (id) => document.getElementById(id);
const cards = new Map();
let etag = "";

async function refresh() {
  const answer = await fetch("/_world/state", { headers: { "If-None-Match": etag } });
  if (answer.status === 304) return;
  etag = answer.headers.get("ETag");
  draw(await answer.json());
}

function draw(state) {
  $("empty").hidden = state.phones.length > 0;
  for (const phone of state.phones) {
    if (!cards.has(phone.phone)) {
      const card = new PhoneCard(phone.phone);
      cards.set(phone.phone, card);
      $("phones").append(card.node);
    }
    cards.get(phone.phone).update(phone, state.templates, state.menu);
  }
  drawFaults(state.faults);
  const [tone, words] = state.product ? PULSES[state.product.outcome] : ["good", "已就绪"];
  pulse(tone, words, state.product ? state.product.detail : "");
}

function drawFaults(faults) {
  $("faults").hidden = faults.length === 0;
  const items = faults.map((fault) => {
    const size = { errcode: fault.errcode, errcode_after: fault.errcode, http_status: fault.status, delay: `${fault.seconds} 秒` }[fault.kind] || "";
    const path = fault.path === "*" ? "所有接口" : fault.path === "/" ? "短信接口" : fault.path;
    return h("li", {}, h("code", {}, path), `${FAULTS[fault.kind]} ${size} ${often(fault)}`);
  });
  const clear = tap(() => send("DELETE", "/faults"));
  $("faults").replaceChildren(h("b", {}, "正在模拟故障"), h("ul", {}, ...items),
    h("button", { type: "button", onclick: clear }, "全部恢复"));
}

function often(fault) {
  return fault.share ? `· ${(fault.share * 100).toLocaleString("zh-CN")}% 的请求` : `× ${fault.remaining}`;
}

function pulse(tone, words, detail = "") {
  $("pulse").className = `pulse ${tone}`;
  $("pulse").textContent = words;
  $("pulse").title = detail;
}

async function keepFresh() {
  try {
    if (!document.hidden) await refresh();
  } catch {
    etag = "";
    pulse("bad", "沙盒没有应答");
  }
  setTimeout(keepFresh, EVERY_MILLISECONDS);
}

$("add").addEventListener("click", () => $("dialog").showModal());
$("cancel").addEventListener("click", () => $("dialog").close());
$("new-phone").addEventListener("submit", tap(async (event) => {
  const { name, phone } = Object.fromEntries(new FormData(event.target));
  await send("PUT", `/phones/${phone}`, { name });
  event.target.reset();
  $("dialog").close();
  toast(`${name}的手机已添加`);
  await refresh();
}));
document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details[open]")) {
    if (!open.contains(event.target)) open.removeAttribute("open");
  }
});
keepFresh();
