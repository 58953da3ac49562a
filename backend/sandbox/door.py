"""The world's own door: what people do with their phones, and what arrived there."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from backend.sandbox import callbacks, catalogue
from backend.sandbox.callbacks import Callbacks
from backend.sandbox.catalogue import Template
from backend.sandbox.world import PHONE, the_world

routes = Blueprint("door", __name__, url_prefix="/_world")
Answer = Response | tuple[Response, int]


class Unfit(Exception):
    """A wish that the world cannot fulfil: an HTTP status and a Chinese reason."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def explain(blueprint: Blueprint) -> None:
    """Lets a blueprint answer its errors as {"message"}."""

    @blueprint.errorhandler(Unfit)
    def unfit(error: Unfit) -> Answer:
        return jsonify(message=str(error)), error.status

    @blueprint.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Answer:
        return jsonify(message=error.description), error.code or 500


explain(routes)


@routes.put("/phones/<phone>")
def put_phone(phone: str) -> Answer:
    """Registers a phone: {"name", "sms_blocked"?}; the same again changes nothing."""
    if not PHONE.fullmatch(phone):
        raise Unfit(400, "手机号须为 11 位数字，以 1 开头")
    wish = read_wish()
    name = wish.get("name")
    if not isinstance(name, str) or not 1 <= len(name) <= 30:
        raise Unfit(400, "name 须为 1 至 30 个字")
    world = the_world()
    world.register(phone, name, sms_blocked=wish.get("sms_blocked") is True)
    return jsonify(
        phone=phone,
        name=name,
        mini_openid=world.openid(world.config.mini, phone),
        oa_openid=world.openid(world.config.oa, phone),
        unionid=world.unionid(phone),
    )


@routes.post("/phones/<phone>/wx-login")
def wx_login(phone: str) -> Answer:
    """What wx.login() gives the mini-program."""
    return _code(phone, "login")


@routes.post("/phones/<phone>/phone-code")
def phone_code(phone: str) -> Answer:
    """What the phone-number button gives the mini-program."""
    return _code(phone, "phone")


@routes.post("/phones/<phone>/oauth-code")
def oauth_code(phone: str) -> Answer:
    """What the redirect of the official account's sign-in carries: {"scope"?}, else snsapi_userinfo."""
    scope = str(read_wish().get("scope", "snsapi_userinfo"))
    if scope not in ("snsapi_base", "snsapi_userinfo"):
        raise Unfit(400, "scope 须为 snsapi_base 或 snsapi_userinfo")
    return _code(phone, "oauth", scope)


@routes.post("/phones/<phone>/follow")
def follow(phone: str) -> Answer:
    """The owner follows the official account."""
    return _act(phone, "关注了公众号", callbacks.event("subscribe", EventKey=""), follows=True)


@routes.post("/phones/<phone>/unfollow")
def unfollow(phone: str) -> Answer:
    """The owner stops following."""
    _following(phone)
    return _act(phone, "取消关注了公众号", callbacks.event("unsubscribe", EventKey=""), follows=False)


@routes.post("/phones/<phone>/say")
def say(phone: str) -> Answer:
    """The owner writes to the official account: {"text"}."""
    text = read_wish().get("text")
    if not isinstance(text, str) or not text.strip() or len(text.encode()) > 2048:
        raise Unfit(400, "text 须为 1 至 2048 字节")
    _following(phone)
    return _act(phone, text, callbacks.text_message(text), kind="say")


@routes.post("/phones/<phone>/click")
def click(phone: str) -> Answer:
    """The owner taps a menu button: {"key"}, or a page's address; phones may show an older menu than ours."""
    key = read_wish().get("key")
    if not isinstance(key, str) or not key:
        raise Unfit(400, "缺少 key")
    _following(phone)
    button = next((b for b in _menu_leaves() if key in (b.get("key"), b.get("url"))), {"name": key})
    name = "VIEW" if button.get("type") == "view" else "CLICK"
    return _act(phone, f"点击菜单“{button['name']}”", callbacks.event(name, EventKey=key))


@routes.post("/phones/<phone>/allow")
def allow(phone: str) -> Answer:
    """The owner answers the window that asks for a subscribe message: {"template_id", "accept"}."""
    wish = read_wish()
    accept = wish.get("accept", True) is True
    template = _subscribe_template(wish.get("template_id"))
    scene = 0 if template.app == "mini" else 2
    world = the_world()
    with world.store.write() as db:
        _person(db, phone)
        if accept:
            catalogue.agree(world, db, phone, template)
        world.show(db, phone, "event", f"{'允许' if accept else '拒绝'}了“{template.title}”", arrived=False)
    event = callbacks.popup_event(template.id, accept, scene)
    return _posted(phone, template.app, event)


@routes.post("/phones/<phone>/refuse")
def refuse(phone: str) -> Answer:
    """The owner turns a subscribe message off in the settings: {"template_id"}."""
    template = _subscribe_template(read_wish().get("template_id"))
    world = the_world()
    with world.store.write() as db:
        _person(db, phone)
        catalogue.withdraw(db, phone, template)
        world.show(db, phone, "event", f"关闭了“{template.title}”", arrived=False)
    return _posted(phone, template.app, callbacks.change_event(template.id))


@routes.get("/phones/<phone>/messages")
def messages(phone: str) -> Answer:
    """What arrived on a phone, oldest first."""
    world = the_world()
    with world.store.read() as db:
        _person(db, phone)
        return jsonify(messages=world.messages(db, phone))


def _act(
    phone: str,
    text: str,
    event: callbacks.Fields,
    *,
    kind: str = "event",
    follows: bool | None = None,
) -> Answer:
    world = the_world()
    with world.store.write() as db:
        _person(db, phone)
        now = world.now(db)
        if follows is not None:
            db.execute("UPDATE phone SET followed_at = ? WHERE phone = ?", (now if follows else None, phone))
        db.execute("UPDATE phone SET interacted_at = ? WHERE phone = ?", (now, phone))
        world.show(db, phone, kind, text, arrived=False, body={"app": "oa"})
    return _posted(phone, "oa", event)


def _posted(phone: str, app: str, event: callbacks.Fields) -> Answer:
    world = the_world()
    return jsonify(delivery=Callbacks(world).post_later(phone, world.config.app(app), event)), 202


def _code(phone: str, kind: str, scope: str = "") -> Answer:
    world = the_world()
    with world.store.write() as db:
        _person(db, phone)
        return jsonify(code=world.new_code(db, phone, kind, scope))


def _person(db: sqlite3.Connection, phone: str) -> sqlite3.Row:
    row: sqlite3.Row | None = db.execute("SELECT * FROM phone WHERE phone = ?", (phone,)).fetchone()
    if row is None:
        raise Unfit(404, "没有这部手机，请先登记")
    return row


def _following(phone: str) -> None:
    with the_world().store.read() as db:
        if _person(db, phone)["followed_at"] is None:
            raise Unfit(409, "这部手机还没有关注公众号")


def _subscribe_template(template_id: object) -> Template:
    with the_world().store.read() as db:
        template = catalogue.find(db, template_id, "subscribe")
    if template is None:
        raise Unfit(404, "没有这个订阅消息模板")
    return template


def current_menu() -> list[dict[str, Any]]:
    """The official account's buttons; none before the menu is created."""
    with the_world().store.read() as db:
        row = db.execute("SELECT value FROM setting WHERE name = 'menu'").fetchone()
    return list(json.loads(row["value"])) if row else []


def _menu_leaves() -> list[dict[str, Any]]:
    return [leaf for button in current_menu() for leaf in (button["sub_button"] or [button])]


def read_wish() -> dict[str, Any]:
    """The JSON object that was sent; nothing at all counts as an empty one."""
    if not request.get_data():
        return {}
    wish = request.get_json()
    if not isinstance(wish, dict):
        raise Unfit(400, "请求体须为 JSON 对象")
    return wish
