"""Assembles the Flask application around a house: limits, headers, problems, health, documentation."""

from __future__ import annotations

import time
from collections.abc import Sequence

import flask
import structlog
from flask import Flask, Response, g, request
from werkzeug.middleware.proxy_fix import ProxyFix

from backend.web import documentation, health, metrics
from backend.web.access import Access, app_view, register_access
from backend.web.edge import Blueprint
from backend.web.house import House
from backend.web.problems import register_problems
from backend.web.reading import register_reading

log = structlog.get_logger()
MAX_BODY = 1024 * 1024
HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}
"""What every answer says that says nothing else about it."""


def build_application(
    house: House, blueprints: list[Blueprint], outside_api: Sequence[flask.Blueprint] = ()
) -> Flask:
    """A Flask application that serves `blueprints`, and `outside_api` undocumented.

    Raises RuntimeError for a route without access rule.
    """
    app = Flask("backend", static_folder=None)
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY,
        PROPAGATE_EXCEPTIONS=False,
        DEBUG=house.settings.debug,
        **documentation.OPENAPI_CONFIG,
    )
    app.extensions["house"] = house
    if house.settings.trusted_proxies:
        hops = house.settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    register_access(app)
    app.before_request(_start_timer)
    app.after_request(_finish)
    register_reading(app)
    api = documentation.open_document(app)
    for blueprint in blueprints:
        api.register_blueprint(blueprint)
    for plain in (
        health.blueprint,
        metrics.blueprint,
        documentation.blueprint,
        *outside_api,
    ):
        app.register_blueprint(plain)
    documentation.keep_document(app)
    register_problems(app)
    _require_access_everywhere(app)
    return app


def _require_access_everywhere(app: Flask) -> None:
    for endpoint, view in app.view_functions.items():
        if not endpoint.startswith("api-docs.") and not isinstance(getattr(view, "access", None), Access):
            raise RuntimeError(f"{endpoint} says nothing about who may call it")


def _start_timer() -> None:
    g.started = time.perf_counter()


def _finish(response: Response) -> Response:
    said = {name.lower() for name, _ in response.headers}
    response.headers.extend({name: value for name, value in HEADERS.items() if name not in said})
    response.headers["X-Request-Id"] = g.get("request_id", "-")
    if "started" in g:
        seconds = time.perf_counter() - g.started
        route = request.url_rule.rule if request.url_rule else "-"
        metrics.observe(request.method, route, response.status_code, seconds)
        if app_view() is not None and route not in ("/healthz", "/readyz", "/metrics"):
            log.info(
                "request",
                method=request.method,
                route=route,
                status=response.status_code,
                ms=round(seconds * 1000, 1),
                actor=g.actor.kind if "actor" in g else "-",
            )
    return response
