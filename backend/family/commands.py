"""Asking to act for somebody, agreeing, refusing, ending."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select, true
from sqlalchemy.dialects.postgresql import insert

from backend.audit.commands import record
from backend.family.events import DelegationAgreed, DelegationAsked, DelegationClosed
from backend.family.models import Delegation
from backend.family.rules import (
    MOST_HELPED,
    OPEN,
    REQUEST_HOLDS,
    TRANSITIONS,
    Relation,
    State,
    check_terms,
    state_now,
)
from backend.kernel import limits
from backend.kernel.actor import Actor, system
from backend.kernel.crypto import keyring
from backend.kernel.db import Work
from backend.kernel.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from backend.kernel.ids import new_id
from backend.kernel.jobs import emit
from backend.kernel.limits import Limit
from backend.people import queries as people

ASKING = {"helper": Limit(10, timedelta(days=1))}


class TooManyHelped(Conflict):
    """Five delegations are open already."""

    code = "too_many_helped"
    title = f"最多可帮办{MOST_HELPED}人；请先结束不再需要的授权或申请"


class AlreadyAsked(Conflict):
    """The same two people have an open request or delegation."""

    code = "already_asked"
    title = "您已向此人提出申请或已获授权，请在“家人代办”中查看"


class DelegationOver(Conflict):
    """The request or delegation was answered, ended or ran out."""

    code = "delegation_over"
    title = "该申请或授权已处理或已失效，请刷新查看"


def ask(
    work: Work,
    *,
    by: Actor,
    name: str,
    id_number: str,
    relation: Relation,
    scopes: Collection[str],
    until: date,
) -> UUID:
    """Asks to act for whoever bears name and number; the request's id.

    The same happens whether or not there is such a person: a request for nobody waits and runs out like one
    that is not answered. Raises Invalid (terms, or oneself), TooManyHelped, AlreadyAsked, Limited.
    """
    helper_id = _person(by)
    check_terms(scopes, until, work.clock.today())
    people.require_living(work, helper_id)
    limits.count(work, "family_asking", {"helper": str(helper_id)}, ASKING)
    if people.find_by_id_number(work, id_number) == helper_id:
        raise Invalid(fields=(FieldError("id_number", "不能申请为自己帮办，请填写家人的证件号码"),))
    principal_id = people.identity_matches(work, name=name, id_number=id_number)
    expire_due(work, by=system("family.ask"), helper_id=helper_id)
    now = work.clock.now()
    draft = Delegation(
        id=new_id(),
        helper_id=helper_id,
        principal_id=principal_id,
        asked_digest=keyring().digest("id_number", id_number),
        relation=relation.value,
        scopes=sorted(scopes),
        until=until,
        state=State.REQUESTED.value,
        requested_at=now,
        request_expires_at=now + REQUEST_HOLDS,
    )
    draft.asked_name, draft.asked_number = name, id_number
    _take_slot(work, draft)
    record(
        work,
        "delegation.asked",
        by=by,
        subject=principal_id,
        object_kind="delegation",
        object_id=draft.id,
        after={"scopes": draft.scopes, "until": until.isoformat(), "relation": draft.relation},
    )
    emit(work, DelegationAsked(draft.id, helper_id, principal_id))
    return draft.id


def agree(work: Work, *, by: Actor, delegation_id: UUID) -> None:
    """The principal agrees on their own channel; raises NotFound, DelegationOver."""
    row = _locked(work, delegation_id)
    if row.principal_id != _person(by):
        raise NotFound
    _activate(work, by, row, via="channel")


def confirm_at_counter(work: Work, *, by: Actor, delegation_id: UUID) -> None:
    """A clerk, before whom the principal stands, writes down that they agree.

    Needs `delegations.confirm` over the principal's agency. Raises NotFound, Forbidden, DelegationOver.
    """
    row = _locked(work, delegation_id)
    if row.principal_id is None:
        raise NotFound
    people.require_reach(work, row.principal_id, by=by, function="delegations.confirm")
    _activate(work, by, row, via="counter")


def refuse(work: Work, *, by: Actor, delegation_id: UUID) -> None:
    """The principal refuses a request; raises NotFound, DelegationOver."""
    row = _locked(work, delegation_id)
    if row.principal_id != _person(by):
        raise NotFound
    _close(work, by, row, State.REFUSED)


def end(work: Work, *, by: Actor, delegation_id: UUID) -> None:
    """Either side ends a request or a delegation; raises NotFound, DelegationOver."""
    row = _locked(work, delegation_id)
    if _person(by) not in (row.helper_id, row.principal_id):
        raise NotFound
    _close(work, by, row, State.ENDED)


def expire_due(work: Work, *, by: Actor, helper_id: UUID | None = None) -> None:
    """Closes what has run out: everybody's, or one helper's."""
    run_out = (Delegation.until < work.clock.today()) | (
        (Delegation.state == State.REQUESTED.value) & (Delegation.request_expires_at <= work.clock.now())
    )
    mine = true() if helper_id is None else Delegation.helper_id == helper_id
    for row in _open(work, and_(run_out, mine)):
        _set_closed(work, by, row, State.EXPIRED)
    work.session.flush()


def end_all_of(work: Work, *, by: Actor, person_id: UUID) -> None:
    """Ends every delegation of a person, on either side; for the deceased."""
    for row in _open_of(work, person_id):
        _set_closed(work, by, row, State.ENDED)


def follow_merge(work: Work, *, by: Actor, from_id: UUID, to_id: UUID) -> None:
    """Open delegations of a merged record become those of the record that stays.

    What no longer makes sense ends: acting for oneself, a second one for the same person, a sixth.
    """
    taken = {row.slot: row.asked_digest for row in _open_of(work, to_id) if row.helper_id == to_id}
    for row in _open_of(work, from_id):
        helper_id = to_id if row.helper_id == from_id else row.helper_id
        principal_id = to_id if row.principal_id == from_id else row.principal_id
        free = [slot for slot in range(1, MOST_HELPED + 1) if slot not in taken]
        moves = row.helper_id != helper_id
        if helper_id == principal_id or (moves and (not free or row.asked_digest in taken.values())):
            _set_closed(work, by, row, State.ENDED)
            continue
        if moves:
            row.slot = free[0]
            taken[row.slot] = row.asked_digest
        row.helper_id, row.principal_id = helper_id, principal_id
        record(
            work,
            "delegation.moved",
            by=by,
            subject=principal_id,
            object_kind="delegation",
            object_id=row.id,
            before={"person_id": str(from_id)},
        )


def _person(by: Actor) -> UUID:
    if by.person_id is None:
        raise Forbidden
    return by.person_id


def _take_slot(work: Work, draft: Delegation) -> None:
    """Inserts the draft into the first free slot; two unique indexes decide between requests made at once."""
    columns = (
        "id", "helper_id", "principal_id", "asked_name_sealed", "asked_number_sealed", "asked_digest",
        "relation", "scopes", "until", "state", "requested_at", "request_expires_at",
    )  # fmt: skip
    values = {name: getattr(draft, name) for name in columns}
    for slot in range(1, MOST_HELPED + 1):
        statement = insert(Delegation).values(values | {"slot": slot}).on_conflict_do_nothing()
        if work.session.execute(statement.returning(Delegation.id)).scalar_one_or_none():
            return
    asked = select(Delegation.id).where(
        Delegation.helper_id == draft.helper_id,
        Delegation.asked_digest == draft.asked_digest,
        Delegation.state.in_(OPEN),
    )
    raise AlreadyAsked if work.session.scalar(asked) else TooManyHelped


def _locked(work: Work, delegation_id: UUID) -> Delegation:
    row = work.session.get(Delegation, delegation_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound
    return row


def _open_of(work: Work, person_id: UUID) -> list[Delegation]:
    mine = (Delegation.helper_id == person_id) | (Delegation.principal_id == person_id)
    return _open(work, mine)


def _open(work: Work, wanted: ColumnElement[bool]) -> list[Delegation]:
    statement = select(Delegation).where(wanted, Delegation.state.in_(OPEN)).order_by(Delegation.id)
    return list(work.session.scalars(statement.with_for_update()))


def _activate(work: Work, by: Actor, row: Delegation, *, via: str) -> None:
    principal_id = _require(work, row, State.ACTIVE).principal_id
    if principal_id is None:
        raise NotFound
    people.require_living(work, principal_id)
    people.require_living(work, row.helper_id)
    row.state, row.agreed_at, row.agreed_via = State.ACTIVE.value, work.clock.now(), via
    record(
        work,
        "delegation.agreed",
        by=by,
        subject=row.principal_id,
        object_kind="delegation",
        object_id=row.id,
        after={"via": via},
    )
    emit(work, DelegationAgreed(row.id, row.helper_id, principal_id))


def _close(work: Work, by: Actor, row: Delegation, state: State) -> None:
    _set_closed(work, by, _require(work, row, state), state)


def _require(work: Work, row: Delegation, following: State) -> Delegation:
    now, today = work.clock.now(), work.clock.today()
    present = state_now(
        row.state, until=row.until, request_expires_at=row.request_expires_at, now=now, today=today
    )
    if following not in TRANSITIONS[present]:
        raise DelegationOver
    return row


def _set_closed(work: Work, by: Actor, row: Delegation, state: State) -> None:
    row.state, row.ended_at = state.value, work.clock.now()
    record(
        work,
        f"delegation.{state.value}",
        by=by,
        subject=row.principal_id,
        object_kind="delegation",
        object_id=row.id,
    )
    emit(work, DelegationClosed(row.id, row.helper_id, row.principal_id, state.value))
