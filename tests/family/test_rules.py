"""Terms and states of delegations."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.family.rules import OPEN, TRANSITIONS, State, check_terms, latest_until, state_now
from backend.kernel.errors import Invalid

days = st.dates(date(2020, 1, 1), date(2090, 12, 31))


def test_every_state_is_reached_and_has_a_way_out_or_is_final() -> None:
    reached = {State.REQUESTED}.union(*TRANSITIONS.values())
    assert reached == set(State) == set(TRANSITIONS)
    assert set(OPEN) == {State.REQUESTED, State.ACTIVE}
    assert not any(State.REQUESTED in following for following in TRANSITIONS.values())


@given(today=days)
def test_the_longest_delegation_is_five_years(today: date) -> None:
    last = latest_until(today)
    check_terms(["look"], last, today)
    assert 0 <= (last.toordinal() - today.toordinal()) - 365 * 5 <= 2
    with pytest.raises(Invalid):
        check_terms(["look"], last + timedelta(days=1), today)


def test_a_leap_day_counts_until_the_day_before_march() -> None:
    assert latest_until(date(2028, 2, 29)) == date(2033, 2, 28)


@given(today=days, until=days)
def test_the_past_is_refused(today: date, until: date) -> None:
    if until < today:
        with pytest.raises(Invalid) as refused:
            check_terms(["look"], until, today)
        assert [error.field for error in refused.value.fields] == ["until"]


@pytest.mark.parametrize("scopes", [[], ["look", "look"], ["all"], ["look", "all"]])
def test_scopes_are_some_of_three(scopes: list[str]) -> None:
    with pytest.raises(Invalid) as refused:
        check_terms(scopes, date(2026, 11, 22), date(2026, 11, 22))
    assert [error.field for error in refused.value.fields] == ["scopes"]


@pytest.mark.parametrize(
    ("state", "days_left", "hours_left", "now"),
    [
        ("requested", 0, 1, "requested"),
        ("requested", 0, 0, "expired"),
        ("requested", -1, 1, "expired"),
        ("active", 0, -1, "active"),
        ("active", -1, 1, "expired"),
        ("ended", -1, -1, "ended"),
        ("refused", -1, -1, "refused"),
    ],
)
def test_what_has_run_out_shows_as_run_out(state: str, days_left: int, hours_left: int, now: str) -> None:
    instant, today = datetime(2026, 11, 22, 2, tzinfo=UTC), date(2026, 11, 22)
    found = state_now(
        state,
        until=today + timedelta(days=days_left),
        request_expires_at=instant + timedelta(hours=hours_left),
        now=instant,
        today=today,
    )
    assert found == now
