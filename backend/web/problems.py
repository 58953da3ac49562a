"""Errors as RFC 9457 problem details, with a stable code and a Chinese title that a person can act on."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec
import structlog
from flask import Flask, Response, g
from marshmallow import Schema, fields
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from backend.kernel.errors import (
    Conflict,
    DomainError,
    Forbidden,
    Invalid,
    Limited,
    NotFound,
    Unauthenticated,
    Unavailable,
)
from backend.web.examples import UUID_EXAMPLE

log = structlog.get_logger()
PROBLEM_JSON = "application/problem+json"
MOST_ERRORS = 20
NAME = re.compile(r"[A-Za-z_][\w.-]{0,63}", re.ASCII)
"""What a field may be called. Anything else was made up by the caller, and may tell about somebody."""
STATUSES: tuple[tuple[type[DomainError], int], ...] = (
    (Invalid, 422),
    (Unauthenticated, 401),
    (Forbidden, 403),
    (NotFound, 404),
    (Conflict, 409),
    (Limited, 429),
    (Unavailable, 503),
)
HTTP_PROBLEMS = {
    400: ("bad_request", "请求格式有误，请检查后重试"),
    401: ("sign_in_required", "请先登录"),
    403: ("forbidden", "您没有办理此业务的权限"),
    404: ("not_found", "没有找到相关内容"),
    405: ("method_not_allowed", "不支持这种操作"),
    406: ("not_acceptable", "无法以所要求的格式返回"),
    408: ("request_timeout", "请求超时，请重试"),
    409: (Conflict.code, Conflict.title),
    413: ("too_large", "提交的内容过大，请压缩后重试"),
    415: ("unsupported_media_type", "提交的内容格式不支持，请使用 JSON"),
    422: ("invalid", "填写的内容有误，请检查后再提交"),
    429: (Limited.code, Limited.title),
    500: ("internal_error", "系统出现异常，我们已记录，请稍后再试"),
    503: ("unavailable", "系统繁忙，请稍后再试"),
}


class FieldProblem(Schema):
    """One refused field."""

    field = fields.String(required=True, metadata={"example": "id_number"})
    message = fields.String(required=True, metadata={"example": "身份证号码应为18位"})


class Problem(Schema):
    """RFC 9457 problem details."""

    type = fields.String(required=True, metadata={"example": "urn:eshebao:problem:invalid"})
    title = fields.String(required=True, metadata={"example": "填写的内容有误，请检查后再提交"})
    status = fields.Integer(required=True, metadata={"example": 422})
    code = fields.String(required=True, metadata={"example": "invalid"})
    detail = fields.String(metadata={"example": "请先结束不再需要的授权"})
    request_id = fields.String(required=True, metadata={"example": UUID_EXAMPLE})
    errors = fields.List(fields.Nested(FieldProblem))


def status_of(error: DomainError) -> int:
    """The HTTP status of a kind of domain error."""
    return next((status for kind, status in STATUSES if isinstance(error, kind)), 400)


def problem(status: int, code: str, title: str, **more: Any) -> Response:
    """A problem response; entries of `more` that are None are left out."""
    body = {
        "type": f"urn:eshebao:problem:{code}",
        "title": title,
        "status": status,
        "code": code,
        "request_id": g.get("request_id", "-"),
        **{key: value for key, value in more.items() if value is not None},
    }
    return Response(msgspec.json.encode(body), status, content_type=PROBLEM_JSON)


def domain_problem(error: DomainError) -> Response:
    """The problem response of a domain error."""
    errors = None
    if isinstance(error, Invalid) and error.fields:
        errors = [{"field": one.field, "message": one.message} for one in error.fields]
    response = problem(status_of(error), error.code, error.title, detail=error.detail, errors=errors)
    if isinstance(error, Limited):
        response.headers["Retry-After"] = str(max(1, math.ceil(error.retry_after.total_seconds())))
    elif isinstance(error, Unavailable):
        response.headers["Retry-After"] = "5"
    elif isinstance(error, Unauthenticated):
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def register_problems(app: Flask) -> None:
    """Answers every error of the application as a problem."""
    app.register_error_handler(DomainError, domain_problem)
    app.register_error_handler(HTTPException, _http_problem)
    app.register_error_handler(Exception, _unexpected)


def _http_problem(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400:
        return Response(error.get_body(), status, error.get_headers())
    code, title = HTTP_PROBLEMS.get(status, HTTP_PROBLEMS[400])
    data = getattr(error, "data", None) or {}
    errors = list(islice(_field_problems(data["messages"]), MOST_ERRORS)) if "messages" in data else None
    response = problem(status, code, title, errors=errors)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response


def _unexpected(error: Exception) -> Response:
    log.exception("unexpected error", error_type=type(error).__name__)
    code, title = HTTP_PROBLEMS[500]
    return problem(500, code, title)


def _field_problems(messages: Any, path: str = "") -> Iterator[dict[str, str]]:
    if isinstance(messages, dict):
        for key, value in messages.items():
            inner = (
                ""
                if key in ("json", "query", "headers", "_schema", "form", "files") and not path
                else str(key)
            )
            yield from _field_problems(value, ".".join(part for part in (path, inner) if part))
    elif isinstance(messages, list):
        for value in messages:
            yield from _field_problems(value, path)
    else:
        yield {"field": path if NAME.fullmatch(path) else "-", "message": str(messages)}
