"""Who is signed in: the channel, its phone, the person it is bound to, and for whom else it acts."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from backend.channels import commands as channels
from backend.channels import queries as channel_queries
from backend.channels.commands import CardProof, CounterCodeProof, PhoneProof, Proof
from backend.channels.ports import MiniProgramPhone
from backend.family import queries as family
from backend.family.rules import Relation, Scope, State
from backend.kernel.errors import FieldError, Invalid
from backend.messages import queries as messages
from backend.people import queries as people
from backend.web.access import BOUND, CITIZEN
from backend.web.edge import Blueprint, Call
from backend.web.parsing import Choice, Schema, Text
from miniprogram_api.channels import ChannelAnswer
from miniprogram_api.fields import (
    CardText,
    IdNumberText,
    OneTimeCodeText,
    PersonName,
    PhoneText,
    WeChatCodeText,
)
from miniprogram_api.sms import PhoneCodeBody, send_code

blp = Blueprint(
    "me", __name__, url_prefix="/api/v1", description="The citizen signed in: phone and real name"
)


class PersonBrief(Schema):
    """Oneself, masked."""

    person_id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True, metadata={"example": "**英"})
    id_number = ma.fields.String(required=True, metadata={"example": "4601**********002X"})
    agency_name = ma.fields.String(required=True, metadata={"example": "海口市社会保险服务中心"})
    state = ma.fields.String(required=True, metadata={"example": "active"})
    state_label = ma.fields.String(required=True, attribute="state.label", metadata={"example": "正常"})


class ActsForAnswer(Schema):
    """Somebody one may act for."""

    person_id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True, metadata={"example": "王秀英"})
    relation = ma.fields.String(required=True, metadata={"enum": list(Relation)})
    scopes = ma.fields.List(ma.fields.String(metadata={"enum": list(Scope)}), required=True)
    until = ma.fields.Date(required=True, metadata={"description": "The last day"})


class AttentionAnswer(Schema):
    """What waits for the citizen."""

    family_requests = ma.fields.Integer(
        required=True, metadata={"description": "People who ask to act for oneself", "example": 1}
    )
    unread_messages = ma.fields.Integer(required=True, metadata={"example": 2})


class CitizenAnswer(Schema):
    """The channel, and who it is."""

    channel = ma.fields.Nested(ChannelAnswer, required=True)
    person = ma.fields.Nested(PersonBrief, required=True, allow_none=True)
    acts_for = ma.fields.List(ma.fields.Nested(ActsForAnswer), required=True)
    attention = ma.fields.Nested(AttentionAnswer, required=True)


class WeChatPhoneBody(Schema):
    """A code of the mini-program's phone-number button."""

    code = WeChatCodeText(required=True)


class VerifiedPhoneBody(Schema):
    """The phone and the code that it received."""

    phone = PhoneText(required=True)
    code = OneTimeCodeText(required=True)


class BindingBody(Schema):
    """A name, a number, and what proves that they are the caller's own."""

    name = PersonName(required=True)
    id_number = IdNumberText(required=True)
    proof = Choice(
        "phone",
        "card",
        "counter_code",
        required=True,
        metadata={"description": "`phone`: the channel's, verified within 24 hours. The others are typed"},
    )
    card = CardText()
    counter_code = Text(most=20, metadata={"description": "Printed at a counter", "example": "ACDEF-34679"})


@blp.read("/me", access=CITIZEN, answer=CitizenAnswer)
def me(call: Call) -> dict[str, Any]:
    """The channel, the person, whom one may act for, and what needs attention"""
    person_id = call.actor.person_id
    helped = family.of_helper(call.work, person_id) if person_id else ()
    asked = family.of_principal(call.work, person_id) if person_id else ()
    return {
        "channel": channel_queries.own(call.work, call.actor),
        "person": people.summary(call.work, person_id) if person_id else None,
        "acts_for": [one for one in helped if one.state == State.ACTIVE],
        "attention": {
            "family_requests": sum(one.state == State.REQUESTED for one in asked),
            "unread_messages": messages.unread(call.work, person_id) if person_id else 0,
        },
    }


@blp.steps("POST", "/phone/wechat", access=CITIZEN, body=WeChatPhoneBody, status=204, errors=(409,))
def take_wechat_phone(call: Call, body: dict[str, Any]) -> None:
    """Take the phone that the WeChat user agreed to tell as this channel's"""
    phone = call.house.ports.get(MiniProgramPhone).phone(body["code"])
    with call.house.database.work() as work:
        channels.take_verified_phone(work, by=call.actor, phone=phone)


@blp.steps("POST", "/phone/codes", access=CITIZEN, body=PhoneCodeBody, status=202, device=True, errors=(429,))
def send_phone_code(call: Call, body: dict[str, Any]) -> None:
    """Send a one-time code to a phone that is to be this channel's. Needs X-Device-Id"""
    send_code(call, "verify_phone", body["phone"])


@blp.write("PUT", "/phone", access=CITIZEN, body=VerifiedPhoneBody, status=204, key="none", errors=(409,))
def verify_phone(call: Call, body: dict[str, Any]) -> None:
    """Take the phone that received the code as this channel's"""
    channels.verify_phone(call.work, by=call.actor, phone=body["phone"], code=body["code"])


@blp.write(
    "POST", "/binding", access=CITIZEN, body=BindingBody, answer=ChannelAnswer, status=201, errors=(429,)
)
def bind(call: Call, body: dict[str, Any]) -> channel_queries.ChannelView:
    """Prove the real name and bind this channel to the person"""
    channels.bind(
        call.work, by=call.actor, name=body["name"], id_number=body["id_number"], proof=_proof(body)
    )
    return channel_queries.own(call.work, call.actor)


@blp.write("DELETE", "/binding", access=BOUND, status=204, key="none")
def unbind(call: Call) -> None:
    """Let this channel go; it stays signed in, as nobody yet"""
    channels.unbind(call.work, by=call.actor)


def _proof(body: dict[str, Any]) -> Proof:
    kind = body["proof"]
    for other in ("card", "counter_code"):
        if (other == kind) != (other in body):
            raise Invalid(
                fields=(FieldError(other, "此项必填" if other == kind else "所选核验方式不需要此项"),)
            )
    if kind == "card":
        return CardProof(body["card"])
    if kind == "counter_code":
        return CounterCodeProof(body["counter_code"])
    return PhoneProof()
