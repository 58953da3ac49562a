// WeChat Pay: the merchant's wallet and the last red packets.
import { h, send, tap } from "./dom.js";

const EVERY_MILLISECONDS = 3000;
const STATES = {
  SENDING: ["", "发放中"],
  SENT: ["", "待领取"],
  RECEIVED: ["good", "已领取"],
  FAILED: ["bad", "发放失败"],
  RFUND_ING: ["warn", "退款中"],
  REFUND: ["warn", "已退回"],
};

const $ = (id) => document.getElementById(id);
const yuan = (fen) => (fen / 100).toLocaleString("zh-CN", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
let drawn = "";

async function refresh() {
  draw(await send("GET", "/wallet"));
}

function draw(wallet) {
  const seen = JSON.stringify(wallet);
  if (seen === drawn) return;
  drawn = seen;
  $("wallet-balance").textContent = `${yuan(wallet.balance)} 元`;
  $("wallet-count").textContent = `${wallet.count.toLocaleString("zh-CN")} 个`;
  $("wallet-out").textContent = `${yuan(wallet.out)} 元`;
  $("wallet-received").textContent = `${yuan(wallet.received)} 元`;
  $("wallet-opens").checked = wallet.opens_at_once;
  const nothing = h("tr", {}, h("td", { colSpan: 5, className: "nothing" }, "还没有发出红包"));
  $("wallet-packets").replaceChildren(...(wallet.packets.length ? wallet.packets.map(row) : [nothing]));
}

function row(packet) {
  const [day, clock] = packet.sent_at.split("T");
  const [tone, words] = STATES[packet.status];
  return h("tr", {},
    h("td", {}, h("time", { dateTime: packet.sent_at }, `${day.slice(5)} ${clock.slice(0, 8)}`)),
    h("td", {}, h("span", {}, packet.phone), h("small", {}, packet.wishing)),
    h("td", { className: "money" }, yuan(packet.amount)),
    h("td", {}, h("span", { className: `state ${tone}` }, words)),
    h("td", {}, packet.number));
}

async function keepFresh() {
  try {
    if (!document.hidden) await refresh();
  } catch {
    drawn = ""; // the page's pulse says that the sandbox is away; what it comes back with is drawn anew
  }
  setTimeout(keepFresh, EVERY_MILLISECONDS);
}

$("wallet-opens").addEventListener("click", tap(async (event) => {
  draw(await send("PUT", "/wallet", { opens_at_once: !JSON.parse(drawn).opens_at_once }));
}));
keepFresh();
