"""Reading the audit trail, as far as one's function reaches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, false, or_, select

from backend.audit.models import AuditEvent, AuditSeal
from backend.kernel.actor import Actor
from backend.kernel.db import Work
from backend.kernel.errors import NotFound

EVENT_ORDER = (AuditEvent.at, AuditEvent.id)
EVENT_SORTS = {"at": AuditEvent.at, "action": AuditEvent.action}
READING = "audit.read"


@dataclass(frozen=True)
class Filters:
    """Which events to find; `since` is included, `until` is not; `agency_path` means its whole subtree."""

    since: datetime | None = None
    until: datetime | None = None
    actor_id: UUID | None = None
    subject_id: UUID | None = None
    object_id: UUID | None = None
    action: str | None = None
    agency_path: str | None = None
    request_id: str | None = None


@dataclass(frozen=True, repr=False)
class OpenedEvent:
    """An event with its values: what was before, and after."""

    event: AuditEvent
    values: Mapping[str, Any]


def events(*, by: Actor, filters: Filters) -> Select[AuditEvent]:
    """The events within reach, for a page ordered by `EVENT_ORDER`.

    An event belongs to the agency of who acted. What the system and citizens did belongs to none, and is
    shown to those who reach the root.
    """
    statement = select(AuditEvent).where(_within(by.reach(READING)))
    if filters.since is not None:
        statement = statement.where(AuditEvent.at >= filters.since)
    if filters.until is not None:
        statement = statement.where(AuditEvent.at < filters.until)
    if filters.agency_path is not None:
        statement = statement.where(_below(filters.agency_path))
    for name in ("actor_id", "subject_id", "object_id", "action", "request_id"):
        wanted = getattr(filters, name)
        if wanted is not None:
            statement = statement.where(getattr(AuditEvent, name) == wanted)
    return statement


def event(work: Work, event_id: UUID, *, by: Actor) -> AuditEvent:
    """One event; raises NotFound, also when it is out of reach."""
    found = work.session.scalars(events(by=by, filters=Filters()).where(AuditEvent.id == event_id)).first()
    if found is None:
        raise NotFound
    return found


def seals(work: Work, *, before: int | None, limit: int) -> Sequence[AuditSeal]:
    """The newest seals, or those with numbers less than `before`."""
    statement = select(AuditSeal).order_by(AuditSeal.number.desc()).limit(limit)
    if before is not None:
        statement = statement.where(AuditSeal.number < before)
    return work.session.scalars(statement).all()


def _within(reach: Sequence[str]) -> ColumnElement[bool]:
    parts = [_below(path) for path in reach]
    if any("." not in path for path in reach):
        parts.append(AuditEvent.agency_path == "")
    return or_(false(), *parts)


def _below(path: str) -> ColumnElement[bool]:
    return or_(AuditEvent.agency_path == path, AuditEvent.agency_path.startswith(path + ".", autoescape=True))
