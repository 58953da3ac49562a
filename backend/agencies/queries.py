"""Reading agencies and employers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import takewhile
from uuid import UUID

from sqlalchemy import Select, false, or_, select

from backend.agencies.models import Agency, Employer
from backend.kernel.db import Work
from backend.kernel.errors import NotFound


@dataclass(frozen=True)
class AgencyView:
    """An agency; `path` holds the codes from the root down to it."""

    agency_id: UUID
    code: str
    name: str
    path: str
    parent_id: UUID | None


@dataclass(frozen=True)
class EmployerView:
    """A payer."""

    employer_id: UUID
    agency_id: UUID
    credit_code: str
    name: str
    active: bool


def paths(work: Work, agency_ids: Collection[UUID]) -> dict[UUID, str]:
    """The tree paths of agencies, by id."""
    rows = work.session.execute(select(Agency.id, Agency.path).where(Agency.id.in_(agency_ids)))
    return {row.id: row.path for row in rows}


def path(work: Work, agency_id: UUID) -> str:
    """The tree path of one agency; raises NotFound."""
    found = paths(work, [agency_id])
    if agency_id not in found:
        raise NotFound
    return found[agency_id]


def names(work: Work, agency_ids: Collection[UUID]) -> dict[UUID, str]:
    """The names of agencies, by id."""
    rows = work.session.execute(select(Agency.id, Agency.name).where(Agency.id.in_(agency_ids)))
    return {row.id: row.name for row in rows}


def names_at(work: Work, paths: Collection[str]) -> dict[str, str]:
    """The names of agencies, by tree path."""
    rows = work.session.execute(select(Agency.path, Agency.name).where(Agency.path.in_(paths)))
    return {row.path: row.name for row in rows}


def common(work: Work, one: UUID, other: UUID) -> UUID:
    """The lowest agency that is above, or is, both; raises NotFound when two trees have nothing in common."""
    pairs = zip(path(work, one).split("."), path(work, other).split("."), strict=False)
    shared = ".".join(first for first, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    found = work.session.scalars(select(Agency.id).where(Agency.path == shared)).one_or_none()
    if found is None:
        raise NotFound
    return found


def get(work: Work, agency_id: UUID) -> AgencyView:
    """One agency; raises NotFound."""
    agency = work.session.get(Agency, agency_id)
    if agency is None:
        raise NotFound
    return _view(agency)


def root(work: Work) -> AgencyView:
    """The province's own agency, above all others; raises NotFound where none was founded."""
    top = select(Agency).where(Agency.parent_id.is_(None)).order_by(Agency.path).limit(1)
    agency = work.session.scalars(top).one_or_none()
    if agency is None:
        raise NotFound
    return _view(agency)


def by_code(work: Work, code: str) -> AgencyView | None:
    """The agency with a code, or None."""
    agency = work.session.scalars(select(Agency).where(Agency.code == code)).one_or_none()
    return None if agency is None else _view(agency)


def tree(work: Work, reach: Collection[str] | None = None) -> Sequence[AgencyView]:
    """All agencies, parents before children; with `reach`, only those in the subtrees of these paths."""
    statement = select(Agency).order_by(Agency.path)
    if reach is not None:
        statement = statement.where(Agency.id.in_(ids_within(reach)))
    return [_view(agency) for agency in work.session.scalars(statement)]


def ids_within(reach: Collection[str]) -> Select[UUID]:
    """The ids of all agencies in the subtrees of some paths, for `Case.agency_id.in_(ids_within(reach))`."""
    inside = [
        (Agency.path == top) | Agency.path.startswith(top + ".", autoescape=True)
        for top in sorted(set(reach))
    ]
    return select(Agency.id).where(or_(false(), *inside))


def employer(work: Work, employer_id: UUID) -> EmployerView:
    """One employer; raises NotFound."""
    found = employers(work, [employer_id])
    if employer_id not in found:
        raise NotFound
    return found[employer_id]


def employers(work: Work, employer_ids: Collection[UUID]) -> dict[UUID, EmployerView]:
    """Employers by id."""
    rows = work.session.scalars(select(Employer).where(Employer.id.in_(employer_ids)))
    return {
        row.id: EmployerView(row.id, row.agency_id, row.credit_code, row.name, row.state == "active")
        for row in rows
    }


def _view(agency: Agency) -> AgencyView:
    return AgencyView(agency.id, agency.code, agency.name, agency.path, agency.parent_id)
