"""Access tokens and tickets: what WeChat lends for two hours, shared by all processes through Redis.

Redis may lose them, which costs one call. WeChat counts calls (20 forced refreshes a day, 30 s apart), so one
process fetches while the others wait.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import structlog
from redis import Redis
from redis.exceptions import RedisError
from redis.lock import Lock

from backend.kernel.errors import Unavailable

log = structlog.get_logger()
RENEW_EARLY = 300  # WeChat gives out the next one, and still takes the old one, in the last five minutes
SHORTEST = 30
FORCED_APART = 30
DOWN_SECONDS = 3
LOCK_SECONDS = 30  # outlasts two fetches with their timeouts
WAIT_SECONDS = 10


@dataclass(frozen=True)
class Issued:
    """A secret and how many seconds it has left."""

    value: str = field(repr=False)
    seconds: int


class LentSecret:
    """One secret of one account. `fetch(force)` asks WeChat for it; only access tokens can be forced."""

    def __init__(self, redis: Redis, name: str, fetch: Callable[[bool], Issued]) -> None:
        self._redis = redis
        self._key = f"wechat:{name}"
        self._fetch = fetch

    def get(self) -> str:
        """The secret that holds now. Raises what `fetch` raises."""
        try:
            return self._kept() or self._fill()
        except RedisError as error:
            return self._unshared(error)

    def renew(self, stale: str) -> str:
        """The secret to use after WeChat did not take `stale`; the same one when WeChat has no other."""
        try:
            with self._alone():
                kept = self._kept()
                if kept and kept != stale:
                    return kept
                issued = self._fetch(False)
                if issued.value == stale and self._may_force():
                    issued = self._fetch(True)
                return self._keep(issued)
        except RedisError as error:
            return self._unshared(error)

    def _fill(self) -> str:
        """Fetches once for all who wait; while WeChat is silent, they do not each wait for it in turn."""
        with self._alone():
            kept = self._kept()
            if kept:
                return kept
            if self._redis.exists(f"{self._key}:down"):
                raise Unavailable
            try:
                return self._keep(self._fetch(False))
            except Unavailable:
                self._redis.set(f"{self._key}:down", 1, ex=DOWN_SECONDS)
                raise

    def _unshared(self, error: RedisError) -> str:
        log.warning("wechat secrets are not shared", key=self._key, error_type=type(error).__name__)
        return self._fetch(False).value

    def _kept(self) -> str | None:
        raw: Any = self._redis.get(self._key)
        return raw.decode() if raw else None

    def _keep(self, issued: Issued) -> str:
        self._redis.set(self._key, issued.value, ex=max(SHORTEST, issued.seconds - RENEW_EARLY))
        return issued.value

    def _may_force(self) -> bool:
        return bool(self._redis.set(f"{self._key}:forced", 1, nx=True, ex=FORCED_APART))

    def _alone(self) -> Lock:
        return self._redis.lock(
            f"{self._key}:lock", timeout=LOCK_SECONDS, blocking_timeout=WAIT_SECONDS, sleep=0.02
        )
