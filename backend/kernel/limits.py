"""Counted attempts that must survive a flushed cache: proofs of identity, one-time codes, money.

An attempt is counted before it is judged, in one atomic statement per dimension, so that concurrent guesses
cannot slip past the bound together. What is counted (a phone, an address) is stored as a digest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Integer, delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.base import Base
from backend.kernel.crypto import keyring
from backend.kernel.db import Work
from backend.kernel.errors import Limited


class AttemptWindow(Base):
    """How often something was tried in one window of time."""

    __tablename__ = "attempt_window"

    purpose: Mapped[str] = mapped_column(primary_key=True)
    dimension: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[bytes] = mapped_column(primary_key=True)
    opened_at: Mapped[datetime] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(Integer)


@dataclass(frozen=True)
class Limit:
    """At most `most` attempts per `window` and subject."""

    most: int
    window: timedelta


def count(work: Work, purpose: str, subjects: Mapping[str, str], limits: Mapping[str, Limit]) -> None:
    """Counts one attempt in every dimension; raises Limited (whose count is kept) when one is over its bound.

    `subjects` maps a dimension (`device`, `address`, ...) to who it is; every one needs an entry in `limits`.
    """
    now = work.clock.now()
    waits = [
        _add(work, now, purpose, name, subject, limits[name]) for name, subject in sorted(subjects.items())
    ]
    longest = max(waits, default=timedelta())
    if longest:
        raise Limited(retry_after=longest)


def clear(work: Work, purpose: str, subjects: Mapping[str, str]) -> None:
    """Forgets the attempts of subjects that have proved themselves."""
    for dimension, subject in subjects.items():
        work.session.execute(
            delete(AttemptWindow).where(
                AttemptWindow.purpose == purpose,
                AttemptWindow.dimension == dimension,
                AttemptWindow.subject == keyring().digest("attempt", subject),
            )
        )


def _add(work: Work, now: datetime, purpose: str, dimension: str, subject: str, limit: Limit) -> timedelta:
    opened_at = _window_start(now, limit.window)
    statement = (
        insert(AttemptWindow)
        .values(
            purpose=purpose,
            dimension=dimension,
            subject=keyring().digest("attempt", subject),
            opened_at=opened_at,
            count=1,
        )
        .on_conflict_do_update(
            index_elements=["purpose", "dimension", "subject", "opened_at"],
            set_={"count": AttemptWindow.count + 1},
        )
        .returning(AttemptWindow.count)
    )
    used = work.session.execute(statement).scalar_one()
    return opened_at + limit.window - now if used > limit.most else timedelta()


def _window_start(now: datetime, window: timedelta) -> datetime:
    epoch = datetime(2020, 1, 1, tzinfo=UTC)
    return epoch + (now - epoch) // window * window
