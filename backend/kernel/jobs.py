"""The queue of record, in PostgreSQL: a job is written in the transaction of the change that wants it.

Two kinds of handlers. A *local* handler touches only the database: it runs in the transaction that takes the
job, so its effect and the job's end are one commit. A *calling* handler speaks to an outside system: the job
is leased, the handler opens its own units of work around the call, and a lost lease means the job is tried
again. Payloads hold ids only, never personal data.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal, Protocol, cast
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, Table, text, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.base import Base
from backend.kernel.db import Database, Work
from backend.kernel.ids import new_id


class Job(Base):
    """Something to be done later, at least once, in effect once."""

    __tablename__ = "job"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'leased', 'done', 'failed')", name="state"),
        CheckConstraint("(state = 'leased') = (leased_until IS NOT NULL)", name="lease"),
        Index("ix_job_due", "run_at", postgresql_where=text("state IN ('waiting', 'leased')")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(server_default="waiting")
    run_at: Mapped[datetime]
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(Integer, server_default="0")
    last_error: Mapped[str | None]
    unique_key: Mapped[str | None] = mapped_column(unique=True)


class Schedule(Base):
    """When a periodic job is next due."""

    __tablename__ = "schedule"

    name: Mapped[str] = mapped_column(primary_key=True)
    next_run_at: Mapped[datetime]


class Event(Protocol):
    """Something that happened, told to other rooms after the commit: a frozen dataclass of ids."""

    name: ClassVar[str]


class DueWork(Protocol):
    """Runs jobs; for whoever must not wait for the worker process."""

    def drain(self) -> int:
        """Runs everything that is due now; the number of jobs run."""
        ...


LocalHandler = Callable[[Work, Mapping[str, Any]], None]
CallingHandler = Callable[[Database, Mapping[str, Any]], None]


@dataclass(frozen=True)
class Handler:
    """How jobs of one kind are run."""

    kind: str
    mode: Literal["local", "calling"]
    run: Callable[..., None]
    attempts: int
    lease: timedelta


@dataclass(frozen=True)
class Periodic:
    """A job that falls due again and again: `next_after` gives the next instant after a given one."""

    name: str
    kind: str
    next_after: Callable[[datetime], datetime]


@dataclass(frozen=True)
class Subscriber:
    """Jobs of `kind` are written for an event that `wants` lets through."""

    kind: str
    wants: Callable[[Any], bool]


def _everything(_event: Any) -> bool:
    return True


class Registry:
    """Which handlers exist, what they listen to and what recurs. Filled once, by `backend.bootstrap`."""

    def __init__(self) -> None:
        self.handlers: dict[str, Handler] = {}
        self.subscribers: dict[str, list[Subscriber]] = defaultdict(list)
        self.periodics: dict[str, Periodic] = {}

    def local(self, kind: str, run: LocalHandler, *, attempts: int = 20) -> None:
        """Registers a handler that touches only the database."""
        self._add(Handler(kind, "local", run, attempts, timedelta()))

    def calling(
        self, kind: str, run: CallingHandler, *, attempts: int = 20, lease: timedelta = timedelta(minutes=1)
    ) -> None:
        """Registers a handler that calls an outside system; `lease` must outlast its longest call."""
        self._add(Handler(kind, "calling", run, attempts, lease))

    def on(self, event: type[Event], kind: str, *, wants: Callable[[Any], bool] = _everything) -> None:
        """Jobs of `kind` are written whenever an `event` is emitted that `wants` lets through."""
        if kind not in self.handlers:
            raise ValueError(f"no handler for {kind}")
        self.subscribers[event.name].append(Subscriber(kind, wants))

    def every(self, name: str, kind: str, next_after: Callable[[datetime], datetime]) -> None:
        """Jobs of `kind` are written each time `next_after` says so."""
        if kind not in self.handlers:
            raise ValueError(f"no handler for {kind}")
        self.periodics[name] = Periodic(name, kind, next_after)

    def _add(self, handler: Handler) -> None:
        if handler.kind in self.handlers:
            raise ValueError(f"two handlers for {handler.kind}")
        self.handlers[handler.kind] = handler


# Of the table, not of the class: written on most requests, and a third of the time that the mapper takes.
_TABLE = cast(Table, Job.__table__)
_ENQUEUE = insert(_TABLE).on_conflict_do_nothing(index_elements=["unique_key"]).returning(_TABLE.columns.id)
_active = Registry()


def use_registry(registry: Registry) -> None:
    """Makes a registry the one whose subscribers `emit` tells in this process."""
    global _active  # noqa: PLW0603 one per process, set while it starts
    _active = registry


def enqueue(
    work: Work,
    kind: str,
    payload: Mapping[str, Any],
    *,
    run_at: datetime | None = None,
    unique_key: str | None = None,
) -> UUID | None:
    """Writes a job in the current transaction; None, and no job, for a `unique_key` seen before."""
    now = work.clock.now()
    columns = {
        "id": new_id(),
        "kind": kind,
        "payload": _plain(payload),
        "run_at": run_at or now,
        "created_at": now,
        "unique_key": unique_key,
    }
    return work.session.execute(_ENQUEUE, columns).scalar_one_or_none()


def retry(work: Work, job_id: UUID) -> bool:
    """Lets a failed job run again at once; False when it is not failed."""
    result = work.session.execute(
        update(Job)
        .where(Job.id == job_id, Job.state == "failed")
        .values(state="waiting", attempts=0, run_at=work.clock.now())
        .returning(Job.id)
    )
    return result.scalar_one_or_none() is not None


def emit(work: Work, event: Event) -> None:
    """Tells an event to every subscriber, as jobs of the current transaction."""
    for one in _active.subscribers.get(event.name, ()):
        if one.wants(event):
            enqueue(work, one.kind, asdict(event))  # type: ignore[call-overload]


def emit_many(work: Work, events: Sequence[Event]) -> None:
    """`emit` for many events at once, in one statement for each kind of job."""
    now = work.clock.now()
    by_kind: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        for one in _active.subscribers.get(event.name, ()):
            if one.wants(event):
                by_kind[one.kind].append(event)
    for kind, told in by_kind.items():
        payloads = [_plain(asdict(event)) for event in told]  # type: ignore[call-overload]
        rows = [
            {"id": new_id(), "kind": kind, "payload": payload, "run_at": now, "created_at": now}
            for payload in payloads
        ]
        work.session.execute(insert(_TABLE), rows)


def _plain(payload: Mapping[str, Any]) -> dict[str, Any]:
    return {key: str(value) if isinstance(value, UUID) else value for key, value in payload.items()}
