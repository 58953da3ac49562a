"""Signed-in sessions: opaque tokens in Redis, of which only hashes are stored.

Redis may lose them: people then sign in again, and nothing else is lost.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import msgspec
from redis import Redis
from redis.exceptions import RedisError

from backend.kernel.clock import Clock
from backend.kernel.crypto import keyring
from backend.kernel.errors import Unavailable

SessionKind = Literal["citizen", "staff"]


@dataclass(frozen=True)
class Lifetime:
    """How long a session lives when idle, and at most."""

    idle: timedelta
    longest: timedelta


LIFETIMES: dict[SessionKind, Lifetime] = {
    "citizen": Lifetime(timedelta(days=7), timedelta(days=90)),
    "staff": Lifetime(timedelta(minutes=30), timedelta(hours=10)),
}
RENEW_AFTER = timedelta(minutes=1)


@dataclass(frozen=True)
class Session:
    """One signed-in session. `id` may be shown, its token may not; `subject` is a channel or a staff id."""

    id: str
    kind: SessionKind
    subject: UUID
    label: str
    address: str
    opened_at: datetime
    seen_at: datetime


_STORED = msgspec.json.Decoder(Session)


class Sessions:
    """Opens, finds, lists and closes sessions. Every call raises Unavailable when Redis does not answer."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock

    def open(self, kind: SessionKind, subject: UUID, *, label: str, address: str) -> str:
        """Opens a session and gives its token, which is told once."""
        token = secrets.token_urlsafe(32)
        now = self._clock.now()
        session = Session(_session_id(token), kind, subject, label, address, now, now)
        with _redis_errors():
            self._store(session)
            self._redis.sadd(_index(kind, subject), session.id)
            self._redis.expire(_index(kind, subject), LIFETIMES[kind].longest)
        return token

    def find(self, kind: SessionKind, token: str) -> Session | None:
        """The live session of a token, renewed by being found; None when there is none."""
        with _redis_errors():
            session = self._load(_session_id(token))
            if session is None or session.kind != kind:
                return None
            now = self._clock.now()
            if now - session.opened_at > LIFETIMES[kind].longest:
                self._forget(session)
                return None
            if now - session.seen_at > RENEW_AFTER:
                self._store(replace(session, seen_at=now))
            return session

    def of(self, kind: SessionKind, subject: UUID) -> list[Session]:
        """All live sessions of a subject, newest first."""
        with _redis_errors():
            ids: Any = self._redis.smembers(_index(kind, subject))
            found = [self._load(raw.decode()) for raw in ids]
        return sorted((one for one in found if one), key=lambda one: one.opened_at, reverse=True)

    def close(self, kind: SessionKind, subject: UUID, session_id: str) -> bool:
        """Ends one session of a subject; False when it had none of that id."""
        with _redis_errors():
            session = self._load(session_id)
            if session is None or (session.kind, session.subject) != (kind, subject):
                return False
            self._forget(session)
            return True

    def close_all(self, kind: SessionKind, subject: UUID) -> None:
        """Ends every session of a subject."""
        for session in self.of(kind, subject):
            with _redis_errors():
                self._forget(session)

    def _store(self, session: Session) -> None:
        self._redis.set(_key(session.id), msgspec.json.encode(session), ex=LIFETIMES[session.kind].idle)

    def _load(self, session_id: str) -> Session | None:
        raw: Any = self._redis.get(_key(session_id))
        return None if raw is None else _STORED.decode(raw)

    def _forget(self, session: Session) -> None:
        self._redis.delete(_key(session.id))
        self._redis.srem(_index(session.kind, session.subject), session.id)


def csrf_token(token: str) -> str:
    """The CSRF token that goes with a session cookie."""
    return hmac.new(keyring().derive("csrf"), token.encode(), hashlib.sha256).hexdigest()


def _session_id(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()[:40]


def _key(session_id: str) -> str:
    return f"session:{session_id}"


def _index(kind: SessionKind, subject: UUID) -> str:
    return f"sessions:{kind}:{subject}"


@contextmanager
def _redis_errors() -> Iterator[None]:
    try:
        yield
    except RedisError as error:
        raise Unavailable from error
