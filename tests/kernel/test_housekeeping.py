"""Every night the kernel forgets what nobody will ask for again, and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from backend.kernel import idempotency, limits
from backend.kernel.clock import FixedClock
from backend.kernel.housekeeping import ANSWERS_KEPT, ATTEMPTS_KEPT, FORGET, JOBS_KEPT
from backend.kernel.idempotency import IdempotencyRecord
from backend.kernel.jobs import DueWork, Job, enqueue
from backend.kernel.limits import AttemptWindow, Limit
from backend.web.house import House

LONGEST = max(ANSWERS_KEPT, ATTEMPTS_KEPT, JOBS_KEPT)


def leave_traces(house: House, key: str) -> None:
    with house.database.work() as work:
        idempotency.begin(work, principal="p", operation="o", key=key, body_hash=b"")
        limits.count(work, "test", {"device": key}, {"device": Limit(5, timedelta(days=1))})
        enqueue(work, "nobody.runs.this", {}, unique_key=key, run_at=work.clock.now() + 2 * LONGEST)


def test_old_traces_go_and_young_ones_stay(house: House, clock: FixedClock) -> None:
    leave_traces(house, "old-done")
    leave_traces(house, "old-waiting")
    with house.database.work() as work:
        work.session.execute(
            update(Job).where(Job.unique_key == "old-done").values(state="done", done_at=work.clock.now())
        )
    clock.advance(LONGEST + timedelta(days=1))
    leave_traces(house, "young")
    with house.database.work() as work:
        enqueue(work, FORGET, {})
    house.ports.get(DueWork).drain()
    with house.database.reading() as work:
        session = work.session
        assert session.scalars(select(IdempotencyRecord.created_at)).all() == [clock.now()]
        assert session.scalar(select(func.count()).select_from(AttemptWindow)) == 1
        left = session.scalars(select(Job.unique_key).where(Job.kind == "nobody.runs.this")).all()
        assert sorted(left) == ["old-waiting", "young"]


def test_however_much_there_is_it_goes_in_one_night(
    house: House, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.kernel.housekeeping.SLICE", 3)
    for number in range(10):
        leave_traces(house, f"old-{number}")
    clock.advance(LONGEST + timedelta(days=1))
    with house.database.work() as work:
        enqueue(work, FORGET, {})
    house.ports.get(DueWork).drain()
    with house.database.reading() as work:
        assert work.session.scalar(select(func.count()).select_from(IdempotencyRecord)) == 0
        assert work.session.scalar(select(func.count()).select_from(AttemptWindow)) == 0
