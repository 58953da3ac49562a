"""How outside systems have answered lately, in Redis for all processes; losing it costs only the view."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from statistics import median
from typing import Literal

import structlog
from redis import Redis
from redis.exceptions import RedisError

from backend.kernel.clock import Clock

log = structlog.get_logger()
KEPT = 300
"""Calls remembered for each system."""
FORGOTTEN_AFTER = timedelta(days=7)
SLOW_MS = 2000
REFUSED = "refused"
"""How the failure begins when a system answered, and would not serve us: a wrong secret, a limit used up."""
QUIET_FOR = timedelta(seconds=30)
"""So long Redis is left alone after it did not answer: a call must not wait for it each time."""
FAILING_AFTER = 3
"""So many failures in a row, or fewer when there was nothing else, mean that a system is failing."""

State = Literal["ok", "slow", "refusing", "failing", "unknown"]
Note = Callable[[int, str | None], None]
"""Told of a call when it ended: after how many milliseconds, and of what kind its failure was, if any."""


class System(StrEnum):
    """The outside systems that the house calls."""

    MINIPROGRAM = "miniprogram"
    OFFICIAL_ACCOUNT = "official_account"
    WECHAT_PAY = "wechat_pay"
    SMS = "sms"
    BANK = "bank"
    TAX = "tax"

    @property
    def label(self) -> str:
        """For people."""
        return _LABELS[self]


_LABELS = {
    System.MINIPROGRAM: "微信小程序",
    System.OFFICIAL_ACCOUNT: "微信公众号",
    System.WECHAT_PAY: "微信支付",
    System.SMS: "短信平台",
    System.BANK: "社银直联",
    System.TAX: "税务征收接口",
}


@dataclass(frozen=True)
class Outcome:
    """One call: when it ended, how long it took, and why it failed, if it did."""

    at: datetime
    ms: int
    failure: str | None


@dataclass(frozen=True)
class Health:
    """How a system does, out of the calls remembered; the counts and the median are of the last hour."""

    state: State
    calls: int
    failures: int
    median_ms: int | None
    last_answer_at: datetime | None
    last_failure_at: datetime | None
    last_failure: str | None


class Calls:
    """Remembers outcomes by the name of the system."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock
        self._quiet_until: datetime | None = None

    def noting(self, system: System) -> Note:
        """What the gateway of a system tells its calls to."""
        return partial(self.note, system)

    def note(self, system: System, ms: int, failure: str | None = None) -> None:
        """Remembers a call that ended now; `failure` is a kind of failure and names nobody."""
        now = self._clock.now()
        if self._quiet_until and now < self._quiet_until:
            return
        said = json.dumps([now.isoformat(), ms, failure])
        try:
            with self._redis.pipeline(transaction=False) as pipe:
                pipe.lpush(_key(system), said)
                pipe.ltrim(_key(system), 0, KEPT - 1)
                pipe.expire(_key(system), FORGOTTEN_AFTER)
                pipe.execute()
        except RedisError as error:
            self._quiet_until = now + QUIET_FOR
            log.warning("call not noted", system=system, error=type(error).__name__)

    def health(self, system: System) -> Health:
        """How a system has answered; raises RedisError."""
        told = self._redis.lrange(_key(system), 0, KEPT - 1)
        outcomes = [_outcome(one) for one in told]
        return health_of(outcomes, now=self._clock.now())


def health_of(outcomes: Sequence[Outcome], *, now: datetime) -> Health:
    """Health out of outcomes, newest first."""
    hour = [one for one in outcomes if one.at > now - timedelta(hours=1)]
    answered = [one for one in outcomes if one.failure is None]
    failed = [one for one in outcomes if one.failure is not None]
    times = [one.ms for one in hour if one.failure is None]
    return Health(
        state=_state(outcomes, times),
        calls=sum(not _refusal(one) for one in hour),  # a refusal is noted beside its answer
        failures=sum(one.failure is not None for one in hour),
        median_ms=round(median(times)) if times else None,
        last_answer_at=answered[0].at if answered else None,
        last_failure_at=failed[0].at if failed else None,
        last_failure=failed[0].failure if failed else None,
    )


def _state(outcomes: Sequence[Outcome], times: Sequence[int]) -> State:
    latest = outcomes[:FAILING_AFTER]
    if not latest:
        return "unknown"
    if _refusal(latest[0]):
        return "refusing"
    if all(one.failure is not None for one in latest):
        return "failing"
    return "slow" if times and median(times) > SLOW_MS else "ok"


def _outcome(told: bytes | str) -> Outcome:
    at, ms, failure = json.loads(told)
    return Outcome(datetime.fromisoformat(at), ms, failure)


def _refusal(one: Outcome) -> bool:
    return (one.failure or "").startswith(REFUSED)


def _key(system: System) -> str:
    return f"calls:{system}"
