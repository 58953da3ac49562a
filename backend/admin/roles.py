"""What staff can be allowed to do, and asking for somebody to be allowed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import marshmallow as ma

from backend.admin.people_schemas import ApprovalRefAnswer
from backend.staff import queries
from backend.staff.commands import roles as commands
from backend.staff.functions import FUNCTIONS
from backend.web.access import STAFF, permission
from backend.web.edge import Blueprint, Call
from backend.web.parsing import Choice, Schema, Text

blp = Blueprint("roles", __name__, url_prefix="/api/admin/v1", description="Functions, roles, role changes")


class FunctionAnswer(Schema):
    """Something that staff can be allowed to do."""

    code = ma.fields.String(required=True, metadata={"example": "people.search"})
    label = ma.fields.String(required=True, metadata={"example": "查找参保人"})


class FunctionsAnswer(Schema):
    """The whole catalogue."""

    items = ma.fields.List(ma.fields.Nested(FunctionAnswer), required=True)


class RoleAnswer(Schema):
    """A role. Nobody holds roles of two kinds at once."""

    code = ma.fields.String(required=True, metadata={"example": "clerk"})
    name = ma.fields.String(required=True, metadata={"example": "经办人员"})
    kind = ma.fields.String(required=True, metadata={"example": "business"})
    functions = ma.fields.List(ma.fields.String(metadata={"example": "people.search"}), required=True)


class RolesAnswer(Schema):
    """All roles."""

    items = ma.fields.List(ma.fields.Nested(RoleAnswer), required=True)


class RoleChangeBody(Schema):
    """A role to be given over an agency and all below it, or to be ended."""

    staff_id = ma.fields.UUID(required=True)
    role = Text(most=50, required=True, metadata={"example": "clerk"})
    agency_id = ma.fields.UUID(required=True)
    action = Choice("grant", "end", required=True)
    note = Text(least=0, most=200, load_default="", metadata={"example": "窗口轮岗"})


@blp.read("/functions", access=STAFF, answer=FunctionsAnswer)
def functions(call: Call) -> dict[str, Any]:
    """The catalogue of functions"""
    return {"items": [{"code": code, "label": label} for code, label in FUNCTIONS.items()]}


@blp.read("/roles", access=STAFF, answer=RolesAnswer)
def roles(call: Call) -> dict[str, Any]:
    """All roles with their functions"""
    return {"items": queries.roles(call.work)}


@blp.write(
    "POST",
    "/role-changes",
    access=permission("roles.propose"),
    body=RoleChangeBody,
    answer=ApprovalRefAnswer,
    status=201,
    errors=(404,),
)
def propose(call: Call, body: dict[str, Any]) -> dict[str, UUID]:
    """Ask for a role to be given or ended; another person decides"""
    note = body.pop("note")
    approval_id = commands.propose(call.work, by=call.actor, change=commands.RoleChange(**body), note=note)
    return {"approval_id": approval_id}
