"""What a counter does for somebody's sign-ins and helpers, once a clerk has seen the identity card."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import marshmallow as ma

from backend.channels import commands as channels
from backend.channels import queries as channel_queries
from backend.channels.commands import IssuedCode
from backend.family import commands as family
from backend.family import queries as family_queries
from backend.web.access import permission
from backend.web.edge import Blueprint, Call
from backend.web.parsing import Schema

blp = Blueprint(
    "counter",
    __name__,
    url_prefix="/api/admin/v1",
    description="People's sign-ins and helpers, at a counter",
)
SIGN_INS = permission("binding_codes.issue")
HELPERS = permission("delegations.confirm")


class BindingCodeAnswer(Schema):
    """The code, to be printed now: it is not told again."""

    code = ma.fields.String(required=True, metadata={"example": "ACDEF-34679"})
    expires_at = ma.fields.DateTime(required=True)


class PersonChannelAnswer(Schema):
    """One way through which the person signs in."""

    channel_id = ma.fields.UUID(required=True)
    kind = ma.fields.String(required=True, metadata={"enum": ["miniprogram", "official_account", "phone"]})
    label = ma.fields.String(required=True, metadata={"example": "微信小程序"})
    phone = ma.fields.String(required=True, allow_none=True, metadata={"example": "138****8000"})
    first_seen_at = ma.fields.DateTime(required=True)
    last_seen_at = ma.fields.DateTime(required=True)


class PersonChannelsAnswer(Schema):
    """All of them, last used first."""

    items = ma.fields.List(ma.fields.Nested(PersonChannelAnswer), required=True)


class PersonDelegationAnswer(Schema):
    """Somebody who acts for the person, or asks to."""

    delegation_id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True, metadata={"description": "The helper", "example": "李小红"})
    relation = ma.fields.String(
        required=True, metadata={"description": "What the person is to the helper", "example": "parent"}
    )
    scopes = ma.fields.List(ma.fields.String(), required=True)
    until = ma.fields.Date(required=True)
    state = ma.fields.String(required=True, metadata={"example": "requested"})
    requested_at = ma.fields.DateTime(required=True)


class PersonDelegationsAnswer(Schema):
    """All of them, latest first."""

    items = ma.fields.List(ma.fields.Nested(PersonDelegationAnswer), required=True)


@blp.write(
    "POST", "/people/<uuid:person_id>/binding-codes", access=SIGN_INS, answer=BindingCodeAnswer, status=201
)
def issue_binding_code(call: Call, person_id: UUID) -> IssuedCode:
    """Print a code that binds a channel to the person; an older one no longer counts"""
    return channels.issue_counter_code(call.work, by=call.actor, person_id=person_id)


@blp.read("/people/<uuid:person_id>/channels", access=SIGN_INS, answer=PersonChannelsAnswer, audited=True)
def person_channels(call: Call, person_id: UUID) -> dict[str, Any]:
    """Through what the person signs in"""
    return {"items": channel_queries.at_counter(call.work, person_id, by=call.actor)}


@blp.write(
    "DELETE",
    "/people/<uuid:person_id>/channels/<uuid:channel_id>",
    access=SIGN_INS,
    status=204,
    key="none",
)
def drop_person_channel(call: Call, person_id: UUID, channel_id: UUID) -> None:
    """Drop one of the person's channels, as when a phone was lost"""
    channels.drop_at_counter(call.work, by=call.actor, person_id=person_id, channel_id=channel_id)


@blp.read(
    "/people/<uuid:person_id>/delegations", access=HELPERS, answer=PersonDelegationsAnswer, audited=True
)
def person_delegations(call: Call, person_id: UUID) -> dict[str, Any]:
    """Who acts for the person, and who asks to"""
    return {"items": family_queries.at_counter(call.work, person_id, by=call.actor)}


@blp.write("POST", "/delegations/<uuid:delegation_id>/confirm", access=HELPERS, status=204)
def confirm_delegation(call: Call, delegation_id: UUID) -> None:
    """Write down that the person, standing at the counter, agrees to be helped"""
    family.confirm_at_counter(call.work, by=call.actor, delegation_id=delegation_id)
