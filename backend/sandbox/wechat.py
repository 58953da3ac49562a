"""What all of WeChat's answers have in common: 200 with an errcode inside, and content types of their own."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from typing import Any

from flask import Response, request

ERRORS = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40008: "invalid message type",
    40013: "invalid appid",
    40014: "invalid access_token",
    40016: "invalid button size",
    40017: "invalid button type",
    40018: "invalid button name size",
    40019: "invalid button key size",
    40020: "invalid button url size",
    40023: "invalid sub button size",
    40024: "invalid sub button type",
    40025: "invalid sub button name size",
    40026: "invalid sub button key size",
    40027: "invalid sub button url size",
    40029: "invalid code",
    40030: "invalid refresh_token",
    40037: "invalid template_id",
    40066: "invalid url",
    40097: "invalid args",
    40125: "invalid appsecret",
    40163: "code been used",
    41001: "access_token missing",
    41002: "appid missing",
    41003: "refresh_token missing",
    41004: "appsecret missing",
    41008: "missing code",
    41009: "missing openid",
    42001: "access_token expired",
    43002: "require POST method",
    43004: "require subscribe",
    43101: "user refuse to accept the msg",
    44002: "empty post data",
    44004: "empty content",
    45002: "content size out of limit",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit  mustslower  retry next minute",
    45015: "response out of time limit or subscription is canceled",
    46003: "menu no exist",
    47001: "data format error",
    47003: "argument invalid!",
    48001: "api unauthorized",
}


class WeChatError(Exception):
    """An errcode that ends a call; `detail` follows the usual words."""

    def __init__(self, errcode: int, detail: str = "") -> None:
        super().__init__(errcode)
        self.errcode = errcode
        self.detail = detail


def answer(payload: Mapping[str, Any]) -> Response:
    """JSON as the called path sends it: login answers call themselves text/plain."""
    if request.path.startswith("/sns/"):
        content_type = "text/plain"
    elif request.path.startswith("/wxa/"):
        content_type = "application/json; charset=UTF-8"
    else:
        content_type = "application/json; encoding=utf-8"
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    return Response(body, content_type=content_type)


def ok(**more: Any) -> Response:
    """Success, where WeChat says so with an errcode."""
    return answer({"errcode": 0, "errmsg": "ok", **more})


def refuse(errcode: int, detail: str = "") -> Response:
    """An error answer, with the request id that WeChat puts at its end."""
    words = f"{ERRORS.get(errcode, 'unknown error')} {detail}".strip()
    rid = f"{int(time.time()):08x}-{secrets.token_hex(4)}-{secrets.token_hex(4)}"
    return answer({"errcode": errcode, "errmsg": f"{words} rid: {rid}"})


def parameter(name: str, missing: int) -> str:
    """A query parameter; errcode `missing` without it."""
    value = request.args.get(name, "")
    if not value:
        raise WeChatError(missing)
    return value


def json_body() -> dict[str, Any]:
    """The posted object: 43002 for another method, 44002 for nothing, 47001 for anything but a JSON object.

    WeChat looks at the body alone, whatever Content-Type says.
    """
    if request.method != "POST":
        raise WeChatError(43002)
    raw = request.get_data()
    if not raw:
        raise WeChatError(44002)
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise WeChatError(47001) from error
    if not isinstance(body, dict):
        raise WeChatError(47001)
    return body
