"""Tasks and their leases. A lease ends by the clock: whoever forgets a task does not block it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal, NoReturn
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from backend.agencies import queries as agencies
from backend.audit.commands import record
from backend.kernel.actor import Actor
from backend.kernel.db import Work
from backend.kernel.errors import NotFound
from backend.kernel.ids import new_id, next_serial
from backend.kernel.masking import mask_text
from backend.worklist import kinds, queries
from backend.worklist.errors import LeaseLost, NeedsDecision, OwnApproval, TaskChanged, TaskClosed, TaskTaken
from backend.worklist.models import STILL_OPEN, Approval, Task
from backend.worklist.queries import TaskView

LEASE = timedelta(minutes=30)


def open_task(
    work: Work,
    *,
    by: Actor,
    kind: str,
    agency_id: UUID,
    object_id: UUID,
    due_at: datetime,
    subject_id: UUID | None = None,
) -> UUID:
    """Puts a piece of work on the list; where one of its kind and object is open, that one is given.

    Raises LookupError for a kind that nobody registered.
    """
    kinds.task_kind(kind)
    now = work.clock.now()
    statement = (
        insert(Task)
        .values(
            id=new_id(),
            serial=next_serial(work.session, "RW", work.clock.today()),
            kind=kind,
            agency_id=agency_id,
            object_id=object_id,
            subject_id=subject_id,
            created_at=now,
            due_at=due_at,
        )
        .on_conflict_do_nothing(index_elements=["kind", "object_id"], index_where=STILL_OPEN)
        .returning(Task.id)
    )
    task_id = work.session.execute(statement).scalar_one_or_none()
    if task_id is None:
        found = select(Task.id).where(Task.kind == kind, Task.object_id == object_id, STILL_OPEN)
        return work.session.scalars(found).one()
    record(work, "task.opened", by=by, subject=subject_id, object_kind="task", object_id=task_id)
    return task_id


def claim(work: Work, *, by: Actor, task_id: UUID, version: int) -> TaskView:
    """Takes a task for half an hour; of two who try at once, one gets it.

    Raises NotFound (also when out of reach), OwnApproval, TaskTaken, TaskClosed, TaskChanged for a stale
    `version`.
    """
    task = _reachable(work, by, task_id)
    now = work.clock.now()
    own = exists().where(Approval.id == task.object_id, Approval.maker_id == by.id)
    if work.session.scalar(select(own)):
        record(work, "task.own_claim_refused", by=by, object_kind="task", object_id=task_id)
        raise OwnApproval
    free = or_(Task.state == "open", and_(Task.state == "leased", Task.leased_until <= now))
    taken = _change(
        work,
        task_id,
        or_(free, Task.holder_id == by.id),
        Task.version == version,
        state="leased",
        holder_id=by.id,
        leased_until=now + LEASE,
    )
    if not taken:
        _refuse_claim(work, by, task_id)
    _record(work, "task.claimed", by, task)
    return queries.task(work, task_id)


def renew(work: Work, *, by: Actor, task_id: UUID) -> TaskView:
    """Holds a task for another half hour from now. Raises NotFound, LeaseLost."""
    task = _reachable(work, by, task_id)
    if not _change(work, task_id, _held_by(by, work), leased_until=work.clock.now() + LEASE):
        raise LeaseLost
    _record(work, "task.renewed", by, task)
    return queries.task(work, task_id)


def release(work: Work, *, by: Actor, task_id: UUID) -> TaskView:
    """Puts a task back for others. Raises NotFound, LeaseLost."""
    task = _reachable(work, by, task_id)
    if not _change(work, task_id, _held_by(by, work), state="open", holder_id=None, leased_until=None):
        raise LeaseLost
    _record(work, "task.released", by, task)
    return queries.task(work, task_id)


def finish(work: Work, *, by: Actor, task_id: UUID, outcome: str) -> TaskView:
    """Ends a task that one holds. Raises NotFound, LeaseLost, NeedsDecision for the task of an approval."""
    task = _reachable(work, by, task_id)
    if isinstance(kinds.task_kind(task.kind), kinds.ApprovalKind):
        raise NeedsDecision
    if not _change(work, task_id, _held_by(by, work), **_closed(work, "done", mask_text(outcome))):
        raise LeaseLost
    _record(work, "task.finished", by, task)
    return queries.task(work, task_id)


def close_task(
    work: Work,
    *,
    by: Actor,
    kind: str,
    object_id: UUID,
    outcome: str,
    state: Literal["done", "cancelled"] = "done",
) -> None:
    """Ends the open task of an object whose business is settled; none may be open.

    Raises TaskTaken when somebody other than `by` is at it.
    """
    task = _open_task_of(work, kind, object_id)
    if task is None:
        return
    if state == "done" and task.held_at(work.clock.now()) and task.holder_id != by.id:
        raise TaskTaken
    _change(work, task.id, **_closed(work, state, outcome))
    _record(work, "task.finished" if state == "done" else "task.cancelled", by, task)


def put_back(work: Work, *, by: Actor, kind: str, object_id: UUID) -> None:
    """Lets go of the open task of an object that now waits for somebody else's word; none may be open.

    Raises TaskTaken when somebody other than `by` is at it.
    """
    task = _open_task_of(work, kind, object_id)
    if task is None or not task.held_at(work.clock.now()):
        return
    if task.holder_id != by.id:
        raise TaskTaken
    _change(work, task.id, state="open", holder_id=None, leased_until=None)
    _record(work, "task.released", by, task)


def _open_task_of(work: Work, kind: str, object_id: UUID) -> Task | None:
    found = select(Task).where(Task.kind == kind, Task.object_id == object_id, STILL_OPEN)
    return work.session.scalars(
        found.with_for_update(), execution_options={"populate_existing": True}
    ).first()


def _reachable(work: Work, by: Actor, task_id: UUID) -> Task:
    task = work.session.get(Task, task_id, populate_existing=True)
    if task is None or by.id is None:
        raise NotFound
    if not by.allows(kinds.task_kind(task.kind).function, agencies.path(work, task.agency_id)):
        raise NotFound
    return task


def _held_by(by: Actor, work: Work) -> ColumnElement[bool]:
    return and_(Task.state == "leased", Task.holder_id == by.id, Task.leased_until > work.clock.now())


def _change(work: Work, task_id: UUID, *conditions: ColumnElement[bool], **values: Any) -> bool:
    """Changes a task in one conditional statement; False when the conditions do not (or no longer) hold."""
    changed = work.session.execute(
        update(Task)
        .where(Task.id == task_id, *conditions)
        .values(version=Task.version + 1, **values)
        .returning(Task.id)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    return changed is not None


def _closed(work: Work, state: str, outcome: str) -> dict[str, Any]:
    return {
        "state": state,
        "holder_id": None,
        "leased_until": None,
        "closed_at": work.clock.now(),
        "outcome": outcome,
    }


def _refuse_claim(work: Work, by: Actor, task_id: UUID) -> NoReturn:
    task = work.session.get_one(Task, task_id, populate_existing=True)
    if task.closed_at is not None:
        raise TaskClosed
    if task.held_at(work.clock.now()) and task.holder_id != by.id:
        raise TaskTaken
    raise TaskChanged


def _record(work: Work, action: str, by: Actor, task: Task) -> None:
    record(work, action, by=by, subject=task.subject_id, object_kind="task", object_id=task.id)
