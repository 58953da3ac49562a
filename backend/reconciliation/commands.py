"""What staff do about differences."""

from __future__ import annotations

from uuid import UUID

from backend.agencies import queries as agencies
from backend.audit.commands import record
from backend.kernel.actor import Actor
from backend.kernel.db import Work
from backend.kernel.errors import Forbidden, NotFound
from backend.kernel.remarks import remark
from backend.reconciliation import days, keeping, tasks
from backend.reconciliation.errors import DifferenceEnded, RunPending
from backend.reconciliation.models import ReconciliationDay, ReconciliationDifference
from backend.reconciliation.tasks import HANDLE
from backend.worklist.commands import close_task

LONGEST_REASON = 200


def resolve(work: Work, *, by: Actor, difference_id: UUID, reason: str) -> None:
    """Ends a difference with what was found out about it. No money moves: who owes whom is settled elsewhere.

    Needs `reconciliation.handle` over its agency. Raises NotFound (also when out of reach), Invalid,
    DifferenceEnded, TaskTaken.
    """
    known = work.session.get(ReconciliationDifference, difference_id)
    if known is None or not by.allows(HANDLE, agencies.path(work, known.agency_id)):
        raise NotFound
    why = remark("reason", reason, most=LONGEST_REASON)
    # The day first, as those who compare it do.
    day = work.session.get_one(ReconciliationDay, known.day_id, with_for_update=True, populate_existing=True)
    row = work.session.get_one(
        ReconciliationDifference, difference_id, with_for_update=True, populate_existing=True
    )
    if row.state != "open":
        raise DifferenceEnded
    close_task(work, by=by, kind=tasks.DIFFERENCE.name, object_id=difference_id, outcome="resolved")
    row.state, row.reason = "resolved", why
    row.ended_at, row.resolved_by = work.clock.now(), by.id
    if not keeping.judged(work, day).get("open"):
        tasks.close_day(work, day.id)
    record(
        work,
        "reconciliation.resolved",
        by=by,
        subject=row.subject_id,
        object_kind="reconciliation_difference",
        object_id=difference_id,
        after={"kind": row.kind, "number": row.number, "reason": row.reason},
    )


def run_again(work: Work, *, by: Actor, day_id: UUID) -> None:
    """Has a day fetched and compared again, also one that is closed.

    Needs `reconciliation.handle` anywhere: it changes nothing that a night would not. Raises Forbidden,
    NotFound, RunPending.
    """
    if not by.reach(HANDLE):
        raise Forbidden
    row = work.session.get(ReconciliationDay, day_id)
    if row is None:
        raise NotFound
    if not days.ask_again(work, day_id):
        raise RunPending
    record(
        work,
        "reconciliation.run_asked",
        by=by,
        object_kind="reconciliation_day",
        object_id=day_id,
        after={"provider": row.provider, "day": row.day.isoformat()},
    )
