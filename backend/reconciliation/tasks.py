"""What becomes work for clerks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, update

from backend.agencies import queries as agencies
from backend.kernel.actor import system
from backend.kernel.db import Work
from backend.reconciliation.models import ReconciliationDay, ReconciliationDifference
from backend.reconciliation.rules import APART
from backend.worklist.commands import close_task, open_task
from backend.worklist.kinds import TaskKind

BY = system("reconciliation")
HANDLE = "reconciliation.handle"
DIFFERENCE = TaskKind("reconciliation_difference", "对账差异处理", "reconciliation.handle")
DAY = TaskKind("reconciliation_day", "对账文件异常处理", "reconciliation.handle")
KINDS = (DIFFERENCE, DAY)
TIME_TO_HANDLE = timedelta(days=2)
AT_ONCE = 50
"""Tasks written in one transaction: others who need a serial number wait until it is over."""
MOST_OF_A_DAY = 1000
"""With more differences than this a day is one task: the file is wrong, not a thousand movements."""


def hand_over(work: Work, provider: str, newest: date) -> int:
    """Makes some open differences of a provider tasks; how many, 0 when there are no more.

    What is missing waits until the file of another day could have had it: `newest` is the last that was seen.
    """
    rows = work.session.execute(
        select(
            ReconciliationDifference.id,
            ReconciliationDifference.agency_id,
            ReconciliationDifference.subject_id,
        )
        .where(*_ready(work, provider, newest), ReconciliationDifference.day_id.not_in(_crowded(provider)))
        .order_by(ReconciliationDifference.id)
        .limit(AT_ONCE)
    ).all()
    if not rows:
        return 0
    for row in rows:
        _open(work, DIFFERENCE, row.id, row.agency_id, row.subject_id)
    work.session.execute(
        update(ReconciliationDifference)
        .where(ReconciliationDifference.id.in_([row.id for row in rows]))
        .values(handed_over_at=work.clock.now())
        .execution_options(synchronize_session=False)
    )
    return len(rows)


def open_day(work: Work, day_id: UUID) -> None:
    """Has somebody look at a whole day: its file does not come, or cannot be right."""
    _open(work, DAY, day_id, agencies.root(work).agency_id, None)


def close_day(work: Work, day_id: UUID) -> None:
    """Takes back the task of a whole day, if there is one."""
    close_task(work, by=BY, kind=DAY.name, object_id=day_id, outcome="reconciled", state="cancelled")


def take_back(work: Work, difference_ids: Sequence[UUID]) -> None:
    """Takes back tasks of differences that have mended."""
    for one in difference_ids:
        close_task(work, by=BY, kind=DIFFERENCE.name, object_id=one, outcome="mended", state="cancelled")


def _open(work: Work, kind: TaskKind, object_id: UUID, agency_id: UUID, subject_id: UUID | None) -> None:
    open_task(
        work,
        by=BY,
        kind=kind.name,
        agency_id=agency_id,
        object_id=object_id,
        subject_id=subject_id,
        due_at=work.clock.now() + TIME_TO_HANDLE,
    )


def _ready(work: Work, provider: str, newest: date) -> tuple[Any, ...]:
    long_ago = work.clock.today() - APART - timedelta(days=1)
    return (
        ReconciliationDifference.provider == provider,
        ReconciliationDifference.state == "open",
        ReconciliationDifference.handed_over_at.is_(None),
        or_(
            ReconciliationDifference.kind != "missing",
            ReconciliationDifference.day < newest,
            ReconciliationDifference.day < long_ago,
        ),
    )


def _crowded(provider: str) -> Any:
    return (
        select(ReconciliationDifference.day_id)
        .join(ReconciliationDay, ReconciliationDay.id == ReconciliationDifference.day_id)
        .where(ReconciliationDay.provider == provider, ReconciliationDifference.state == "open")
        .group_by(ReconciliationDifference.day_id)
        .having(func.count() > MOST_OF_A_DAY)
    )
