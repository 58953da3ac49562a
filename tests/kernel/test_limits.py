"""Counted attempts: never more than the bound gets through, however many try at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from backend.kernel import limits
from backend.kernel.clock import FixedClock
from backend.kernel.db import BoundDatabase, Work
from backend.kernel.errors import Limited
from backend.kernel.limits import AttemptWindow, Limit
from backend.web.house import House
from tests.support.racing import at_once

HOUR = timedelta(hours=1)


def passes(work: Work, limit: Limit, who: str = "13800138000") -> bool:
    try:
        limits.count(work, "test", {"who": who}, {"who": limit})
    except Limited:
        return False
    return True


def test_many_at_once_get_no_further_than_the_bound(real_house: House) -> None:
    def attempt(_: int) -> bool:
        with real_house.database.work() as work:
            limits.count(work, "test", {"who": "me", "where": "here"}, bounds)
        return True

    bounds = {"who": Limit(7, HOUR), "where": Limit(100, HOUR)}
    results = at_once(40, attempt)
    assert results.count(True) == 7
    assert all(isinstance(result, Limited) for result in results if result is not True)
    with real_house.database.reading() as work:
        counts = dict(work.session.execute(select(AttemptWindow.dimension, AttemptWindow.count)).all())
    assert counts == {"who": 40, "where": 40}


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(most=st.integers(1, 5), steps=st.lists(st.integers(0, 70), max_size=25))
def test_no_window_lets_more_through_than_its_bound(
    database: BoundDatabase, clock: FixedClock, most: int, steps: list[int]
) -> None:
    limit = Limit(most, HOUR)
    through: list[float] = []
    with database.work() as work, work.session.begin_nested() as attempt:
        for minutes in steps:
            clock.advance(timedelta(minutes=minutes))
            if passes(work, limit):
                through.append(clock.now().timestamp() // HOUR.total_seconds())
        attempt.rollback()
    assert all(through.count(window) <= most for window in through)


def test_waiting_as_long_as_told_helps(work: Work, clock: FixedClock) -> None:
    limit = Limit(1, HOUR)
    clock.advance(timedelta(minutes=17))
    assert passes(work, limit)
    with pytest.raises(Limited) as refused:
        limits.count(work, "test", {"who": "13800138000"}, {"who": limit})
    clock.advance(refused.value.retry_after - timedelta(seconds=1))
    assert not passes(work, limit)
    clock.advance(timedelta(seconds=1))
    assert passes(work, limit)


def test_the_longest_wait_counts(work: Work) -> None:
    subjects = {"address": "10.0.0.1", "phone": "13800138000"}
    bounds = {"address": Limit(1, timedelta(minutes=1)), "phone": Limit(1, timedelta(days=1))}
    limits.count(work, "test", subjects, bounds)
    with pytest.raises(Limited) as refused:
        limits.count(work, "test", subjects, bounds)
    assert refused.value.retry_after > HOUR


def test_others_and_other_purposes_are_not_counted_against_one(work: Work) -> None:
    limit = Limit(1, HOUR)
    assert passes(work, limit, "13800138000")
    assert passes(work, limit, "13800138001")
    limits.count(work, "another", {"who": "13800138000"}, {"who": limit})


def test_whoever_has_proved_themselves_starts_afresh(work: Work) -> None:
    limit = Limit(1, HOUR)
    assert passes(work, limit)
    assert not passes(work, limit)
    limits.clear(work, "test", {"who": "13800138000"})
    assert passes(work, limit)


def test_who_was_counted_is_not_readable(work: Work) -> None:
    passes(work, Limit(1, HOUR))
    assert b"13800138000" not in work.session.scalars(select(AttemptWindow.subject)).one()
