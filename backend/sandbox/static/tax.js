// The tax authority: payments with their receipts, refunds, and how fast and how strict it is.
import { h, send, tap } from "./dom.js";

const EVERY_MILLISECONDS = 3000;
const PAYMENTS = { BOOKED: ["good", "已入库"], PENDING: ["", "待入库"] };
const REFUNDS = {
  ACCEPTED: ["", "已受理"],
  REVIEWING: ["warn", "审核中"],
  REFUNDED: ["good", "已退还"],
  REJECTED: ["bad", "不予退费"],
};

const $ = (id) => document.getElementById(id);
const yuan = (fen) => (fen / 100).toLocaleString("zh-CN", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
let drawn = "";

async function refresh() {
  const state = await send("GET", "/tax");
  const seen = JSON.stringify(state);
  if (seen === drawn) return;
  drawn = seen;
  $("tax-received").textContent = `${yuan(state.received)} 元`;
  $("tax-receipts").textContent = `${state.receipts.toLocaleString("zh-CN")} 张`;
  $("tax-refunded").textContent = `${yuan(state.refunded)} 元`;
  if (document.activeElement !== $("tax-receipt-seconds")) $("tax-receipt-seconds").value = state.receipt_seconds;
  $("tax-reject").checked = state.reject_refunds > 0;
  fill("tax-payments", state.payments, 5, paymentRow, "还没有收到缴款信息");
  fill("tax-asked", state.asked, 4, refundRow, "还没有退费申请");
}

function fill(id, rows, columns, draw, nothing) {
  const empty = h("tr", {}, h("td", { colSpan: columns, className: "nothing" }, nothing));
  $(id).replaceChildren(...(rows.length ? rows.map(draw) : [empty]));
}

function paymentRow(payment) {
  return h("tr", {},
    h("td", {}, moment(payment.at)),
    h("td", { className: "name" }, payment.name),
    h("td", { className: "money" }, yuan(payment.amount)),
    h("td", {}, mark(...PAYMENTS[payment.status])),
    h("td", {}, h("span", {}, payment.receipt || "—"), h("small", {}, payment.order_number)));
}

function refundRow(refund) {
  return h("tr", {},
    h("td", {}, moment(refund.at)),
    h("td", { className: "money" }, yuan(refund.amount)),
    h("td", {}, mark(...REFUNDS[refund.status]), refund.reject_reason ? h("small", {}, refund.reject_reason) : null),
    h("td", {}, h("span", {}, refund.number), h("small", {}, refund.reason)));
}

function moment(at) {
  const [day, clock] = at.split("T");
  return h("time", { dateTime: at }, `${day.slice(5)} ${clock.slice(0, 8)}`);
}

function mark(tone, words) {
  return h("span", { className: `mark-${tone || "plain"}` }, words);
}

function turn(wish) {
  return async (event) => {
    await send("PUT", "/tax", wish(event.target));
    await refresh();
  };
}

$("tax-receipt-seconds").addEventListener("change", tap(turn((input) => ({ receipt_seconds: Number(input.value) }))));
$("tax-reject").addEventListener("change", tap(turn((input) => ({ reject_refunds: input.checked ? 1 : 0 }))));

async function keepFresh() {
  try {
    if (!document.hidden) await refresh();
  } catch {
    drawn = ""; // the page's pulse says that the sandbox is away; what it comes back with is drawn anew
  }
  setTimeout(keepFresh, EVERY_MILLISECONDS);
}
keepFresh();
