"""Planted differences: each is found, as what it is, and nothing else is. `DIFFERENCES=1000` for more."""

from __future__ import annotations

import os
from collections import Counter
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from backend.kernel.clock import FixedClock
from backend.kernel.db import BoundDatabase, Work
from backend.payouts.models import PayoutAttempt
from backend.payouts.ports import Provider
from backend.reconciliation import tasks
from backend.reconciliation.rules import KINDS
from backend.worklist.models import Task
from tests.reconciliation.planted import Planted, plant, plants
from tests.support.payouts import balances
from tests.support.reconciliation import MemoryFiles, channel, day_of, differences, reconcile_all

DAY = date(2026, 11, 22)
MANY = int(os.environ.get("DIFFERENCES", "150"))
PROVIDERS = (Provider.BANK, Provider.RED_PACKET)
pytestmark = [pytest.mark.usefixtures("house"), pytest.mark.timeout(300)]


def found(work: Work) -> dict[tuple[str, str], tuple[str, str]]:
    return {(row.number, row.direction): (row.kind, row.state) for row in differences(work)}


def states(work: Work) -> dict[str, str]:
    rows = work.session.execute(select(PayoutAttempt.number, PayoutAttempt.state))
    return {row.number: row.state for row in rows}


def become(planted: Planted, work: Work) -> dict[str, str]:
    return {number: state for number, state in states(work).items() if number in planted.becomes}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_planted_difference_is_found_as_what_it_is(
    database: BoundDatabase, clock: FixedClock, provider: Provider
) -> None:
    differing = sum(one.found is not None for one in plants(provider, wrong=True).values())
    planted = plant(database, clock, provider, DAY, times=-(-MANY // differing))
    assert len(planted.found) >= MANY
    assert {kind for kind, _ in planted.found.values()} == set(KINDS)
    files = MemoryFiles({DAY: planted.lines})
    clock.advance(timedelta(days=1))
    reconcile_all(database, channel(files, provider))
    with database.work() as work:
        assert found(work) == planted.found
        assert become(planted, work) == planted.becomes
        assert sum(balances(work).values()) == 0
        day = day_of(work, DAY, provider)
        assert (day.state, day.file_out_count + day.file_in_count) == ("differences", len(planted.lines))
        assert day.file_out_amount == sum(one.amount for one in planted.lines if one.direction == "out")
        handed = Counter(state for kind, state in planted.found.values() if kind != "missing")
        kinds = select(Task.object_id).where(Task.kind == tasks.DIFFERENCE.name, Task.state == "open")
        assert len(work.session.scalars(kinds).all()) == handed["open"]
    again(database, clock, provider, planted)


def again(database: BoundDatabase, clock: FixedClock, provider: Provider, planted: Planted) -> None:
    """The same file once more: nothing is doubled, nothing that ended is open again, nobody is told twice."""
    with database.work() as work:
        day_of(work, DAY, provider).due_at = clock.now()
        before = {row.id: (row.state, row.reason, row.ended_at, row.heard_at) for row in differences(work)}
    reconcile_all(database, channel(MemoryFiles({DAY: planted.lines}), provider))
    with database.work() as work:
        assert found(work) == planted.found
        assert become(planted, work) == planted.becomes
        after = {row.id: (row.state, row.reason, row.ended_at, row.heard_at) for row in differences(work)}
        assert after == before


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_day_that_is_right_has_no_differences(
    database: BoundDatabase, clock: FixedClock, provider: Provider
) -> None:
    planted = plant(database, clock, provider, DAY, times=25, wrong=False)
    clock.advance(timedelta(days=1))
    reconcile_all(database, channel(MemoryFiles({DAY: planted.lines}), provider))
    with database.work() as work:
        assert differences(work) == []
        assert become(planted, work) == planted.becomes
        day = day_of(work, DAY, provider)
        assert day.state == "clean"
        for name in ("out_count", "out_amount", "in_count", "in_amount"):
            assert getattr(day, f"file_{name}") == getattr(day, f"our_{name}") > 0, name
