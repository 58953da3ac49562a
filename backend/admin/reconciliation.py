"""Day-end files beside our own records: how each day came out, and what did not fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import marshmallow as ma

from backend.audit.commands import record
from backend.reconciliation import commands, queries
from backend.reconciliation.ports import Channels
from backend.reconciliation.queries import Filters, Labels
from backend.reconciliation.rules import DAY_STATES, DIFFERENCE_STATES, KINDS
from backend.reconciliation.views import DifferenceView
from backend.staff import queries as staff
from backend.web.access import permission
from backend.web.edge import Blueprint, Call
from backend.web.paging import PageQuery, page, page_of, sorted_by
from backend.web.parsing import Choice, Day, Schema, Text

blp = Blueprint(
    "reconciliation", __name__, url_prefix="/api/admin/v1", description="Day-end files and what did not fit"
)
READ = permission(queries.READ)
HANDLE = permission("reconciliation.handle")
FEN = {"description": "Fen"}


class TotalsAnswer(Schema):
    """What one side has of a day."""

    out_count = ma.fields.Integer(required=True)
    out_amount = ma.fields.Integer(required=True, metadata=FEN)
    in_count = ma.fields.Integer(required=True)
    in_amount = ma.fields.Integer(required=True, metadata=FEN)


class ReconciliationDayAnswer(Schema):
    """A provider's day. Sums and counts are those of the whole bureau."""

    day_id = ma.fields.UUID(required=True)
    provider = ma.fields.String(required=True, metadata={"example": "bank"})
    provider_label = ma.fields.String(required=True, metadata={"example": "社银直联"})
    day = ma.fields.Date(required=True)
    state = ma.fields.String(required=True, metadata={"example": "differences"})
    state_label = ma.fields.String(required=True, metadata={"example": "有差异待处理"})
    running = ma.fields.Boolean(required=True)
    due_at = ma.fields.DateTime(
        required=True, allow_none=True, metadata={"description": "When a worker looks at it next"}
    )
    compared_at = ma.fields.DateTime(required=True, allow_none=True)
    failures = ma.fields.Integer(
        required=True, metadata={"description": "How often in a row there was no file to be had"}
    )
    last_error = ma.fields.String(required=True, allow_none=True, metadata={"example": None})
    last_error_label = ma.fields.String(required=True, allow_none=True, metadata={"example": None})
    theirs = ma.fields.Nested(TotalsAnswer, required=True)
    ours = ma.fields.Nested(TotalsAnswer, required=True)
    fees = ma.fields.Integer(required=True, metadata=FEN)
    open = ma.fields.Integer(required=True, metadata={"description": "Differences that nobody has ended"})
    mended = ma.fields.Integer(
        required=True, metadata={"description": "Differences that ended by themselves"}
    )
    resolved = ma.fields.Integer(required=True, metadata={"description": "Differences that staff ended"})


class DifferenceAnswer(Schema):
    """What did not fit about one number on one day, both sides as they were found."""

    difference_id = ma.fields.UUID(required=True)
    day_id = ma.fields.UUID(required=True)
    provider = ma.fields.String(required=True, metadata={"example": "bank"})
    provider_label = ma.fields.String(required=True, metadata={"example": "社银直联"})
    day = ma.fields.Date(required=True)
    number = ma.fields.String(required=True, metadata={"example": "01JD6Y3T5K8M2N4P6Q8R0S2T4V"})
    reference = ma.fields.String(required=True, allow_none=True, metadata={"example": "BK202611220001"})
    direction = ma.fields.String(required=True, metadata={"example": "out"})
    direction_label = ma.fields.String(required=True, metadata={"example": "支出"})
    kind = ma.fields.String(required=True, metadata={"example": "amount"})
    kind_label = ma.fields.String(required=True, metadata={"example": "金额不一致"})
    lines = ma.fields.Integer(required=True, metadata={"description": "How many lines the file has of it"})
    file_amount = ma.fields.Integer(required=True, allow_none=True, metadata={**FEN, "example": 52001})
    booked_at = ma.fields.DateTime(required=True, allow_none=True)
    our_amount = ma.fields.Integer(required=True, allow_none=True, metadata={**FEN, "example": 52000})
    our_state = ma.fields.String(required=True, allow_none=True, metadata={"example": "settled"})
    our_state_label = ma.fields.String(required=True, allow_none=True, metadata={"example": "已结算"})
    our_day = ma.fields.Date(required=True, allow_none=True)
    agency_id = ma.fields.UUID(required=True)
    agency_name = ma.fields.String(required=True, metadata={"example": "海口市社会保险服务中心"})
    object_id = ma.fields.UUID(
        required=True, allow_none=True, metadata={"description": "The payout or payment that it is about"}
    )
    subject_id = ma.fields.UUID(required=True, allow_none=True)
    state = ma.fields.String(required=True, metadata={"example": "open"})
    state_label = ma.fields.String(required=True, metadata={"example": "待处理"})
    reason = ma.fields.String(required=True, allow_none=True, metadata={"example": None})
    found_at = ma.fields.DateTime(required=True)
    ended_at = ma.fields.DateTime(required=True, allow_none=True)
    resolved_by = ma.fields.UUID(required=True, allow_none=True)
    resolved_by_name = ma.fields.String(required=True, allow_none=True, metadata={"example": None})


class DifferenceCountAnswer(Schema):
    """Open differences of one kind."""

    kind = ma.fields.String(required=True, metadata={"example": "amount"})
    kind_label = ma.fields.String(required=True, metadata={"example": "金额不一致"})
    count = ma.fields.Integer(required=True)


class ReconciliationChannelAnswer(Schema):
    """How a provider stands; what is open is counted within one's reach."""

    provider = ma.fields.String(required=True, metadata={"example": "bank"})
    label = ma.fields.String(required=True, metadata={"example": "社银直联"})
    latest_day = ma.fields.Date(required=True, allow_none=True)
    latest_state = ma.fields.String(required=True, allow_none=True, metadata={"example": "clean"})
    latest_state_label = ma.fields.String(required=True, allow_none=True, metadata={"example": "核对一致"})
    days_waiting = ma.fields.Integer(required=True, metadata={"description": "Days without a file"})
    oldest_open_day = ma.fields.Date(required=True, allow_none=True)
    open = ma.fields.Integer(required=True)
    open_amount = ma.fields.Integer(required=True, metadata=FEN)
    kinds = ma.fields.List(ma.fields.Nested(DifferenceCountAnswer), required=True)


class ReconciliationBoardAnswer(Schema):
    """All providers at a glance."""

    channels = ma.fields.List(ma.fields.Nested(ReconciliationChannelAnswer), required=True)


class DayQuery(PageQuery):
    """Which days to list."""

    provider = Text(most=30, metadata={"example": "bank"})
    state = Choice(*DAY_STATES)
    day_id = ma.fields.UUID(metadata={"description": "The one that a task is about"})


class DifferenceQuery(PageQuery):
    """Which differences to list."""

    provider = Text(most=30, metadata={"example": "bank"})
    day = Day()
    kind = Choice(*KINDS)
    state = Choice(*DIFFERENCE_STATES)
    number = Text(most=64, metadata={"description": "The whole of it"})
    sort = sorted_by(*queries.SORTS)


class ReasonBody(Schema):
    """What was found out."""

    reason = Text(
        least=2, most=200, required=True, metadata={"example": "已与银行核对，系银行重复记账，次日冲正"}
    )


@blp.read("/reconciliation-board", access=READ, answer=ReconciliationBoardAnswer)
def board(call: Call) -> dict[str, Any]:
    """How each provider stands"""
    return {"channels": queries.board(call.work, by=call.actor, labels=_labels(call))}


@blp.read("/reconciliation-days", access=READ, query=DayQuery, answer=page_of(ReconciliationDayAnswer))
def days(call: Call, query: dict[str, Any]) -> dict[str, Any]:
    """Days of all providers, newest first, with the totals of both sides"""
    wanted = queries.days(**{name: query.get(name) for name in ("provider", "state", "day_id")})
    found = page(call.work, wanted, query, *queries.DAY_ORDER)
    return {**found, "items": queries.day_views(call.work, found["items"], _labels(call))}


@blp.read("/reconciliation-differences", access=READ, query=DifferenceQuery, answer=page_of(DifferenceAnswer))
def differences(call: Call, query: dict[str, Any]) -> dict[str, Any]:
    """Differences within one's reach, newest first"""
    names = ("provider", "day", "kind", "state", "number")
    filters = Filters(**{name: query.get(name) for name in names})
    wanted = queries.differences(by=call.actor, filters=filters)
    found = page(call.work, wanted, query, *queries.ORDER, queries.SORTS)
    return {**found, "items": _answers(call, queries.views(call.work, found["items"], _labels(call)))}


@blp.read(
    "/reconciliation-differences/<uuid:difference_id>", access=READ, answer=DifferenceAnswer, audited=True
)
def open_difference(call: Call, difference_id: UUID) -> dict[str, Any]:
    """One difference; the look is recorded"""
    found = queries.difference(call.work, by=call.actor, difference_id=difference_id, labels=_labels(call))
    record(
        call.work,
        "reconciliation.opened",
        by=call.actor,
        subject=found.subject_id,
        object_kind="reconciliation_difference",
        object_id=difference_id,
    )
    return _answers(call, [found])[0]


@blp.write(
    "POST",
    "/reconciliation-differences/<uuid:difference_id>/resolve",
    access=HANDLE,
    body=ReasonBody,
    status=204,
    key="required",
    errors=(409,),
)
def resolve(call: Call, body: dict[str, Any], difference_id: UUID) -> None:
    """End a difference with what was found out about it; no money moves"""
    commands.resolve(call.work, by=call.actor, difference_id=difference_id, reason=body["reason"])


@blp.write("POST", "/reconciliation-days/<uuid:day_id>/run", access=HANDLE, status=204, errors=(409,))
def run_again(call: Call, day_id: UUID) -> None:
    """Have a day's file fetched and compared again, also of a day that is closed"""
    commands.run_again(call.work, by=call.actor, day_id=day_id)


def _labels(call: Call) -> Labels:
    return call.house.ports.get(Channels).labels


def _answers(call: Call, views: Sequence[DifferenceView]) -> list[dict[str, Any]]:
    names = staff.names(call.work, {one.resolved_by for one in views if one.resolved_by})
    return [
        {**vars(one), "resolved_by_name": names[one.resolved_by] if one.resolved_by else None}
        for one in views
    ]
