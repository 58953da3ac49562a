"""The worklist: tasks that one may do, taken one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import marshmallow as ma

from backend.staff import queries as staff
from backend.web.access import STAFF
from backend.web.edge import Blueprint, Call
from backend.web.paging import PageQuery, page, page_of, sorted_by
from backend.web.parsing import Number, Schema, Text
from backend.worklist import commands, queries
from backend.worklist.queries import TaskView

blp = Blueprint("tasks", __name__, url_prefix="/api/admin/v1", description="What waits to be done")
MOST_VERSIONS = 2**31 - 1


class TaskAnswer(Schema):
    """A piece of work. A claim holds it for half an hour."""

    task_id = ma.fields.UUID(required=True)
    serial = ma.fields.String(required=True, metadata={"example": "RW20261122-000001"})
    kind = ma.fields.String(required=True, metadata={"example": "role_change"})
    label = ma.fields.String(required=True, metadata={"example": "岗位授权变更"})
    agency_id = ma.fields.UUID(required=True)
    agency_name = ma.fields.String(required=True, metadata={"example": "海口市社会保险服务中心"})
    object_id = ma.fields.UUID(required=True, metadata={"description": "What is to be worked on"})
    state = ma.fields.String(required=True, metadata={"example": "open"})
    holder_id = ma.fields.UUID(required=True, allow_none=True)
    holder_name = ma.fields.String(required=True, allow_none=True, metadata={"example": "陈海"})
    leased_until = ma.fields.DateTime(required=True, allow_none=True)
    created_at = ma.fields.DateTime(required=True)
    due_at = ma.fields.DateTime(required=True)
    outcome = ma.fields.String(required=True, allow_none=True, metadata={"example": None})
    version = ma.fields.Integer(required=True, metadata={"description": "To be sent back with a claim"})


class TaskQuery(PageQuery):
    """Which tasks to list."""

    kind = Text(most=50, metadata={"example": "role_change"})
    sort = sorted_by(*queries.TASK_SORTS)


class ClaimBody(Schema):
    """The task as it was read."""

    version = Number(least=1, most=MOST_VERSIONS, required=True)


class OutcomeBody(Schema):
    """How the work ended."""

    outcome = Text(most=200, load_default="done", metadata={"example": "done"})


@blp.read("/tasks", access=STAFF, query=TaskQuery, answer=page_of(TaskAnswer))
def tasks(call: Call, query: dict[str, Any]) -> dict[str, Any]:
    """Open tasks that one may do, newest first"""
    wanted = queries.tasks(by=call.actor, kind=query.get("kind"))
    found = page(call.work, wanted, query, *queries.TASK_ORDER, queries.TASK_SORTS)
    return {**found, "items": _answers(call, queries.task_views(call.work, found["items"]))}


@blp.write("POST", "/tasks/<uuid:task_id>/claim", access=STAFF, body=ClaimBody, answer=TaskAnswer)
def claim(call: Call, body: dict[str, Any], task_id: UUID) -> dict[str, Any]:
    """Take a task; 409 when somebody else was faster"""
    taken = commands.claim(call.work, by=call.actor, task_id=task_id, version=body["version"])
    return _answers(call, [taken])[0]


@blp.write("POST", "/tasks/<uuid:task_id>/release", access=STAFF, answer=TaskAnswer)
def release(call: Call, task_id: UUID) -> dict[str, Any]:
    """Put a task back for others"""
    return _answers(call, [commands.release(call.work, by=call.actor, task_id=task_id)])[0]


@blp.write("POST", "/tasks/<uuid:task_id>/finish", access=STAFF, body=OutcomeBody, answer=TaskAnswer)
def finish(call: Call, body: dict[str, Any], task_id: UUID) -> dict[str, Any]:
    """End a task that one holds"""
    done = commands.finish(call.work, by=call.actor, task_id=task_id, outcome=body["outcome"])
    return _answers(call, [done])[0]


def _answers(call: Call, views: Sequence[TaskView]) -> list[dict[str, Any]]:
    names = staff.names(call.work, {view.holder_id for view in views if view.holder_id})
    return [
        {**vars(view), "holder_name": names[view.holder_id] if view.holder_id else None} for view in views
    ]
