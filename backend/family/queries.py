"""Reading delegations."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select

from backend.audit.commands import record
from backend.family.models import Delegation
from backend.family.rules import Relation, Scope, State, state_now
from backend.kernel.actor import Actor
from backend.kernel.db import Work
from backend.kernel.masking import mask_id_number
from backend.people import queries as people

MOST_SHOWN = 50


@dataclass(frozen=True)
class DelegationView:
    """A delegation as one of its two sides sees it.

    `name` is that of the other side; `person_id` and `id_number` (masked) are for the helper only, and the
    former only once the principal has agreed: before, nobody may learn whether there is such a person.
    """

    delegation_id: UUID
    person_id: UUID | None
    name: str = field(repr=False)
    id_number: str | None = field(repr=False)
    relation: Relation
    scopes: Sequence[str]
    until: date
    state: State
    requested_at: datetime
    request_expires_at: datetime
    agreed_at: datetime | None


def may_act(work: Work, helper_id: UUID, principal_id: UUID, scope: Scope, today: date) -> bool:
    """Whether a helper may do what `scope` says for a principal on a day."""
    return delegation_for(work, helper_id, principal_id, scope, today) is not None


def delegation_for(work: Work, helper_id: UUID, principal_id: UUID, scope: Scope, today: date) -> UUID | None:
    """The delegation by which a helper may act for a principal on a day, or None."""
    return work.session.scalars(
        select(Delegation.id)
        .where(
            Delegation.helper_id == helper_id,
            Delegation.principal_id == principal_id,
            Delegation.state == State.ACTIVE.value,
            Delegation.until >= today,
            Delegation.scopes.contains([scope.value]),
        )
        .limit(1)
    ).one_or_none()


def of_helper(work: Work, helper_id: UUID) -> Sequence[DelegationView]:
    """Whom a person helps or asked to help, latest first."""
    return [
        _view(work, row, row.asked_name, for_helper=True)
        for row in _rows(work, Delegation.helper_id == helper_id)
    ]


def helped_now(work: Work, helper_id: UUID) -> Sequence[DelegationView]:
    """Those for whom a person may act today."""
    active = (Delegation.helper_id == helper_id) & (Delegation.state == State.ACTIVE.value)
    found = [_view(work, row, row.asked_name, for_helper=True) for row in _rows(work, active)]
    return [one for one in found if one.person_id is not None]


def of_principal(work: Work, principal_id: UUID) -> Sequence[DelegationView]:
    """Who helps a person or asks to, latest first."""
    rows = _rows(work, Delegation.principal_id == principal_id)
    names = people.names(work, {row.helper_id for row in rows})
    return [_view(work, row, names[row.helper_id], for_helper=False) for row in rows]


def at_counter(work: Work, principal_id: UUID, *, by: Actor) -> Sequence[DelegationView]:
    """Who helps a person or asks to, for a clerk, whose look is written down.

    Needs `delegations.confirm`; raises NotFound, Forbidden.
    """
    people.require_reach(work, principal_id, by=by, function="delegations.confirm")
    record(work, "delegation.listed", by=by, subject=principal_id)
    return of_principal(work, principal_id)


def delegation_of_helper(work: Work, delegation_id: UUID) -> DelegationView:
    """One delegation as its helper sees it."""
    row = work.session.get_one(Delegation, delegation_id)
    return _view(work, row, row.asked_name, for_helper=True)


def helper_names(work: Work, delegation_ids: Collection[UUID]) -> Mapping[UUID, str]:
    """The whole names of the helpers, by delegation; for the principal, who agreed to them."""
    rows = work.session.execute(
        select(Delegation.id, Delegation.helper_id).where(Delegation.id.in_(delegation_ids))
    ).all()
    names = people.names(work, {row.helper_id for row in rows})
    return {row.id: names[row.helper_id] for row in rows}


def _rows(work: Work, wanted: ColumnElement[bool]) -> Sequence[Delegation]:
    return work.session.scalars(
        select(Delegation)
        .where(wanted)
        .order_by(Delegation.requested_at.desc(), Delegation.id.desc())
        .limit(MOST_SHOWN)
    ).all()


def _view(work: Work, row: Delegation, name: str, *, for_helper: bool) -> DelegationView:
    now, today = work.clock.now(), work.clock.today()
    state = state_now(
        row.state, until=row.until, request_expires_at=row.request_expires_at, now=now, today=today
    )
    return DelegationView(
        delegation_id=row.id,
        person_id=row.principal_id if for_helper and state == State.ACTIVE else None,
        name=name,
        id_number=mask_id_number(row.asked_number) if for_helper else None,
        relation=Relation(row.relation),
        scopes=row.scopes,
        until=row.until,
        state=state,
        requested_at=row.requested_at,
        request_expires_at=row.request_expires_at,
        agreed_at=row.agreed_at,
    )
