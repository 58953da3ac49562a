// One phone: who it belongs to, what arrived, and what its owner can do.
import { h, send, tap, toast } from "./dom.js";
import { feedNode, timeNode } from "./feed.js";

const COLOURS = 6;
const NEAR_PIXELS = 80; // whoever scrolled further up is reading and is not pulled down
const CODES = [
  ["wx-login", "小程序登录码"],
  ["phone-code", "手机号授权码"],
  ["oauth-code", "网页授权码"],
];

export class PhoneCard {
  constructor(phone) {
    this.phone = phone;
    this.path = `/phones/${phone}`;
    this.last = null;
    this.drawn = {};
    this.build();
  }

  build() {
    this.avatar = h("span", { className: `avatar c${Number(this.phone.slice(-2)) % COLOURS}` });
    this.name = h("h2", {});
    this.followButton = h("button", { type: "button", className: "follow", onclick: tap(() => this.toggleFollow()) });
    this.feed = h("div", { className: "feed", role: "log", tabIndex: 0 });
    this.consents = h("div", { className: "sheet-body" });
    this.menu = h("nav", { className: "menu", ariaLabel: "公众号菜单" });
    this.words = h("input", { placeholder: "给公众号留言", ariaLabel: "给公众号留言", maxLength: 600 });
    this.composer = h("form", { className: "composer", onsubmit: tap(() => this.say()) },
      this.words, h("button", { type: "submit", className: "primary" }, "发送"));
    // A wallet with its red packets and bank cards takes its place between the head and the feed (grid area "wallet").
    this.node = h("section", { className: "phone" },
      h("div", { className: "head" }, this.avatar,
        h("div", { className: "who" }, this.name, h("span", {}, this.phone.replace(/(\d{3})(\d{4})/, "$1 $2 "))),
        this.followButton),
      this.feed,
      h("div", { className: "tools" },
        sheet("订阅消息", this.consents),
        sheet("取授权码", h("div", { className: "sheet-body" }, ...CODES.map((code) => this.codeButton(...code))))),
      this.menu, this.composer);
  }

  update(phone, templates, menu) {
    const name = phone.name || "未登记的号码";
    this.node.ariaLabel = `${name}的手机`;
    this.name.textContent = name;
    this.avatar.textContent = phone.name ? phone.name.slice(0, 1) : "?";
    this.following = phone.following;
    this.followButton.textContent = phone.following ? "已关注" : "关注公众号";
    this.followButton.title = phone.following ? "点一下取消关注" : "";
    this.followButton.classList.toggle("on", phone.following);
    this.composer.hidden = !phone.following;
    this.menu.hidden = !phone.following || menu.length === 0;
    this.redraw("menu", menu, () => this.menu.replaceChildren(...menu.map((button) => this.menuButton(button))));
    this.redraw("consents", [templates, phone.consents], () => this.consents.replaceChildren(
      ...templates.map((template) => this.consentRow(template, phone.consents[template.id]))));
    this.append(phone.feed); // last, when the height that is left for it is known
  }

  // Rebuilds a part only when its data changed, so that nothing jumps under a finger.
  redraw(part, data, draw) {
    const text = JSON.stringify(data);
    if (this.drawn[part] !== text) {
      this.drawn[part] = text;
      draw();
    }
  }

  append(feed) {
    const fresh = feed.filter((message) => !this.last || message.id > this.last.id);
    if (fresh.length === 0) {
      if (!this.last && !this.feed.firstChild) this.feed.append(h("p", { className: "nothing" }, "还没有收到任何消息"));
      return;
    }
    const reading = this.last && this.feed.scrollHeight - this.feed.scrollTop - this.feed.clientHeight > NEAR_PIXELS;
    if (!this.last) this.feed.replaceChildren();
    for (const message of fresh) {
      const time = timeNode(message, this.last);
      if (time) this.feed.append(time);
      this.feed.append(feedNode(message));
      this.last = message;
    }
    if (!reading) this.feed.scrollTop = this.feed.scrollHeight;
  }

  async toggleFollow() {
    await send("POST", `${this.path}/${this.following ? "unfollow" : "follow"}`);
  }

  async say() {
    const text = this.words.value.trim();
    if (!text) return;
    await send("POST", `${this.path}/say`, { text });
    this.words.value = "";
  }

  menuButton(button) {
    if (button.sub_button.length === 0) return this.leaf(button);
    const list = h("div", { className: "below" }, ...button.sub_button.map((below) => this.leaf(below)));
    return sheet(button.name, list);
  }

  leaf(button) {
    const page = button.type === "view";
    const press = tap(async (event) => {
      event.target.closest("details")?.removeAttribute("open");
      await send("POST", `${this.path}/click`, { key: page ? button.url : button.key });
      if (page) window.open(button.url, "_blank", "noopener");
    });
    return h("button", { type: "button", onclick: press }, button.name);
  }

  consentRow(template, consent) {
    const act = (verb, body) => tap(() => send("POST", `${this.path}/${verb}`, { template_id: template.id, ...body }));
    const left = !consent ? "未允许" : consent.lasting ? "长期允许" : `还可收 ${consent.remaining} 条`;
    const buttons = [h("button", { type: "button", onclick: act("allow", { accept: true }) }, "允许")];
    if (consent) buttons.push(h("button", { type: "button", className: "quiet", onclick: act("refuse") }, "关闭"));
    else buttons.push(h("button", { type: "button", className: "quiet", onclick: act("allow", { accept: false }) }, "拒绝"));
    return h("div", { className: "row" },
      h("div", {}, h("b", {}, template.title), h("small", {}, `${template.app === "mini" ? "小程序" : "公众号"} · ${left}`)),
      ...buttons);
  }

  codeButton(verb, label) {
    const take = tap(async () => {
      const { code } = await send("POST", `${this.path}/${verb}`);
      await navigator.clipboard?.writeText(code).catch(() => null);
      toast(`${label}（五分钟内用一次）：${code}`, 12);
    });
    return h("button", { type: "button", onclick: take }, label);
  }
}

function sheet(title, body) {
  return h("details", { className: "sheet", name: "sheet" }, h("summary", {}, title), body);
}
