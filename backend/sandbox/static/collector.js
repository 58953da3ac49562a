// WeChat Pay for the collecting merchant: orders, refunds, and what the product was told of them.
import { h, send, tap, toast } from "./dom.js";

const EVERY_MILLISECONDS = 3000;
const ORDERS = {
  NOTPAY: ["", "待支付"],
  SUCCESS: ["good", "已支付"],
  CLOSED: ["warn", "已关闭"],
  REFUND: ["warn", "有退款"],
};
const REFUNDS = {
  PROCESSING: ["", "退款中"],
  SUCCESS: ["good", "已到账"],
  ABNORMAL: ["bad", "异常"],
  CLOSED: ["bad", "已关闭"],
};
const NOTICES = {
  new: ["", "待发送"],
  under_way: ["", "发送中"],
  accepted: ["good", "产品已收到"],
  dropped: ["warn", "未发送"],
  given_up: ["bad", "已放弃"],
  unwanted: ["", "不需要"],
};
const FORGERIES = { signature: "签名错误", serial: "证书未知", stale: "时间过早", future: "时间过晚", key: "密钥不同", merchant: "其他商户" };

const $ = (id) => document.getElementById(id);
const yuan = (fen) => (fen / 100).toLocaleString("zh-CN", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
let drawn = "";

async function refresh() {
  const state = await send("GET", "/collector");
  const seen = JSON.stringify(state);
  if (seen === drawn) return;
  drawn = seen;
  $("collector-balance").textContent = `${yuan(state.balance)} 元`;
  $("collector-paid").textContent = `${state.paid.toLocaleString("zh-CN")} 笔`;
  $("collector-taken").textContent = `${yuan(state.taken)} 元`;
  $("collector-back").textContent = `${yuan(state.back)} 元`;
  $("collector-dropped").checked = state.dropped;
  $("collector-twice").checked = state.copies > 1;
  $("collector-end").value = state.refund_end;
  drawRules(state);
  fill("collector-orders", state.orders, 5, orderRow, "还没有收到订单");
  fill("collector-refunds", state.refunds, 4, refundRow, "还没有退款");
  fill("collector-notices", state.notices, 4, noticeRow, "还没有通知");
}

function drawRules(state) {
  const rules = [];
  if (state.misstated) rules.push(`多报 ${yuan(state.misstated)} 元`);
  if (state.delay || state.scatter) rules.push(`通知推迟 ${state.delay} 至 ${state.delay + state.scatter} 秒`);
  if (state.forge) rules.push(`通知伪造：${FORGERIES[state.forge]}`);
  if (state.spoil) rules.push("下一份账单有误");
  $("collector-rules").hidden = rules.length === 0;
  $("collector-rules").textContent = rules.join("；");
}

function fill(id, rows, columns, draw, nothing) {
  const empty = h("tr", {}, h("td", { colSpan: columns, className: "nothing" }, nothing));
  $(id).replaceChildren(...(rows.length ? rows.map(draw) : [empty]));
}

function orderRow(order) {
  return h("tr", {},
    h("td", {}, moment(order.paid_at || order.created_at)),
    h("td", {}, h("span", {}, order.phone), h("small", {}, order.description)),
    h("td", { className: "money" }, yuan(order.amount)),
    h("td", {}, mark(...ORDERS[order.state]), order.state === "CLOSED" ? late(order) : null),
    h("td", {}, order.number));
}

// A payment that was on its way when the order was closed.
function late(order) {
  const arrive = tap(async () => {
    await send("POST", `/collector/orders/${order.number}/pay`, { late: true });
    toast("迟到的款项已到账");
    await refresh();
  });
  return h("small", {}, h("button", { type: "button", className: "late", onclick: arrive }, "款项迟到"));
}

function refundRow(refund) {
  return h("tr", {},
    h("td", {}, moment(refund.created_at)),
    h("td", { className: "money" }, yuan(refund.amount)),
    h("td", {}, mark(...REFUNDS[refund.status])),
    h("td", {}, h("span", {}, refund.number), h("small", {}, refund.reason)));
}

function noticeRow(notice) {
  return h("tr", {},
    h("td", {}, moment(notice.created_at)),
    h("td", { className: "summary" }, notice.summary),
    h("td", {}, mark(...NOTICES[notice.outcome]), h("small", {}, `${notice.attempts} 次 ${notice.detail}`)),
    h("td", {}, notice.number));
}

function moment(at) {
  const [day, clock] = at.split("T");
  return h("time", { dateTime: at }, `${day.slice(5)} ${clock.slice(0, 8)}`);
}

function mark(tone, words) {
  return h("span", { className: `mark-${tone || "plain"}` }, words);
}

function turn(path, wish) {
  return async (event) => {
    await send("PUT", path, wish(event.target));
    await refresh();
  };
}

$("collector-dropped").addEventListener("change", tap(turn("/collector/notices", (box) => ({ dropped: box.checked }))));
$("collector-twice").addEventListener("change", tap(turn("/collector/notices", (box) => ({ copies: box.checked ? 2 : 1 }))));
$("collector-end").addEventListener("change", tap(turn("/collector", (list) => ({ refund_end: list.value }))));

async function keepFresh() {
  try {
    if (!document.hidden) await refresh();
  } catch {
    drawn = ""; // the page's pulse says that the sandbox is away; what it comes back with is drawn anew
  }
  setTimeout(keepFresh, EVERY_MILLISECONDS);
}
keepFresh();
