"""What the kernel's own tables may forget, every night."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import delete

from backend.kernel.db import Work
from backend.kernel.idempotency import IdempotencyRecord
from backend.kernel.jobs import Job
from backend.kernel.limits import AttemptWindow

FORGET = "kernel.forget"
ANSWERS_KEPT = timedelta(days=7)
ATTEMPTS_KEPT = timedelta(days=3)
"""Longer than the longest window that any limit counts in."""
JOBS_KEPT = timedelta(days=30)


def forget_old(work: Work, _payload: Mapping[str, Any]) -> None:
    """Deletes saved answers that nobody will ask for again, closed windows of attempts, and done jobs."""
    now = work.clock.now()
    old = (
        delete(IdempotencyRecord).where(IdempotencyRecord.created_at < now - ANSWERS_KEPT),
        delete(AttemptWindow).where(AttemptWindow.opened_at < now - ATTEMPTS_KEPT),
        delete(Job).where(Job.state == "done", Job.done_at < now - JOBS_KEPT),
    )
    for statement in old:
        work.session.execute(statement)
