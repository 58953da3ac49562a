"""How many people there are, as far as somebody's reach goes."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Select, func, select

from backend.agencies import queries as agencies
from backend.kernel.db import Work
from backend.people.models import Enrolment, Person
from backend.people.rules.insured import Category, Insurance, PersonState


def ids_within(reach: Collection[str]) -> Select[UUID]:
    """The ids of all who belong to the agencies of some subtrees, also of those who moved away or died."""
    return select(Person.id).where(Person.agency_id.in_(agencies.ids_within(reach)))


def by_category(work: Work, reach: Collection[str]) -> dict[Category, int]:
    """Those whose record stands, by how they are insured."""
    within = Person.agency_id.in_(agencies.ids_within(reach))
    statement = (
        select(Person.category, func.count())
        .where(within, Person.state == PersonState.ACTIVE.value)
        .group_by(Person.category)
    )
    found = dict(row for row in work.session.execute(statement).all())
    return {one: found.get(one.value, 0) for one in Category}


def by_insurance(work: Work, reach: Collection[str]) -> dict[Insurance, int]:
    """Enrolments that cover this month, by insurance."""
    month = work.clock.today().replace(day=1)
    statement = (
        select(Enrolment.insurance, func.count())
        .where(
            Enrolment.agency_id.in_(agencies.ids_within(reach)),
            Enrolment.voided_at.is_(None),
            Enrolment.from_month <= month,
            (Enrolment.until_month.is_(None)) | (Enrolment.until_month > month),
        )
        .group_by(Enrolment.insurance)
    )
    found = dict(row for row in work.session.execute(statement).all())
    return {one: found[one.value] for one in Insurance if one.value in found}
