"""The audit trail for those who watch over everybody else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import marshmallow as ma
from flask import Response

from backend.admin.exporting import MOST_ROWS, exported
from backend.agencies import queries as agencies
from backend.audit import commands, queries, words
from backend.audit.queries import Filters
from backend.kernel.clock import midnight
from backend.kernel.spreadsheet import XLSX, Cell
from backend.staff import queries as staff
from backend.web.access import permission
from backend.web.edge import Blueprint, Call
from backend.web.paging import PageQuery, page, page_of, sorted_by
from backend.web.parsing import Day, Number, Schema, Text

blp = Blueprint("audit", __name__, url_prefix="/api/admin/v1", description="The audit trail")
AUDIT = permission(queries.READING)
MOST_SEALS = 2**62
COLUMNS = {
    "时间": 18,
    "动作": 24,
    "操作人": 14,
    "机构": 20,
    "对象": 14,
    "涉及参保人": 40,
    "事由": 24,
    "地址": 18,
    "请求编号": 40,
}


class AuditFilter(Schema):
    """Which events are wanted; days are those of Asia/Shanghai, both included."""

    since = Day(metadata={"example": "2026-11-01"})
    until = Day(metadata={"example": "2026-11-30"})
    actor_id = ma.fields.UUID()
    subject_id = ma.fields.UUID(metadata={"description": "The person whose data it was about"})
    object_id = ma.fields.UUID()
    action = Text(most=100, metadata={"example": "person.opened"})
    agency_id = ma.fields.UUID(metadata={"description": "The agency of who acted, and all below it"})
    request_id = Text(most=64, metadata={"example": "01a2025f-f9b3-745f-82b6-1d07b5f7837f"})


class AuditQuery(AuditFilter, PageQuery):
    """Which events to list."""

    sort = sorted_by(*queries.EVENT_SORTS)


class AuditEventAnswer(Schema):
    """Who did what to whom, when, why and from where; what changed shows when the event is opened."""

    audit_event_id = ma.fields.UUID(required=True, attribute="id")
    at = ma.fields.DateTime(required=True)
    action = ma.fields.String(required=True, metadata={"example": "person.opened"})
    action_name = ma.fields.String(required=True, metadata={"example": "查看完整资料"})
    actor_kind = ma.fields.String(required=True, metadata={"example": "staff"})
    actor_kind_name = ma.fields.String(required=True, metadata={"example": "工作人员"})
    actor_id = ma.fields.UUID(required=True, allow_none=True)
    actor_name = ma.fields.String(required=True, allow_none=True, metadata={"example": "陈海"})
    actor_role = ma.fields.String(required=True, metadata={"example": "clerk"})
    agency_path = ma.fields.String(required=True, metadata={"example": "46.4601"})
    subject_id = ma.fields.UUID(required=True, allow_none=True)
    object_kind = ma.fields.String(required=True, metadata={"example": "person"})
    object_kind_name = ma.fields.String(required=True, metadata={"example": "参保人"})
    object_id = ma.fields.UUID(required=True, allow_none=True)
    purpose = ma.fields.String(required=True, metadata={"example": "窗口业务办理"})
    request_id = ma.fields.String(required=True, metadata={"example": "01a2025f-f9b3-745f-82b6-1d07b5f7837f"})
    address = ma.fields.String(required=True, metadata={"example": "10.1.2.3"})
    device = ma.fields.String(required=True, metadata={"example": "-"})


class OpenedAuditEventAnswer(AuditEventAnswer):
    """An event with what changed."""

    before = ma.fields.Raw(
        required=True, allow_none=True, metadata={"description": "Any JSON value", "example": None}
    )
    after = ma.fields.Raw(
        required=True, allow_none=True, metadata={"description": "Any JSON value", "example": {"version": 2}}
    )


class SealsQuery(Schema):
    """Which seals to list."""

    before = Number(least=1, most=MOST_SEALS, metadata={"description": "`next_before` of the page before"})
    limit = Number(least=1, most=100, load_default=20)


class SealAnswer(Schema):
    """A batch of events closed for good; hashes and signature in hexadecimal."""

    number = ma.fields.Integer(required=True)
    sealed_at = ma.fields.DateTime(required=True)
    first_position = ma.fields.Integer(required=True)
    count = ma.fields.Integer(required=True)
    previous = ma.fields.String(required=True, metadata={"example": "00" * 32})
    head = ma.fields.String(required=True, metadata={"example": "5f" * 32})
    signature = ma.fields.String(required=True, metadata={"example": "a1" * 32})


class SealsAnswer(Schema):
    """Seals, newest first."""

    items = ma.fields.List(ma.fields.Nested(SealAnswer), required=True)
    next_before = ma.fields.Integer(required=True, allow_none=True)


@blp.read("/audit/events", access=AUDIT, query=AuditQuery, answer=page_of(AuditEventAnswer), errors=(404,))
def events(call: Call, query: dict[str, Any]) -> dict[str, Any]:
    """Search the audit trail, newest first; what changed is not in the list"""
    wanted = queries.events(by=call.actor, filters=_filters(call, query))
    found = page(call.work, wanted, query, *queries.EVENT_ORDER, queries.EVENT_SORTS)
    return {**found, "items": _answers(call, found["items"])}


@blp.read(
    "/audit/events.xlsx",
    access=permission("audit.export"),
    query=AuditFilter,
    media_type=XLSX,
    audited=True,
    errors=(404,),
)
def events_file(call: Call, query: dict[str, Any]) -> Response:
    """The same as a spreadsheet, newest first"""
    wanted = queries.events(by=call.actor, filters=_filters(call, query))
    newest = wanted.order_by(*(column.desc() for column in queries.EVENT_ORDER)).limit(MOST_ROWS)
    events = _answers(call, list(call.work.session.scalars(newest)))
    return exported(
        call, name="audit-events", title="审计记录", headings=COLUMNS, rows=map(_row, events), said=query
    )


def _row(event: dict[str, Any]) -> Sequence[Cell]:
    return (
        event["at"],
        event["action_name"],
        event["actor_name"] or event["actor_kind_name"],
        event["agency_path"],
        event["object_kind_name"],
        str(event["subject_id"] or ""),
        event["purpose"],
        event["address"],
        event["request_id"],
    )


def _filters(call: Call, query: dict[str, Any]) -> Filters:
    agency_id = query.get("agency_id")
    return Filters(
        since=midnight(query["since"]) if "since" in query else None,
        until=midnight(query["until"], after=1) if "until" in query else None,
        agency_path=agencies.path(call.work, agency_id) if agency_id else None,
        **{name: query.get(name) for name in ("actor_id", "subject_id", "object_id", "action", "request_id")},
    )


@blp.read(
    "/audit/events/<uuid:audit_event_id>",
    access=AUDIT,
    answer=OpenedAuditEventAnswer,
    audited=True,
    errors=(409,),
)
def open_event(call: Call, audit_event_id: UUID) -> dict[str, Any]:
    """One event with what changed; the look is recorded too"""
    opened = commands.open_event(call.work, by=call.actor, event_id=audit_event_id)
    return {**_answers(call, [opened.event])[0], **opened.values}


@blp.read("/audit/seals", access=AUDIT, query=SealsQuery, answer=SealsAnswer)
def seals(call: Call, query: dict[str, Any]) -> dict[str, Any]:
    """The seals that close the trail, newest first"""
    found = queries.seals(call.work, before=query.get("before"), limit=query["limit"])
    last = found[-1].number if found else 1
    items = [
        {**vars(seal), **{name: getattr(seal, name).hex() for name in ("previous", "head", "signature")}}
        for seal in found
    ]
    return {"items": items, "next_before": last if last > 1 else None}


def _answers(call: Call, rows: list[Any]) -> list[dict[str, Any]]:
    names = staff.names(call.work, {row.actor_id for row in rows if row.actor_id})
    return [
        {
            **vars(row),
            "action_name": words.ACTIONS.get(row.action, row.action),
            "actor_kind_name": words.ACTORS[row.actor_kind],
            "object_kind_name": words.OBJECTS.get(row.object_kind, row.object_kind),
            "actor_name": names.get(row.actor_id),
        }
        for row in rows
    ]
