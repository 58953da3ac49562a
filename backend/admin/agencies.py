"""The tree of agencies."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from backend.agencies import commands, queries
from backend.web.access import STAFF, permission
from backend.web.edge import Blueprint, Call
from backend.web.parsing import Schema, Text

blp = Blueprint("agencies", __name__, url_prefix="/api/admin/v1", description="Agencies of the bureau")


class AgencyAnswer(Schema):
    """An agency."""

    agency_id = ma.fields.UUID(required=True)
    code = ma.fields.String(required=True, metadata={"example": "4601"})
    name = ma.fields.String(required=True, metadata={"example": "海口市社会保险服务中心"})
    path = ma.fields.String(
        required=True, metadata={"description": "Codes from the root down", "example": "46.4601"}
    )
    parent_id = ma.fields.UUID(required=True, allow_none=True)


class AgenciesAnswer(Schema):
    """All agencies, parents before children."""

    items = ma.fields.List(ma.fields.Nested(AgencyAnswer), required=True)


class NewAgencyBody(Schema):
    """An agency to be founded below another."""

    code = Text(least=2, most=12, pattern="[0-9]+", required=True, metadata={"example": "460105"})
    name = Text(least=2, most=100, required=True, metadata={"example": "海口市秀英区社会保险服务中心"})
    parent_id = ma.fields.UUID(required=True)


@blp.read("/agencies", access=STAFF, answer=AgenciesAnswer)
def agencies(call: Call) -> dict[str, Any]:
    """The whole tree of agencies"""
    return {"items": queries.tree(call.work)}


@blp.write(
    "POST",
    "/agencies",
    access=permission("agencies.manage"),
    body=NewAgencyBody,
    answer=AgencyAnswer,
    status=201,
    errors=(404,),
)
def create(call: Call, body: dict[str, Any]) -> queries.AgencyView:
    """Found an agency below another one"""
    return queries.get(call.work, commands.create(call.work, by=call.actor, **body))
