"""Signatures that let pages inside WeChat use its camera, sharing and the like."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import marshmallow as ma

from backend.kernel.errors import FieldError, Invalid
from backend.messages.ports import PageSignature, PageSigner
from backend.web.access import PUBLIC
from backend.web.edge import Blueprint, Call
from backend.web.parsing import Schema, Text

blp = Blueprint("js-config", __name__, url_prefix="/api/v1", description="WeChat's JS-SDK")


class JsConfigQuery(Schema):
    """Which page is to be signed."""

    url = Text(
        most=1024,
        required=True,
        metadata={
            "description": "Address of the page as WeChat opened it; what follows # does not matter",
            "example": "http://127.0.0.1:8000/",
        },
    )


class JsConfigAnswer(Schema):
    """What the page hands to `wx.config`."""

    app_id = ma.fields.String(required=True, metadata={"example": "wxdemo00000000oa01"})
    timestamp = ma.fields.Integer(required=True, metadata={"example": 1795312800})
    nonce = ma.fields.String(required=True, metadata={"example": "5f0c7d2a9b3e4f61"})
    signature = ma.fields.String(
        required=True, metadata={"example": "0f9de62fce790f9a083d5c99e95740ceb90c27ed"}
    )


@blp.read("/js-config", access=PUBLIC, query=JsConfigQuery, answer=JsConfigAnswer)
def js_config(call: Call, query: dict[str, Any]) -> PageSignature:
    """Signs a page of this site for WeChat's JS-SDK"""
    if _origin(query["url"]) != _origin(call.house.settings.site_url):
        raise Invalid(fields=(FieldError("url", "只能为本站页面签名"),))
    return call.house.ports.get(PageSigner).sign_page(query["url"])


def _origin(url: str) -> tuple[str, str] | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return parts.scheme, parts.netloc.lower()
