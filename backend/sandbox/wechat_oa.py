"""The official account's server API: messages, menu and followers."""

from __future__ import annotations

import json
import secrets
from typing import Any

from flask import Blueprint, Response, request

from backend.sandbox import catalogue, tokens
from backend.sandbox.callbacks import Callbacks, template_job_event
from backend.sandbox.wechat import WeChatError, answer, json_body, ok, parameter
from backend.sandbox.wechat_mini import addressee, send_with_consent
from backend.sandbox.world import the_world

CUSTOM_WINDOW_SECONDS = 48 * 3600
KEYED = {
    "click",
    "scancode_push",
    "scancode_waitmsg",
    "pic_sysphoto",
    "pic_photo_or_album",
    "location_select",
}

routes = Blueprint("wechat_oa", __name__)


@routes.route("/cgi-bin/message/subscribe/bizsend", methods=["GET", "POST"])
def subscribe_bizsend() -> Response:
    """A subscribe notice of the official account; takes one consent, needs no follower."""
    world = the_world()
    return send_with_consent(world, world.config.oa, page_field="page")


@routes.route("/cgi-bin/message/template/send", methods=["GET", "POST"])
def template_send() -> Response:
    """A template message to a follower; 43004 to anybody else. Fields that are left out stay blank."""
    world = the_world()
    app = world.config.oa
    with world.store.write() as db:
        tokens.check(world, db, app)
        body = json_body()
        person = addressee(world, db, app, body)
        template = catalogue.find(db, body.get("template_id"), "template")
        if template is None:
            raise WeChatError(40037)
        lines = catalogue.filled(template, body.get("data"), every_field=False)
        if person["followed_at"] is None:
            raise WeChatError(43004)
        msg_id = secrets.randbelow(9 * 10**18) + 10**17
        world.show(
            db,
            person["phone"],
            "template",
            catalogue.as_text(template.title, lines),
            body={
                "app": app.key,
                "template_id": template.id,
                "title": template.title,
                "fields": lines,
                "url": str(body.get("url") or ""),
                "msgid": str(msg_id),
            },
        )
    Callbacks(world).post_later(person["phone"], app, template_job_event(msg_id))
    return ok(msgid=msg_id)


@routes.route("/cgi-bin/message/custom/send", methods=["GET", "POST"])
def custom_send() -> Response:
    """A customer-service message: only to a follower within 48 hours of what they last did, else 45015."""
    world = the_world()
    app = world.config.oa
    with world.store.write() as db:
        tokens.check(world, db, app)
        body = json_body()
        person = addressee(world, db, app, body)
        text = _custom_text(body)
        recent = person["interacted_at"] is not None and (
            world.now(db) - person["interacted_at"] <= CUSTOM_WINDOW_SECONDS
        )
        if person["followed_at"] is None or not recent:
            raise WeChatError(45015)
        world.show(db, person["phone"], "reply", text, body={"app": app.key, "via": "custom"})
    return ok()


@routes.route("/cgi-bin/menu/create", methods=["GET", "POST"])
def menu_create() -> Response:
    """Replaces the menu: one to three buttons, each with at most five below it."""
    world = the_world()
    with world.store.write() as db:
        tokens.check(world, db, world.config.oa)
        buttons = _checked_menu(json_body().get("button"))
        db.execute(
            "INSERT OR REPLACE INTO setting VALUES ('menu', ?)", (json.dumps(buttons, ensure_ascii=False),)
        )
    return ok()


@routes.get("/cgi-bin/menu/get")
def menu_get() -> Response:
    """The menu as it was created; 46003 when there is none."""
    world = the_world()
    with world.store.read() as db:
        tokens.check(world, db, world.config.oa)
        row = db.execute("SELECT value FROM setting WHERE name = 'menu'").fetchone()
    if row is None:
        raise WeChatError(46003)
    return answer({"menu": {"button": json.loads(row["value"])}})


@routes.route("/cgi-bin/menu/delete", methods=["GET", "POST"])
def menu_delete() -> Response:
    """Takes the menu away."""
    world = the_world()
    with world.store.write() as db:
        tokens.check(world, db, world.config.oa)
        db.execute("DELETE FROM setting WHERE name = 'menu'")
    return ok()


@routes.get("/cgi-bin/user/info")
def user_info() -> Response:
    """What the account may know of a person: next to nothing unless they follow."""
    world = the_world()
    app = world.config.oa
    with world.store.read() as db:
        tokens.check(world, db, app)
        person = world.phone_of(db, app, parameter("openid", 41009))
    if person is None:
        raise WeChatError(40003)
    known = {"openid": world.openid(app, person["phone"]), "unionid": world.unionid(person["phone"])}
    if person["followed_at"] is None:
        return answer({"subscribe": 0, **known, "tagid_list": []})
    return answer(
        {
            "subscribe": 1,
            **known,
            "language": request.args.get("lang", "zh_CN"),
            "subscribe_time": int(person["followed_at"]),
            "remark": "",
            "groupid": 0,
            "tagid_list": [],
            "subscribe_scene": "ADD_SCENE_SEARCH",
            "qr_scene": 0,
            "qr_scene_str": "",
        }
    )


def _custom_text(body: dict[str, Any]) -> str:
    kind = body.get("msgtype")
    part = body.get(kind) if isinstance(kind, str) else None
    if kind == "text" and isinstance(part, dict):
        text = str(part.get("content", ""))
        if not text:
            raise WeChatError(44004)
        if len(text.encode()) > 2048:
            raise WeChatError(45002)
        return text
    if kind == "miniprogrampage" and isinstance(part, dict):
        return f"[小程序] {part.get('title', '')}"
    if kind == "news" and isinstance(part, dict) and len(part.get("articles") or []) == 1:
        return f"[图文] {part['articles'][0].get('title', '')}"
    raise WeChatError(40008)


def _checked_menu(buttons: object) -> list[dict[str, Any]]:
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 3:
        raise WeChatError(40016)
    for button in buttons:
        below = button.get("sub_button") or []
        _check_name(button, 16, 40018)
        if below:
            if len(below) > 5:
                raise WeChatError(40023)
            for sub in below:
                _check_name(sub, 60, 40025)
                _check_target(sub, 40024, 40026, 40027)
        else:
            _check_target(button, 40017, 40019, 40020)
    return [{**button, "sub_button": button.get("sub_button") or []} for button in buttons]


def _check_name(button: dict[str, Any], limit: int, errcode: int) -> None:
    if not 1 <= len(str(button.get("name", "")).encode()) <= limit:
        raise WeChatError(errcode)


def _check_target(button: dict[str, Any], wrong_type: int, wrong_key: int, wrong_url: int) -> None:
    kind = button.get("type")
    if kind in KEYED:
        if not 1 <= len(str(button.get("key", "")).encode()) <= 128:
            raise WeChatError(wrong_key)
    elif kind in ("view", "miniprogram"):
        url = str(button.get("url", ""))
        if not url.startswith(("http://", "https://")) or len(url.encode()) > 1024:
            raise WeChatError(wrong_url)
    else:
        raise WeChatError(wrong_type)
