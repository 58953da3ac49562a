"""The citizen's sign-ins: where they are signed in, and which channels are theirs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import marshmallow as ma

from backend.channels import commands as channels
from backend.channels import queries
from backend.kernel.db import Work
from backend.kernel.errors import NotFound, Unauthenticated
from backend.web.access import CITIZEN
from backend.web.edge import Blueprint, Call
from backend.web.parsing import Schema
from backend.web.sessions import Session
from backend.web.signin import forget_cookies

blp = Blueprint(
    "channels", __name__, url_prefix="/api/v1", description="Where a citizen is signed in, and through what"
)


class ChannelAnswer(Schema):
    """One way of signing in."""

    channel_id = ma.fields.UUID(required=True)
    kind = ma.fields.String(required=True, metadata={"enum": ["miniprogram", "official_account", "phone"]})
    label = ma.fields.String(required=True, metadata={"example": "微信小程序"})
    phone = ma.fields.String(required=True, allow_none=True, metadata={"example": "138****8000"})
    phone_verified_at = ma.fields.DateTime(required=True, allow_none=True)
    bound = ma.fields.Boolean(required=True)
    first_seen_at = ma.fields.DateTime(required=True)
    last_seen_at = ma.fields.DateTime(required=True, metadata={"description": "When it last signed in"})


class ListedChannelAnswer(ChannelAnswer):
    """One of several."""

    current = ma.fields.Boolean(required=True, metadata={"description": "Whether it is this one"})


class ChannelsAnswer(Schema):
    """All channels of the person, last used first."""

    items = ma.fields.List(ma.fields.Nested(ListedChannelAnswer), required=True)


class ChannelSessionAnswer(Schema):
    """One place where the person is signed in."""

    id = ma.fields.String(required=True, metadata={"example": "5f0c7d2a9b3e4f615f0c7d2a9b3e4f615f0c7d2a"})
    channel_id = ma.fields.UUID(required=True)
    label = ma.fields.String(required=True, metadata={"example": "华为 P60"})
    address = ma.fields.String(required=True, metadata={"example": "10.1.2.3"})
    opened_at = ma.fields.DateTime(required=True)
    seen_at = ma.fields.DateTime(required=True)
    current = ma.fields.Boolean(required=True)


class ChannelSessionsAnswer(Schema):
    """All sessions of all channels of the person, newest first."""

    items = ma.fields.List(ma.fields.Nested(ChannelSessionAnswer), required=True)


@blp.read("/channels", access=CITIZEN, answer=ChannelsAnswer)
def list_channels(call: Call) -> dict[str, Any]:
    """All ways through which one signs in"""
    here = call.actor.channel_id
    found = queries.of_actor(call.work, call.actor)
    return {"items": [{**vars(one), "bound": one.bound, "current": one.channel_id == here} for one in found]}


@blp.steps("DELETE", "/channels/<uuid:channel_id>", access=CITIZEN, status=204)
def drop_channel(call: Call, channel_id: UUID) -> None:
    """Drop a channel: its sessions end, and it must be bound again; dropping this one signs out"""
    with call.house.database.work() as work:
        channels.drop(work, by=call.actor, channel_id=channel_id)
    call.house.sessions.close_all("citizen", channel_id)
    if channel_id == call.actor.channel_id:
        forget_cookies("citizen")


@blp.read("/sessions", access=CITIZEN, answer=ChannelSessionsAnswer)
def list_sessions(call: Call) -> dict[str, Any]:
    """Where one is signed in"""
    here = _here(call)
    found = _sessions(call, call.work)
    found.sort(key=lambda session: session.opened_at, reverse=True)
    return {
        "items": [{**vars(one), "channel_id": one.subject, "current": one.id == here.id} for one in found]
    }


@blp.steps("DELETE", "/sessions", access=CITIZEN, status=204)
def sign_out_everywhere(call: Call) -> None:
    """Sign out everywhere: all sessions of all one's channels end, this one too"""
    with call.house.database.work() as work:
        mine = queries.of_actor(work, call.actor)
        channels.sign_out(work, by=call.actor, everywhere=True)
    for channel in mine:
        call.house.sessions.close_all("citizen", channel.channel_id)
    forget_cookies("citizen")


@blp.steps("DELETE", "/sessions/<string:session_id>", access=CITIZEN, status=204)
def end_session(call: Call, session_id: str) -> None:
    """End one of one's sessions"""
    with call.house.database.reading() as work:
        mine = _sessions(call, work)
    session = next((one for one in mine if one.id == session_id), None)
    if session is None:
        raise NotFound
    with call.house.database.work() as work:
        channels.sign_out(work, by=call.actor)
    call.house.sessions.close("citizen", session.subject, session_id)
    if session_id == _here(call).id:
        forget_cookies("citizen")


def _sessions(call: Call, work: Work) -> list[Session]:
    return [
        session
        for channel in queries.of_actor(work, call.actor)
        for session in call.house.sessions.of("citizen", channel.channel_id)
    ]


def _here(call: Call) -> Session:
    if call.session is None:
        raise Unauthenticated
    return call.session
