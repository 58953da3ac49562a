"""One clock: instants in UTC, dates of Haikou, and a demo that can travel."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kernel.clock import (
    SHANGHAI,
    FixedClock,
    SystemClock,
    TravellingClock,
    business_date,
    each_minute,
    each_night,
)

INSTANTS = st.integers(946_684_800, 3_786_912_000).map(lambda second: datetime.fromtimestamp(second, UTC))


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 11, 22, 15, 59, 59, tzinfo=UTC), date(2026, 11, 22)),
        (datetime(2026, 11, 22, 16, 0, tzinfo=UTC), date(2026, 11, 23)),
        (datetime(2026, 11, 22, 23, 59, tzinfo=SHANGHAI), date(2026, 11, 22)),
    ],
)
def test_the_day_turns_at_midnight_in_haikou(instant: datetime, day: date) -> None:
    assert business_date(instant) == day
    assert FixedClock(instant).today() == day


def test_a_fixed_clock_moves_only_when_told() -> None:
    clock = FixedClock(datetime(2026, 11, 22, 10, tzinfo=SHANGHAI))
    assert clock.now() == datetime(2026, 11, 22, 2, tzinfo=UTC)
    clock.advance(timedelta(hours=14))
    assert clock.today() == date(2026, 11, 23)


def test_all_clocks_are_aware(tmp_path: Path) -> None:
    for clock in (SystemClock(), TravellingClock(tmp_path / "clock.json")):
        assert clock.now().tzinfo is UTC
        assert abs(clock.now() - SystemClock().now()) < timedelta(seconds=5)


def test_travelling_is_seen_by_every_process_and_adds_up(tmp_path: Path) -> None:
    one, other = TravellingClock(tmp_path / "clock.json"), TravellingClock(tmp_path / "clock.json")
    one.advance(30)
    assert other.offset() == timedelta(days=30)
    other.advance(12)
    assert one.offset() == timedelta(days=42)
    assert business_date(one.now()) - SystemClock().today() == timedelta(days=42)


@given(INSTANTS)
def test_each_minute_is_the_next_full_one(after: datetime) -> None:
    following = each_minute(after)
    assert (following.second, following.microsecond) == (0, 0)
    assert timedelta() < following - after <= timedelta(minutes=1)


@given(INSTANTS)
def test_each_night_is_the_next_three_o_clock_in_haikou(after: datetime) -> None:
    following = each_night(after)
    local = following.astimezone(SHANGHAI)
    assert (local.hour, local.minute, local.second, local.microsecond) == (3, 0, 0, 0)
    assert timedelta() < following - after <= timedelta(days=1)
    assert following.tzinfo is UTC
