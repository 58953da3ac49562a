// The bank: its fund, the last instructions and the accounts that they went to.
import { h, send } from "./dom.js";

const EVERY_MILLISECONDS = 3000;
const STATUSES = {
  ACCEPTED: ["", "已受理"],
  PAID: ["good", "已到账"],
  RETURNED: ["warn", "已退汇"],
  FAILED: ["bad", "未付"],
};
const REASONS = { 1001: "账户不存在", 1002: "户名不符", 1003: "账户已销户或冻结" };
const STATES = { open: ["good", "正常"], closed: ["bad", "已销户"], frozen: ["bad", "已冻结"], missing: ["bad", "不存在"] };
const RETURNS = { at_once: "付后即退", next_day: "次日退汇" };

const $ = (id) => document.getElementById(id);
const yuan = (fen) => (fen / 100).toLocaleString("zh-CN", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
let drawn = "";

async function refresh() {
  const state = await send("GET", "/bank");
  const seen = JSON.stringify(state);
  if (seen === drawn) return;
  drawn = seen;
  $("bank-balance").textContent = `${yuan(state.balance)} 元`;
  $("bank-payments").textContent = `${state.payments.toLocaleString("zh-CN")} 笔`;
  $("bank-paid").textContent = `${yuan(state.paid)} 元`;
  drawRules(state);
  fill("bank-orders", state.orders, 5, orderRow, "还没有收到付款指令");
  fill("bank-accounts", state.accounts, 4, accountRow, "未登记的账号一律视为正常账户");
}

function drawRules(state) {
  const rules = [];
  if (state.pays_after_seconds) rules.push(`受理 ${state.pays_after_seconds} 秒后付出`);
  if (state.daily_limit !== null) rules.push(`每日限额 ${yuan(state.daily_limit)} 元`);
  $("bank-rules").hidden = rules.length === 0;
  $("bank-rules").textContent = rules.join("；");
}

function fill(id, rows, columns, draw, nothing) {
  const empty = h("tr", {}, h("td", { colSpan: columns, className: "nothing" }, nothing));
  $(id).replaceChildren(...(rows.length ? rows.map(draw) : [empty]));
}

function orderRow(order) {
  const [day, clock] = order.at.split("T");
  const [tone, words] = STATUSES[order.status];
  return h("tr", {},
    h("td", {}, h("time", { dateTime: order.at }, `${day.slice(5)} ${clock.slice(0, 8)}`)),
    h("td", {}, h("b", {}, order.name), h("small", {}, order.account)),
    h("td", { className: "money" }, yuan(order.amount)),
    h("td", {}, mark(tone, words), REASONS[order.code] ? h("small", {}, REASONS[order.code]) : null),
    h("td", {}, h("span", {}, order.number), h("small", {}, order.purpose)));
}

function accountRow(account) {
  return h("tr", {},
    h("td", {}, account.account),
    h("td", { className: "name" }, account.name || "—"),
    h("td", {}, mark(...STATES[account.state]), account.returns ? h("small", {}, RETURNS[account.returns]) : null),
    h("td", { className: "money" }, yuan(account.balance)));
}

function mark(tone, words) {
  return h("span", { className: `mark-${tone || "plain"}` }, words);
}

async function keepFresh() {
  try {
    if (!document.hidden) await refresh();
  } catch {
    drawn = ""; // the page's pulse says that the sandbox is away; what it comes back with is drawn anew
  }
  setTimeout(keepFresh, EVERY_MILLISECONDS);
}
keepFresh();
