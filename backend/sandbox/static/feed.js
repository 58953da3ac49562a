// One line of a phone's screen for everything that arrived or was done.
import { h, send, tap } from "./dom.js";

const QUIET_SECONDS = 300;
const SENDERS = { mini: "小程序 · 电子社保", oa: "公众号 · 电子社保" };

export function feedNode(message) {
  return (NODES[message.kind] || NODES.event)(message);
}

// A time between two lines that lie apart, as messengers show it.
export function timeNode(message, previous) {
  if (previous && (new Date(message.at) - new Date(previous.at)) / 1000 < QUIET_SECONDS) return null;
  const [day, clock] = message.at.split("T");
  const [, month, date] = day.split("-").map(Number);
  return h("time", { dateTime: message.at }, `${month}月${date}日 ${clock.slice(0, 5)}`);
}

const NODES = {
  sms: (message) => h("article", { className: "card sms" },
    h("header", {}, h("i", { className: "badge sms" }, "信"), `短信 · ${message.sender}`),
    h("p", {}, ...withCode(message))),
  subscribe: (message) => notice(message, "查看小程序"),
  template: (message) => notice(message, "查看详情"),
  red_packet: packet,
  payment,
  reply: (message) => h("div", { className: "bubble theirs" }, message.text),
  say: (message) => h("div", { className: "bubble mine" }, message.text),
  event: (message) => h("div", { className: "aside" }, message.text),
  system: (message) => h("div", { className: "aside warning" }, message.text),
};

function payment(message) {
  const foot = h("footer", {}, h("button", { type: "button", className: "primary", onclick: tap(pay) }, "支付"));
  async function pay() {
    await send("POST", `/collector/orders/${message.number}/pay`);
    foot.replaceChildren("已支付");
  }
  return h("article", { className: "card payment" },
    h("header", {}, h("i", { className: "badge" }, "付"), "微信支付 · 待付款"),
    h("b", {}, `${(message.amount / 100).toFixed(2)} 元`), h("p", {}, message.description), foot);
}

function packet(message) {
  const foot = h("footer", {}, message.opened ? "已存入零钱" : null);
  if (!message.opened) foot.append(h("button", { type: "button", onclick: tap(open) }, "拆红包"));
  async function open() {
    await send("POST", `/packets/${message.number}/open`);
    foot.replaceChildren("已存入零钱");
  }
  return h("article", { className: "card packet" },
    h("header", {}, h("i", { className: "badge" }, "红"), `${message.sender}的红包`),
    h("b", {}, `${(message.amount / 100).toFixed(2)} 元`), h("p", {}, message.wishing), foot);
}

function notice(message, words) {
  const rows = message.fields.map(({ label, value }) =>
    h("div", {}, h("dt", {}, label), h("dd", {}, value || "—")));
  return h("article", { className: `card notice ${message.app}` },
    h("header", {}, h("i", { className: `badge ${message.app}` }, "社"), SENDERS[message.app]),
    h("h3", {}, message.title),
    h("dl", {}, ...rows),
    footer(message, words));
}

function footer(message, words) {
  const address = message.url || message.page;
  if (!address) return null;
  if (/^https?:\/\//.test(address)) {
    return h("a", { className: "more", href: address, target: "_blank", rel: "noopener noreferrer" }, words);
  }
  return h("span", { className: "more", title: address }, words);
}

function withCode(message) {
  const found = message.purpose === "code" && message.text.match(/^(.*?】)(\d+)(.*)$/s);
  return found ? [found[1], h("b", {}, found[2]), found[3]] : [message.text];
}
