"""The Flask application: every door in its place, and one page for people."""

from __future__ import annotations

from flask import Flask, Response, render_template, request
from werkzeug.exceptions import HTTPException

from backend.sandbox import (
    backstage,
    bank,
    catalogue,
    collector_door,
    door,
    faults,
    pay_envelope,
    pay_v3,
    sms,
    tax,
    tokens,
    wallet_door,
    wechat,
    wechat_mini,
    wechat_oa,
    wechat_pay,
    wechat_web,
)
from backend.sandbox.config import Config
from backend.sandbox.store import Store
from backend.sandbox.world import World

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PLAYED = (tokens, wechat_mini, wechat_oa, wechat_web)


def create_app(config: Config) -> Flask:
    """The stand-in with its state under `config.folder`."""
    app = Flask(__name__, static_url_path="/_world/static")
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # people read these answers with curl
    store = Store(config.folder / "world.sqlite")
    app.extensions["world"] = World(config, store)
    with store.write() as db:
        catalogue.add_missing(db, catalogue.DEMO)
        db.execute(
            "UPDATE delivery SET outcome = 'no_answer', detail = 'restart' WHERE outcome = 'under_way'"
        )
    bank.install(app.extensions["world"])
    tax.install(app.extensions["world"])
    pay_v3.install(app.extensions["world"])
    faults.install(app)
    for module in PLAYED:
        app.register_blueprint(module.routes)
    for routes in (sms.routes, bank.routes, bank.world_routes, door.routes, backstage.routes):
        app.register_blueprint(routes)
    for routes in (tax.routes, tax.world_routes, wechat_pay.routes, wallet_door.routes):
        app.register_blueprint(routes)
    for routes in (pay_v3.routes, collector_door.routes):
        app.register_blueprint(routes)
    app.register_error_handler(wechat.WeChatError, lambda error: wechat.refuse(error.errcode, error.detail))
    app.register_error_handler(404, _not_found)
    app.add_url_rule("/", view_func=page)
    app.after_request(_protect)
    return app


def page() -> str:
    """The phones and what arrived on them."""
    return render_template("page.html")


def _not_found(error: HTTPException) -> Response | tuple[str, int]:
    """WeChat answers an unknown address with an errcode too, WeChat Pay with a code."""
    if request.path.startswith(("/cgi-bin/", "/wxa/", "/sns/")):
        return wechat.refuse(40066)
    if request.path.startswith("/v3/"):
        return pay_envelope.failed("RESOURCE_NOT_EXISTS")
    return "没有这个地址", 404


def _protect(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers.setdefault(
        "Cache-Control", "no-store" if not response.headers.get("ETag") else "no-cache"
    )
    return response
