"""Asking for the official statement of a year; the documents API gives the file."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import marshmallow as ma

from backend.accounts.statement import request_statement
from backend.family.rules import Scope
from backend.web.access import BOUND
from backend.web.edge import Blueprint, Call
from backend.web.parsing import LATEST, Number, Schema
from miniprogram_api.reach import require_acting_for

blp = Blueprint(
    "statements",
    __name__,
    url_prefix="/api/v1",
    description="Official statements of what the bureau has on record",
)
FIRST_YEAR = 1992


class StatementBody(Schema):
    """Of which year."""

    year = Number(
        least=FIRST_YEAR,
        most=LATEST.year,
        required=True,
        metadata={"description": "An ended one, or this one up to today", "example": 2025},
    )


class RequestedAnswer(Schema):
    """The document, which is made in a moment if it is not there already."""

    document_id = ma.fields.UUID(required=True)


@blp.write(
    "POST",
    "/people/<uuid:person_id>/statements",
    access=BOUND,
    body=StatementBody,
    answer=RequestedAnswer,
    status=202,
    errors=(409,),
)
def statement(call: Call, body: dict[str, Any], person_id: UUID) -> dict[str, UUID]:
    """Asks for the statement of a year; the same document as long as nothing in it has changed"""
    require_acting_for(call, person_id, Scope.LOOK)
    year = body["year"]
    return {"document_id": request_statement(call.work, by=call.actor, person_id=person_id, year=year)}
