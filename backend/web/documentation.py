"""The OpenAPI document's frame, and pages that show it without any outside host."""

from __future__ import annotations

from typing import Any

import flask_smorest
from flask import Blueprint, Response, redirect, send_from_directory
from swagger_ui_bundle import swagger_ui_path
from werkzeug.wrappers import Response as BaseResponse

from backend.web.access import COOKIES, PUBLIC, open_to

OPENAPI_CONFIG: dict[str, Any] = {
    "API_TITLE": "e-Shebao",
    "API_VERSION": "v1",
    "OPENAPI_VERSION": "3.0.3",
    "OPENAPI_URL_PREFIX": "/api",
    "OPENAPI_JSON_PATH": "openapi.json",
    "API_SPEC_OPTIONS": {
        "info": {
            "description": (
                "Mobile services of a provincial social-insurance bureau: `/api/v1` for citizens, "
                "`/api/admin/v1` for staff. Errors are RFC 9457 problem details with a stable `code`."
            )
        }
    },
}
DOCS_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'"
)
PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>接口文档 · 电子社保</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="assets/swagger-ui.css"></head>
<body><div id="swagger-ui"></div>
<script src="assets/swagger-ui-bundle.js"></script><script src="start.js"></script></body></html>"""
START = """window.ui = SwaggerUIBundle({url: "/api/openapi.json", dom_id: "#swagger-ui", deepLinking: true,
  presets: [SwaggerUIBundle.presets.apis], layout: "BaseLayout"});"""
ASSETS = {"swagger-ui.css", "swagger-ui-bundle.js"}

blueprint = Blueprint("documentation", __name__, url_prefix="/api/docs")


def add_security_schemes(api: flask_smorest.Api) -> None:
    """Names the ways to sign in: a token for mini-program and app, a cookie with a CSRF token for the web."""
    for kind, cookie in COOKIES.items():
        api.spec.components.security_scheme(f"{kind}_token", {"type": "http", "scheme": "bearer"})
        api.spec.components.security_scheme(
            f"{kind}_cookie", {"type": "apiKey", "in": "cookie", "name": cookie}
        )
    api.spec.components.security_scheme("csrf", {"type": "apiKey", "in": "header", "name": "X-CSRF-Token"})


@open_to(PUBLIC)
def _slash() -> BaseResponse:
    return redirect("/api/docs/", 308)


@open_to(PUBLIC)
def _page() -> Response:
    return Response(
        PAGE, content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": DOCS_CSP}
    )


@open_to(PUBLIC)
def _start() -> Response:
    return Response(START, content_type="text/javascript; charset=utf-8")


@open_to(PUBLIC)
def _asset(name: str) -> Response:
    if name not in ASSETS:
        return Response(status=404)
    return send_from_directory(swagger_ui_path, name)


blueprint.add_url_rule("", view_func=_slash)
blueprint.add_url_rule("/", view_func=_page)
blueprint.add_url_rule("/start.js", view_func=_start)
blueprint.add_url_rule("/assets/<name>", view_func=_asset)
