"""Acting for family: asking, agreeing, refusing, ending."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import marshmallow as ma

from backend.family import commands, queries
from backend.family.rules import Relation, Scope, State
from backend.kernel.errors import Unauthenticated
from backend.web.access import BOUND
from backend.web.edge import Blueprint, Call
from backend.web.parsing import Choice, Day, Schema
from miniprogram_api.fields import IdNumberText, PersonName

blp = Blueprint(
    "family", __name__, url_prefix="/api/v1", description="Acting for family members who agreed to it"
)


class DelegationAnswer(Schema):
    """A request or delegation, as one of its two sides sees it."""

    delegation_id = ma.fields.UUID(required=True)
    person_id = ma.fields.UUID(
        required=True,
        allow_none=True,
        metadata={"description": "Whom one may act for; null until they agreed, and for the one helped"},
    )
    name = ma.fields.String(required=True, metadata={"description": "The other side", "example": "王秀英"})
    id_number = ma.fields.String(required=True, allow_none=True, metadata={"example": "4601**********002X"})
    relation = ma.fields.String(required=True, metadata={"enum": list(Relation)})
    scopes = ma.fields.List(ma.fields.String(metadata={"enum": list(Scope)}), required=True)
    until = ma.fields.Date(required=True, metadata={"description": "The last day"})
    state = ma.fields.String(required=True, metadata={"enum": list(State)})
    requested_at = ma.fields.DateTime(required=True)
    request_expires_at = ma.fields.DateTime(required=True)
    agreed_at = ma.fields.DateTime(required=True, allow_none=True)


class FamilyAnswer(Schema):
    """Both sides, latest first."""

    helping = ma.fields.List(
        ma.fields.Nested(DelegationAnswer), required=True, metadata={"description": "Whom one helps"}
    )
    helped_by = ma.fields.List(
        ma.fields.Nested(DelegationAnswer), required=True, metadata={"description": "Who helps, or asks to"}
    )


class AskBody(Schema):
    """Whom one wants to act for, in what, and until when."""

    name = PersonName(required=True)
    id_number = IdNumberText(required=True)
    relation = Choice(*Relation, required=True, metadata={"description": "What they are to oneself"})
    scopes = ma.fields.List(
        Choice(*Scope),
        required=True,
        metadata={"description": "look, certify, pay: at least one", "minItems": 1, "uniqueItems": True},
    )
    until = Day(required=True, metadata={"description": "The last day; at most five years from now"})


@blp.read("/family", access=BOUND, answer=FamilyAnswer)
def family(call: Call) -> dict[str, Any]:
    """Whom one helps and by whom one is helped, requests included"""
    person_id = _person(call)
    return {
        "helping": queries.of_helper(call.work, person_id),
        "helped_by": queries.of_principal(call.work, person_id),
    }


@blp.write("POST", "/family", access=BOUND, body=AskBody, answer=DelegationAnswer, status=201, errors=(429,))
def ask(call: Call, body: dict[str, Any]) -> queries.DelegationView:
    """Ask to act for somebody; the answer is the same whether or not there is such a person"""
    delegation_id = commands.ask(
        call.work,
        by=call.actor,
        name=body["name"],
        id_number=body["id_number"],
        relation=Relation(body["relation"]),
        scopes=body["scopes"],
        until=body["until"],
    )
    return queries.delegation_of_helper(call.work, delegation_id)


@blp.write("POST", "/family/<uuid:delegation_id>/agree", access=BOUND, status=204)
def agree(call: Call, delegation_id: UUID) -> None:
    """Agree to a request that somebody may act for oneself"""
    commands.agree(call.work, by=call.actor, delegation_id=delegation_id)


@blp.write("POST", "/family/<uuid:delegation_id>/refuse", access=BOUND, status=204)
def refuse(call: Call, delegation_id: UUID) -> None:
    """Refuse such a request"""
    commands.refuse(call.work, by=call.actor, delegation_id=delegation_id)


@blp.write("POST", "/family/<uuid:delegation_id>/end", access=BOUND, status=204)
def end(call: Call, delegation_id: UUID) -> None:
    """End a delegation or withdraw a request, from either side"""
    commands.end(call.work, by=call.actor, delegation_id=delegation_id)


def _person(call: Call) -> UUID:
    if call.actor.person_id is None:
        raise Unauthenticated
    return call.actor.person_id
