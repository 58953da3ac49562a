"""Behind the world's door: templates, time, faults, and how the product answered what it was told."""

from __future__ import annotations

import re
import secrets
from typing import Any

from flask import Blueprint, jsonify, request
from werkzeug.wrappers import Response as AnyResponse

from backend.sandbox import catalogue, crypto, faults, tokens
from backend.sandbox.callbacks import Callbacks
from backend.sandbox.catalogue import FIELD_RULES, Template
from backend.sandbox.door import Answer, Unfit, current_menu, explain, read_wish
from backend.sandbox.world import iso, the_world

SHOWN_ON_PAGE = 60

routes = Blueprint("backstage", __name__, url_prefix="/_world")
explain(routes)


@routes.get("/health")
def health() -> Answer:
    """Says that the process is there."""
    return jsonify(status="ok")


@routes.put("/templates/<template_id>")
def put_template(template_id: str) -> Answer:
    """Has a template approved, or replaced.

    {"kind": "subscribe|template", "app": "mini|oa", "title", "fields": {"thing1": "..."}, "lasting"?}
    or {"kind": "sms", "title", "text": "...{1}...", "purpose": "code|notice"}.
    """
    template = _wished_template(template_id, read_wish())
    with the_world().store.write() as db:
        catalogue.add(db, template)
    return jsonify(id=template.id)


@routes.get("/deliveries")
def deliveries() -> Answer:
    """How the product answered what it was told, newest first."""
    with the_world().store.read() as db:
        rows = db.execute("SELECT * FROM delivery ORDER BY id DESC LIMIT 200").fetchall()
    return jsonify(deliveries=[{**dict(row), "at": iso(row["at"])} for row in rows])


@routes.post("/verify-callback")
def verify_callback() -> Answer:
    """Checks the callback address as WeChat does when it is entered."""
    outcome = Callbacks(the_world()).verify()
    return jsonify(ok=outcome.kind == "accepted", outcome=outcome.kind, detail=outcome.detail)


@routes.post("/js-config")
def js_config() -> Answer:
    """Checks the signature of a page as a phone would: {"url", "timestamp", "nonceStr", "signature"}."""
    wish = read_wish()
    world = the_world()
    with world.store.read() as db:
        tickets = tokens.live_tickets(world, db)
    url = str(wish.get("url", "")).partition("#")[0]
    signatures = [
        crypto.js_signature(ticket, str(wish.get("nonceStr")), str(wish.get("timestamp")), url)
        for ticket in tickets
    ]
    given = str(wish.get("signature", "")).encode()
    if any(secrets.compare_digest(given, signature.encode()) for signature in signatures):
        return jsonify(ok=True)
    return jsonify(ok=False, error="invalid signature")


@routes.get("/clock")
def clock() -> Answer:
    """What time it is in this world."""
    world = the_world()
    with world.store.read() as db:
        return jsonify(now=iso(world.now(db)))


@routes.post("/clock")
def advance() -> Answer:
    """Skips time: {"seconds"}; codes and tokens grow old, windows close."""
    seconds = read_wish().get("seconds")
    if not isinstance(seconds, int | float) or not 0 < seconds <= 10 * 366 * 86400:
        raise Unfit(400, "seconds 须大于 0，且不超过十年")
    return jsonify(now=iso(the_world().skip(seconds)))


@routes.get("/faults")
def get_faults() -> Answer:
    """The faults that are armed."""
    return jsonify(faults=faults.armed())


@routes.post("/faults")
def post_fault() -> Answer:
    """Arms a fault: {"path", "kind", "errcode"?, "status"?, "seconds"?, "times"? or "share"?}."""
    try:
        return jsonify(id=faults.add(read_wish())), 201
    except faults.BadFault as error:
        raise Unfit(400, str(error)) from error


@routes.delete("/faults")
def delete_faults() -> Answer:
    """Disarms all faults."""
    faults.clear()
    return jsonify(faults=[])


@routes.get("/state")
def state() -> AnyResponse:
    """Everything the page shows; unchanged states cost a 304."""
    world = the_world()
    with world.store.read() as db:
        people = db.execute("SELECT * FROM phone ORDER BY rowid").fetchall()
        phones = [
            {
                "phone": person["phone"],
                "name": person["name"],
                "following": person["followed_at"] is not None,
                "feed": world.messages(db, person["phone"], everything=True, newest=SHOWN_ON_PAGE),
                "consents": catalogue.consents(db, person["phone"]),
            }
            for person in people
        ]
        templates = [
            {"id": t.id, "app": t.app, "title": t.title, "lasting": t.lasting}
            for t in catalogue.of_kind(db, "subscribe")
        ]
        last = db.execute("SELECT outcome, detail FROM delivery ORDER BY id DESC LIMIT 1").fetchone()
    answer = jsonify(
        phones=phones,
        templates=templates,
        menu=current_menu(),
        faults=faults.armed(),
        product=dict(last) if last else None,
    )
    answer.add_etag()
    return answer.make_conditional(request)


def _wished_template(template_id: str, wish: dict[str, Any]) -> Template:
    kind, title = wish.get("kind"), wish.get("title")
    if not isinstance(title, str) or not title:
        raise Unfit(400, "缺少 title")
    if kind == "sms":
        text = str(wish.get("text", ""))
        slots = sorted({int(slot) for slot in re.findall(r"\{(\d+)\}", text)})
        in_order = slots == list(range(1, len(slots) + 1))
        if not text or not in_order or wish.get("purpose") not in ("code", "notice"):
            raise Unfit(400, "短信模板须有 text（变量依次为 {1}、{2}……）和 purpose（code 或 notice）")
        return Template(template_id, "sms", "", title, {"text": text, "purpose": wish["purpose"]})
    fields = wish.get("fields")
    if kind not in ("subscribe", "template") or wish.get("app") not in ("mini", "oa"):
        raise Unfit(400, "kind 须为 subscribe、template 或 sms，app 须为 mini 或 oa")
    if not isinstance(fields, dict) or not fields:
        raise Unfit(400, "缺少 fields")
    strange = [name for name in fields if name.rstrip("0123456789") not in FIELD_RULES]
    if strange or not all(isinstance(label, str) for label in fields.values()):
        raise Unfit(400, f"fields 中有微信不认识的字段：{'、'.join(strange)}")
    return Template(template_id, kind, wish["app"], title, fields, wish.get("lasting") is True)
