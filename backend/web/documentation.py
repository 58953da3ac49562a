"""The OpenAPI document's frame, and pages that show it without any outside host."""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from typing import Any

import flask_smorest
from flask import Blueprint, Flask, Response, redirect, send_from_directory
from swagger_ui_bundle import swagger_ui_path
from werkzeug.wrappers import Response as BaseResponse

from backend.web import examples
from backend.web.access import COOKIES, PUBLIC, SAFE_METHODS, Access, open_to
from backend.web.problems import HTTP_PROBLEMS, PROBLEM_JSON, Problem

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
SECONDS = {"type": "integer", "minimum": 1}
HEADERS: dict[int, tuple[str, dict[str, Any]]] = {
    401: ("WWW-Authenticate", {"type": "string"}),
    429: ("Retry-After", SECONDS),
    503: ("Retry-After", SECONDS),
}
"""Headers that come with every problem of a status."""
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


class Api(flask_smorest.Api):
    """flask-smorest's, without its own error format: every error that an operation answers is named."""

    ERROR_SCHEMA = Problem
    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_pagination_header(self) -> None:
        """Nothing: our pages have cursors."""


def open_document(app: Flask) -> Api:
    """The application's document: how to sign in, and the problems that operations refer to."""
    api = Api(app)
    api.ma_plugin.converter.add_attribute_function(examples.of_property)
    api.ma_plugin.converter.add_attribute_function(_null_or_schema)
    _add_security_schemes(api)
    for status in HTTP_PROBLEMS:
        api.spec.components.response(problem_name(status), _problem_response(status), lazy=True)
    return api


def security(access: Access, method: str) -> list[dict[str, list[str]]]:
    """Either way to sign in that opens a route; a cookie that changes something needs its CSRF token."""
    if access.who == "public":
        return []
    kind = access.session_kind
    cookie: dict[str, list[str]] = {f"{kind}_cookie": []}
    return [{f"{kind}_token": []}, cookie if method in SAFE_METHODS else {**cookie, "csrf": []}]


def problem_name(status: int) -> str:
    """What the document calls the problem of a status."""
    return f"Problem{status}"


def _null_or_schema(_converter: object, _field: object, ret: dict[str, Any]) -> dict[str, Any]:
    """For apispec, which lets a nullable object be any object at all."""
    for either in ret.get("anyOf", ()):
        if either.get("nullable"):
            either["enum"] = [None]
    return {}


def _problem_response(status: int) -> dict[str, Any]:
    code, title = HTTP_PROBLEMS[status]
    example = {
        "type": f"urn:eshebao:problem:{code}",
        "title": title,
        "status": status,
        "code": code,
        "request_id": examples.UUID_EXAMPLE,
    }
    response: dict[str, Any] = {
        "description": HTTPStatus(status).phrase,
        "content": {PROBLEM_JSON: {"schema": Problem, "example": example}},
    }
    if status in HEADERS:
        name, schema = HEADERS[status]
        response["headers"] = {name: {"required": True, "schema": schema}}
    return response


def _add_security_schemes(api: Api) -> None:
    """Names the ways to sign in: a token for mini-program and app, a cookie with a CSRF token for the web."""
    for kind, cookie in COOKIES.items():
        api.spec.components.security_scheme(f"{kind}_token", {"type": "http", "scheme": "bearer"})
        api.spec.components.security_scheme(
            f"{kind}_cookie", {"type": "apiKey", "in": "cookie", "name": cookie}
        )
    api.spec.components.security_scheme("csrf", {"type": "apiKey", "in": "header", "name": "X-CSRF-Token"})


def keep_document(app: Flask) -> None:
    """Has the OpenAPI document built once: it cannot change while the program runs."""
    build = app.view_functions["api-docs.openapi_json"]

    @cache
    def document() -> bytes:
        return app.make_response(app.ensure_sync(build)()).get_data()

    def serve() -> Response:
        return Response(document(), content_type="application/json")

    app.view_functions["api-docs.openapi_json"] = serve


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
