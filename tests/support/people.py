"""Agencies and persons for tests, made through the same commands that the product uses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy import select

from backend.agencies import commands as agencies
from backend.agencies import queries as agency_queries
from backend.audit.models import AuditEvent
from backend.kernel.actor import Actor, Grant, system
from backend.kernel.db import Work
from backend.kernel.ids import new_id
from backend.kernel.jobs import Event, Job, Registry
from backend.people import commands as people
from backend.people.rules.cards import luhn_digit
from backend.people.rules.id_numbers import check_character

SYSTEM = system("test")
_sequence = count(1)
_orders: defaultdict[tuple[str, date, bool], Iterator[int]] = defaultdict(lambda: count(1))


def id_number(*, born: date | None = None, female: bool = True, region: str = "460106") -> str:
    """A resident id number that nobody in this run has had before.

    A day has room for 499 numbers of each sex; without `born`, days are filled from 1966-03-14 on.
    """
    born = born or date(1966, 3, 14) + timedelta(days=next(_sequence) // 400)
    order = next(_orders[region, born, female]) * 2 + (0 if female else 1)
    body = f"{region}{born:%Y%m%d}{order:03d}"
    return body + check_character(body)


def card_number() -> str:
    """A bank card number that nobody in this run has had before."""
    body = f"622848{next(_sequence):012d}"
    return body + luhn_digit(body)


def make_agency(work: Work, code: str = "46", *, under: str | None = None) -> UUID:
    """The agency of a code, founded where there is none yet; `under` is its parent's code (None: a root)."""
    found = agency_queries.by_code(work, code)
    if found:
        return found.agency_id
    parent = make_agency(work, under) if under else None
    return agencies.create(work, by=SYSTEM, code=code, name=f"机构{code}", parent_id=parent)


def make_person(work: Work, *, agency_id: UUID | None = None, **given: Any) -> UUID:
    """A registered person, by default 王秀英 in Haikou's agency (460100 under 46)."""
    return people.register(
        work,
        by=SYSTEM,
        agency_id=agency_id or make_agency(work, "460100", under="46"),
        **{"name": "王秀英", "id_number": id_number(), "category": "resident_pensioner"} | given,
    )


def staff_actor(*functions: str, path: str = "46", staff_id: UUID | None = None) -> Actor:
    """Someone on the staff who holds `functions` over the subtree of `path`."""
    grant = Grant("clerk", frozenset(functions), path)
    return Actor("staff", staff_id or new_id(), "clerk", agency_path=path, grants=(grant,))


def told(work: Work, event: type[Event]) -> list[dict[str, Any]]:
    """What was told of an event to the one listener that `listen` put there."""
    found = work.session.scalars(select(Job).where(Job.kind == f"heard.{event.name}").order_by(Job.id))
    return [job.payload for job in found]


def listen(registry: Registry, *events: type[Event]) -> None:
    """Puts a listener to events into a registry; its jobs stay in the queue, see `told`."""
    for event in events:
        registry.local(f"heard.{event.name}", lambda *_: None)
        registry.on(event, f"heard.{event.name}")


def traces(work: Work, action: str) -> list[AuditEvent]:
    """The audit rows of an action, oldest first."""
    return list(
        work.session.scalars(select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.id))
    )
