"""The mini-program's server API: who logged in, what their phone number is, and subscribe messages."""

from __future__ import annotations

import base64
import secrets
import sqlite3
from typing import Any

from flask import Blueprint, Response

from backend.sandbox import catalogue, tokens
from backend.sandbox.callbacks import Callbacks, sent_event
from backend.sandbox.config import App
from backend.sandbox.wechat import WeChatError, answer, json_body, ok, parameter
from backend.sandbox.world import World, the_world

routes = Blueprint("wechat_mini", __name__)


@routes.get("/sns/jscode2session")
def jscode2session() -> Response:
    """Exchanges the code of wx.login: 40029 when unknown or old, 40163 when used."""
    world = the_world()
    app = tokens.account(world, parameter("appid", 41002), parameter("secret", 41004))
    code = parameter("js_code", 41008)
    if parameter("grant_type", 40002) != "authorization_code":
        raise WeChatError(40002)
    if app.key != "mini":
        raise WeChatError(40029)
    with world.store.write() as db:
        row, used = world.use_code(db, code, "login")
    if row is None:
        raise WeChatError(40163 if used else 40029)
    return answer(
        {
            "session_key": base64.b64encode(secrets.token_bytes(16)).decode(),
            "openid": world.openid(app, row["phone"]),
            "unionid": world.unionid(row["phone"]),
        }
    )


@routes.route("/wxa/business/getuserphonenumber", methods=["GET", "POST"])
def getuserphonenumber() -> Response:
    """Exchanges the code of the phone-number button: 40029 when unknown, old or used."""
    world = the_world()
    app = world.config.mini
    with world.store.write() as db:
        tokens.check(world, db, app)
        row, _ = world.use_code(db, str(json_body().get("code", "")), "phone")
    if row is None:
        raise WeChatError(40029)
    return ok(
        phone_info={
            "phoneNumber": row["phone"],
            "purePhoneNumber": row["phone"],
            "countryCode": "86",
            "watermark": {"timestamp": int(row["issued_at"]), "appid": app.appid},
        }
    )


@routes.route("/cgi-bin/message/subscribe/send", methods=["GET", "POST"])
def subscribe_send() -> Response:
    """A subscribe message of the mini-program; takes one consent."""
    world = the_world()
    return send_with_consent(world, world.config.mini, page_field="page")


def send_with_consent(world: World, app: App, *, page_field: str) -> Response:
    """40003 wrong openid, 40037 unknown template, 47003 a field that does not fit, 43101 no consent left.

    The fields are looked at first, so that a message that could never be sent takes no consent.
    """
    with world.store.write() as db:
        tokens.check(world, db, app)
        body = json_body()
        person = addressee(world, db, app, body)
        template = catalogue.find(db, body.get("template_id"), "subscribe")
        if template is None or template.app != app.key:
            raise WeChatError(40037)
        lines = catalogue.filled(template, body.get("data"), every_field=True)
        catalogue.consume(db, person["phone"], template)
        msg_id = secrets.randbelow(9 * 10**18) + 10**17
        world.show(
            db,
            person["phone"],
            "subscribe",
            catalogue.as_text(template.title, lines),
            body={
                "app": app.key,
                "template_id": template.id,
                "title": template.title,
                "fields": lines,
                "page": str(body.get(page_field) or ""),
                "msgid": str(msg_id),
            },
        )
    Callbacks(world).post_later(person["phone"], app, sent_event(template.id, msg_id))
    return ok(msgid=msg_id)


def addressee(world: World, db: sqlite3.Connection, app: App, body: dict[str, Any]) -> sqlite3.Row:
    """The person in `touser`; 40003 when it is no openid of this app."""
    person = world.phone_of(db, app, body.get("touser"))
    if person is None:
        raise WeChatError(40003)
    return person
