"""Reading tasks and approvals, as far as one's functions reach."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from backend.agencies import queries as agencies
from backend.kernel.actor import Actor
from backend.kernel.db import Work
from backend.kernel.errors import NotFound
from backend.worklist import kinds
from backend.worklist.models import STILL_OPEN, Approval, Task

TASK_ORDER = (Task.created_at, Task.id)
TASK_SORTS = {"created_at": Task.created_at, "due_at": Task.due_at}
APPROVAL_ORDER = (Approval.made_at, Approval.id)
APPROVAL_SORTS = {"made_at": Approval.made_at, "serial": Approval.serial}


@dataclass(frozen=True)
class TaskView:
    """A task; `state` is `open` again as soon as a lease has run out."""

    task_id: UUID
    serial: str
    kind: str
    label: str
    agency_id: UUID
    agency_name: str
    object_id: UUID
    state: str
    holder_id: UUID | None
    leased_until: datetime | None
    created_at: datetime
    due_at: datetime
    outcome: str | None
    version: int


@dataclass(frozen=True)
class ApprovalView:
    """A change that waits for, or got, a second person's word; what would change is not in here."""

    approval_id: UUID
    serial: str
    kind: str
    label: str
    agency_id: UUID
    agency_name: str
    target_id: UUID
    subject_id: UUID | None
    maker_id: UUID
    made_at: datetime
    note: str
    state: str
    checker_id: UUID | None
    decided_at: datetime | None
    reason: str


@dataclass(frozen=True, repr=False)
class Proposal:
    """What somebody asked for, with all that the kind needs to make the change."""

    approval_id: UUID
    serial: str
    kind: str
    target_id: UUID
    maker_id: UUID
    made_at: datetime
    payload: Any


def tasks(*, by: Actor, kind: str | None = None) -> Select[Task]:
    """The open tasks that one may do, for a page ordered by `TASK_ORDER`."""
    statement = select(Task).where(STILL_OPEN, _within_reach(by, Task.kind, Task.agency_id))
    return statement if kind is None else statement.where(Task.kind == kind)


def open_by_kind(work: Work, *, by: Actor) -> dict[str, int]:
    """How many open tasks one may do, by the label of their kind."""
    statement = (
        select(Task.kind, func.count())
        .where(STILL_OPEN, _within_reach(by, Task.kind, Task.agency_id))
        .group_by(Task.kind)
    )
    return {kinds.task_kind(kind).label: count for kind, count in work.session.execute(statement)}


def task(work: Work, task_id: UUID) -> TaskView:
    """One task; raises NotFound."""
    row = work.session.get(Task, task_id, populate_existing=True)
    if row is None:
        raise NotFound
    return task_views(work, [row])[0]


def task_views(work: Work, rows: Sequence[Task]) -> list[TaskView]:
    """Rows of `tasks` as they stand now."""
    now = work.clock.now()
    homes = agencies.names(work, {row.agency_id for row in rows})
    return [
        TaskView(
            task_id=row.id,
            serial=row.serial,
            kind=row.kind,
            label=kinds.task_kind(row.kind).label,
            agency_id=row.agency_id,
            agency_name=homes[row.agency_id],
            object_id=row.object_id,
            state=row.state if row.state != "leased" or row.held_at(now) else "open",
            holder_id=row.holder_id if row.held_at(now) else None,
            leased_until=row.leased_until if row.held_at(now) else None,
            created_at=row.created_at,
            due_at=row.due_at,
            outcome=row.outcome,
            version=row.version,
        )
        for row in rows
    ]


def approvals(*, by: Actor, state: str | None = None, kind: str | None = None) -> Select[Approval]:
    """The approvals that one asked for or may decide, for a page ordered by `APPROVAL_ORDER`."""
    mine = Approval.maker_id == by.id
    statement = select(Approval).where(or_(mine, _within_reach(by, Approval.kind, Approval.agency_id)))
    if state is not None:
        statement = statement.where(Approval.state == state)
    return statement if kind is None else statement.where(Approval.kind == kind)


def approval_views(work: Work, rows: Sequence[Approval]) -> list[ApprovalView]:
    """Rows of `approvals` for people."""
    homes = agencies.names(work, {row.agency_id for row in rows})
    return [
        ApprovalView(
            approval_id=row.id,
            serial=row.serial,
            kind=row.kind,
            label=kinds.approval_kind(row.kind).label,
            agency_id=row.agency_id,
            agency_name=homes[row.agency_id],
            target_id=row.target_id,
            subject_id=row.subject_id,
            maker_id=row.maker_id,
            made_at=row.made_at,
            note=row.note,
            state=row.state,
            checker_id=row.checker_id,
            decided_at=row.decided_at,
            reason=row.reason,
        )
        for row in rows
    ]


def pending(work: Work, *, kinds: Collection[str], agency_ids: Collection[UUID]) -> list[Proposal]:
    """What waits for a second person at some agencies: for the room that owns these kinds, oldest first."""
    statement = select(Approval).where(
        Approval.state == "pending", Approval.kind.in_(kinds), Approval.agency_id.in_(agency_ids)
    )
    return [_proposal(row) for row in work.session.scalars(statement.order_by(*APPROVAL_ORDER))]


def proposal(work: Work, approval_id: UUID, *, kind: str) -> Proposal:
    """What was asked for, in whatever state it is, for the room that owns its kind; raises NotFound."""
    row = work.session.get(Approval, approval_id)
    if row is None or row.kind != kind:
        raise NotFound
    return _proposal(row)


def _proposal(row: Approval) -> Proposal:
    return Proposal(row.id, row.serial, row.kind, row.target_id, row.maker_id, row.made_at, row.payload)


def _within_reach(
    by: Actor, kind: InstrumentedAttribute[str], agency_id: InstrumentedAttribute[UUID]
) -> ColumnElement[bool]:
    reachable = [
        and_(kind == one.name, agency_id.in_(agencies.ids_within(by.reach(one.function))))
        for one in kinds.every()
        if by.reach(one.function)
    ]
    return or_(false(), *reachable)
