"""What every change to a record begins with."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from backend.agencies import queries as agencies
from backend.kernel.actor import Actor
from backend.kernel.db import Work
from backend.kernel.errors import Forbidden, NotFound
from backend.people.errors import PersonChanged, PersonDead, PersonMergedAway
from backend.people.models import Person


def held(
    work: Work,
    person_id: UUID,
    *,
    by: Actor,
    function: str,
    version: int | None = None,
    living: bool = False,
) -> Person:
    """The record, locked until the transaction ends, that `by` may use `function` on.

    Raises NotFound for a record out of reach, so that nobody learns of it; Forbidden where they may open it;
    PersonChanged when `version` is not the present one; PersonMergedAway; PersonDead for one to be `living`.
    """
    person = work.session.get(Person, person_id, with_for_update=True, populate_existing=True)
    require(work, by, function, person)
    if person is None:
        raise NotFound
    if person.state == "merged":
        raise PersonMergedAway
    if version is not None and person.version != version:
        raise PersonChanged
    if living and person.state == "deceased":
        raise PersonDead
    return person


def require(work: Work, by: Actor, function: str, person: Person | None) -> None:
    """Raises NotFound or Forbidden unless `by` may use `function` on a person."""
    if person is None:
        raise NotFound
    path = agencies.path(work, person.agency_id)
    if not by.allows(function, path):
        raise Forbidden if by.allows("people.open", path) else NotFound


def locked_version(work: Work, person_id: UUID) -> int:
    """Locks a record and gives its version; raises NotFound."""
    wanted = select(Person.version).where(Person.id == person_id).with_for_update()
    version = work.session.scalars(wanted).one_or_none()
    if version is None:
        raise NotFound
    return version
