"""How outside systems do, out of how their calls ended."""

from __future__ import annotations

from datetime import timedelta

import pytest
import requests
from redis import Redis

from backend.gateways.outbound import Outbound, leave_through
from backend.kernel.calls import KEPT, REFUSED, Calls, Outcome, System, health_of
from backend.kernel.clock import FixedClock
from tests.conftest import NOW

FINE, BROKEN, REFUSING = None, "ReadTimeout", f"{REFUSED}: 40125"


def outcomes(*failures: str | None, ms: int = 40, apart: timedelta = timedelta(minutes=1)) -> list[Outcome]:
    """Outcomes, newest first."""
    return [Outcome(NOW - apart * index, ms, failure) for index, failure in enumerate(failures)]


@pytest.mark.parametrize(
    ("seen", "state"),
    [
        ([], "unknown"),
        (outcomes(FINE), "ok"),
        (outcomes(BROKEN, FINE, FINE), "ok"),
        (outcomes(BROKEN), "failing"),
        (outcomes(BROKEN, BROKEN, BROKEN, FINE), "failing"),
        (outcomes(FINE, BROKEN, BROKEN, BROKEN), "ok"),
        (outcomes(FINE, ms=2500), "slow"),
        (outcomes(REFUSING, FINE, FINE), "refusing"),
        (outcomes(FINE, REFUSING, FINE), "ok"),
    ],
)
def test_states(seen: list[Outcome], state: str) -> None:
    assert health_of(seen, now=NOW).state == state


def test_counts_are_of_the_last_hour() -> None:
    health = health_of(outcomes(FINE, BROKEN, FINE, apart=timedelta(minutes=40)), now=NOW)
    assert (health.calls, health.failures, health.median_ms) == (2, 1, 40)
    assert health.last_answer_at == NOW
    assert (health.last_failure_at, health.last_failure) == (NOW - timedelta(minutes=40), BROKEN)


def test_a_refusal_is_no_call_of_its_own() -> None:
    health = health_of(outcomes(REFUSING, FINE), now=NOW)
    assert (health.calls, health.failures) == (1, 1)


def test_only_the_latest_are_remembered(redis: Redis) -> None:
    calls = Calls(redis, FixedClock(NOW))
    for _ in range(KEPT + 5):
        calls.note(System.SMS, 12)
    assert calls.health(System.SMS).calls == KEPT
    assert calls.health(System.MINIPROGRAM).state == "unknown"


def test_a_call_is_not_harmed_when_nobody_remembers() -> None:
    nowhere = Redis(port=1, socket_connect_timeout=0.2)
    Calls(nowhere, FixedClock(NOW)).note(System.SMS, 12)


def test_a_silent_system_is_noted_by_kind() -> None:
    noted: list[str | None] = []
    session = requests.Session()
    there = "https://outside.invalid"
    leave_through(session, Outbound(there, "http://127.0.0.1:1", lambda ms, failure: noted.append(failure)))
    with pytest.raises(requests.ConnectionError):
        session.get(there)
    assert noted == ["ConnectionError"]
