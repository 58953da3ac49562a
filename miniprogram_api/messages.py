"""The inbox, and what a user of the mini-program allows to be sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import marshmallow as ma

from backend.messages import commands, consents, queries
from backend.messages.queries import ConsentView
from backend.messages.templates import CARDS
from backend.web.access import BOUND, CITIZEN
from backend.web.edge import Blueprint, Call
from backend.web.paging import PageQuery, page, page_of
from backend.web.parsing import Choice, Flag, Schema

blp = Blueprint(
    "messages", __name__, url_prefix="/api/v1", description="Messages and consents to receive them"
)


class MessageAnswer(Schema):
    """One message of the inbox."""

    message_id = ma.fields.UUID(required=True, metadata={"example": "01935a7e-0000-7000-8000-000000000000"})
    title = ma.fields.String(required=True, metadata={"example": "账号绑定提醒"})
    text = ma.fields.String(
        required=True, metadata={"example": "您的社保信息已于2026年11月22日 10:00绑定到新的登录方式。"}
    )
    created_at = ma.fields.AwareDateTime(required=True, metadata={"example": "2026-11-22T02:00:00+00:00"})
    read_at = ma.fields.AwareDateTime(required=True, allow_none=True, metadata={"example": None})


class ConsentAnswer(Schema):
    """A kind of message that the user may be asked to allow."""

    template = ma.fields.String(required=True, metadata={"example": "result"})
    template_id = ma.fields.String(
        required=True,
        metadata={"description": "For wx.requestSubscribeMessage", "example": "demo-mini-result"},
    )
    title = ma.fields.String(required=True, metadata={"example": "业务办理结果通知"})
    remaining = ma.fields.Integer(
        required=True, metadata={"description": "How many messages are still allowed", "example": 1}
    )


class ConsentsAnswer(Schema):
    """All of them."""

    items = ma.fields.List(ma.fields.Nested(ConsentAnswer), required=True)


class ConsentBody(Schema):
    """How the user answered when asked."""

    template = Choice(*CARDS, required=True, metadata={"example": "result"})
    accepted = Flag(required=True, metadata={"example": True})


@blp.read("/messages", access=BOUND, query=PageQuery, answer=page_of(MessageAnswer))
def messages(call: Call, query: dict[str, Any]) -> dict[str, Any]:
    """The caller's messages, newest first"""
    person_id: Any = call.actor.person_id
    found = page(call.work, queries.inbox(person_id), query, *queries.INBOX_ORDER)
    return {**found, "items": [queries.view(message) for message in found["items"]]}


@blp.write("POST", "/messages/<uuid:message_id>/read", access=BOUND, status=204)
def read(call: Call, message_id: UUID) -> None:
    """Marks a message as read"""
    commands.read(call.work, by=call.actor, message_id=message_id)


@blp.read("/consents", access=CITIZEN, answer=ConsentsAnswer)
def shown(call: Call) -> dict[str, Sequence[ConsentView]]:
    """What the user of this mini-program channel may be asked for, and what they still allow"""
    if call.actor.role != "miniprogram" or call.actor.channel_id is None:
        return {"items": []}
    templates = call.house.settings.wechat_subscribe_templates
    return {"items": queries.consents(call.work, call.actor.channel_id, templates)}


@blp.write("POST", "/consents", access=CITIZEN, body=ConsentBody, status=204, errors=(409,))
def tell(call: Call, body: dict[str, Any]) -> None:
    """Tells how the user answered wx.requestSubscribeMessage"""
    consents.tell(call.work, by=call.actor, card=body["template"], accepted=body["accepted"])
