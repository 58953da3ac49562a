"""Changes that wait for a second person's word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import marshmallow as ma

from backend.staff import queries as staff
from backend.web.access import STAFF
from backend.web.edge import Blueprint, Call
from backend.web.paging import PageQuery, page, page_of, sorted_by
from backend.web.parsing import Choice, Schema, Text
from backend.worklist import commands, queries
from backend.worklist.queries import ApprovalView

blp = Blueprint("approvals", __name__, url_prefix="/api/admin/v1", description="Changes that need two people")


class ApprovalAnswer(Schema):
    """A change that somebody asked for. What would change shows when it is opened."""

    approval_id = ma.fields.UUID(required=True)
    serial = ma.fields.String(required=True, metadata={"example": "SP20261122-000001"})
    kind = ma.fields.String(required=True, metadata={"example": "role_change"})
    label = ma.fields.String(required=True, metadata={"example": "岗位授权变更"})
    agency_id = ma.fields.UUID(required=True)
    agency_name = ma.fields.String(required=True, metadata={"example": "海口市社会保险服务中心"})
    target_id = ma.fields.UUID(required=True)
    subject_id = ma.fields.UUID(required=True, allow_none=True)
    maker_id = ma.fields.UUID(required=True)
    maker_name = ma.fields.String(required=True, metadata={"example": "陈海"})
    made_at = ma.fields.DateTime(required=True)
    note = ma.fields.String(required=True, metadata={"example": "旧卡已注销"})
    state = ma.fields.String(required=True, metadata={"example": "pending"})
    checker_id = ma.fields.UUID(required=True, allow_none=True)
    checker_name = ma.fields.String(required=True, allow_none=True, metadata={"example": "林海燕"})
    decided_at = ma.fields.DateTime(required=True, allow_none=True)
    reason = ma.fields.String(required=True, metadata={"example": "材料不齐"})


class ChangeAnswer(Schema):
    """One line of what would change."""

    label = ma.fields.String(required=True, metadata={"example": "岗位"})
    before = ma.fields.String(required=True, allow_none=True, metadata={"example": None})
    after = ma.fields.String(required=True, allow_none=True, metadata={"example": "经办人员"})


class OpenedApprovalAnswer(ApprovalAnswer):
    """An approval with what would change."""

    changes = ma.fields.List(ma.fields.Nested(ChangeAnswer), required=True)


class ApprovalQuery(PageQuery):
    """Which approvals to list."""

    state = Choice("pending", "approved", "rejected", "withdrawn")
    kind = Text(most=50, metadata={"example": "role_change"})
    sort = sorted_by(*queries.APPROVAL_SORTS)


class RejectionBody(Schema):
    """Why a change is refused."""

    reason = Text(least=2, most=200, required=True, metadata={"example": "材料不齐"})


@blp.read("/approvals", access=STAFF, query=ApprovalQuery, answer=page_of(ApprovalAnswer))
def approvals(call: Call, query: dict[str, Any]) -> dict[str, Any]:
    """Changes that one asked for or may decide on, newest first"""
    wanted = queries.approvals(by=call.actor, state=query.get("state"), kind=query.get("kind"))
    found = page(call.work, wanted, query, *queries.APPROVAL_ORDER, queries.APPROVAL_SORTS)
    return {**found, "items": _answers(call, queries.approval_views(call.work, found["items"]))}


@blp.read(
    "/approvals/<uuid:approval_id>", access=STAFF, answer=OpenedApprovalAnswer, audited=True, errors=(409,)
)
def open_approval(call: Call, approval_id: UUID) -> dict[str, Any]:
    """One change with its before and after; the look is recorded"""
    opened = commands.open_approval(call.work, by=call.actor, approval_id=approval_id)
    return {**_answers(call, [opened.approval])[0], "changes": opened.changes}


@blp.write("POST", "/approvals/<uuid:approval_id>/approve", access=STAFF, answer=ApprovalAnswer)
def approve(call: Call, approval_id: UUID) -> dict[str, Any]:
    """Allow a change that somebody else asked for, and make it"""
    return _answers(call, [commands.approve(call.work, by=call.actor, approval_id=approval_id)])[0]


@blp.write(
    "POST", "/approvals/<uuid:approval_id>/reject", access=STAFF, body=RejectionBody, answer=ApprovalAnswer
)
def reject(call: Call, body: dict[str, Any], approval_id: UUID) -> dict[str, Any]:
    """Refuse a change that somebody else asked for"""
    rejected = commands.reject(call.work, by=call.actor, approval_id=approval_id, reason=body["reason"])
    return _answers(call, [rejected])[0]


@blp.write("POST", "/approvals/<uuid:approval_id>/withdraw", access=STAFF, answer=ApprovalAnswer)
def withdraw(call: Call, approval_id: UUID) -> dict[str, Any]:
    """Take back what one asked for"""
    return _answers(call, [commands.withdraw(call.work, by=call.actor, approval_id=approval_id)])[0]


def _answers(call: Call, views: Sequence[ApprovalView]) -> list[dict[str, Any]]:
    people = {view.maker_id for view in views} | {view.checker_id for view in views if view.checker_id}
    names = staff.names(call.work, people)
    return [
        {
            **vars(view),
            "maker_name": names[view.maker_id],
            "checker_name": names[view.checker_id] if view.checker_id else None,
        }
        for view in views
    ]
