"""What the kernel's own tables may forget, every night."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, literal_column, select

from backend.kernel.base import Base
from backend.kernel.db import Work
from backend.kernel.idempotency import IdempotencyRecord
from backend.kernel.jobs import Job, enqueue
from backend.kernel.limits import AttemptWindow

FORGET = "kernel.forget"
ANSWERS_KEPT = timedelta(days=7)
ATTEMPTS_KEPT = timedelta(days=3)
"""Longer than the longest window that any limit counts in."""
JOBS_KEPT = timedelta(days=30)
SLICE = 20_000


def forget_old(work: Work, _payload: Mapping[str, Any]) -> None:
    """Deletes saved answers that nobody will ask for again, closed windows of attempts, and done jobs.

    A slice of each at a time, so that no night's work is too long for one statement.
    """
    now = work.clock.now()
    gone = (
        _forget(work, IdempotencyRecord, IdempotencyRecord.created_at < now - ANSWERS_KEPT),
        _forget(work, AttemptWindow, AttemptWindow.opened_at < now - ATTEMPTS_KEPT),
        _forget(work, Job, (Job.state == "done") & (Job.done_at < now - JOBS_KEPT)),
    )
    if SLICE in gone:
        enqueue(work, FORGET, {})


def _forget(work: Work, model: type[Base], old: ColumnElement[bool]) -> int:
    place: ColumnElement[str] = literal_column("ctid")
    slice_of_it = select(place).select_from(model).where(old).limit(SLICE)
    statement = delete(model).where(place.in_(slice_of_it)).returning(place)
    return len(work.session.execute(statement, execution_options={"synchronize_session": False}).all())
