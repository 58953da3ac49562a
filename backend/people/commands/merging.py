"""Two records that are one person become one, when two people of the staff agree. Nothing is deleted."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from backend.agencies import queries as agencies
from backend.audit.commands import record
from backend.kernel.actor import Actor
from backend.kernel.db import Work
from backend.kernel.errors import FieldError, Invalid
from backend.kernel.ids import new_id
from backend.kernel.jobs import emit
from backend.kernel.masking import mask_card
from backend.people import queries
from backend.people.commands._records import held, locked_version
from backend.people.errors import LifeDiffers
from backend.people.events import BankCardChanged, PersonMerged
from backend.people.models import BankCard, DeclaredBase, Enrolment, Person, PersonMerge
from backend.people.rules.months import Span, outside
from backend.worklist import commands as worklist
from backend.worklist.errors import ApprovalStale
from backend.worklist.kinds import ApprovalKind, Change

ONE_MERGE = 636771


def propose_merge(work: Work, *, by: Actor, person_id: UUID, into_id: UUID, note: str = "") -> UUID:
    """Asks that a duplicate becomes the record `into_id`; whoever decides must reach both. The approval's id.

    Needs `people.merge` over both. Raises Invalid, LifeDiffers, ApprovalPending, and what `held` raises.
    """
    if person_id == into_id:
        raise Invalid(fields=(FieldError("into_id", "请选择另一条记录"),))
    _wait_for_other_merges(work)
    duplicate = held(work, person_id, by=by, function="people.merge")
    kept = held(work, into_id, by=by, function="people.merge")
    if (duplicate.state == "deceased") != (kept.state == "deceased"):
        raise LifeDiffers
    return worklist.propose(
        work,
        by=by,
        kind=PERSON_MERGE.name,
        agency_id=agencies.common(work, duplicate.agency_id, kept.agency_id),
        target_id=person_id,
        target_version=duplicate.version,
        subject_id=into_id,
        payload={
            "into_id": str(into_id),
            "into_version": kept.version,
            "duplicate": _portrait(work, person_id),
            "kept": _portrait(work, into_id),
        },
        note=note,
    )


def _current_version(work: Work, duplicate_id: UUID) -> int:
    _wait_for_other_merges(work)
    return locked_version(work, duplicate_id)


def _wait_for_other_merges(work: Work) -> None:
    """A merge locks two records; two merges that lock them the other way round would wait for ever."""
    work.session.execute(select(func.pg_advisory_xact_lock(ONE_MERGE)))


def _apply(work: Work, duplicate_id: UUID, payload: Any, by: Actor) -> None:
    into_id = UUID(payload["into_id"])
    if locked_version(work, into_id) != payload["into_version"]:
        raise ApprovalStale
    duplicate = work.session.get_one(Person, duplicate_id, populate_existing=True)
    kept = work.session.get_one(Person, into_id, populate_existing=True)
    card = _merge_cards(work, duplicate_id, into_id)
    for enrolment in _counting(work, duplicate_id):
        _merge_enrolment(work, enrolment, into_id)
    if duplicate.state == "active":
        kept.state = "active"  # the record that stays may have left the province; the person has not
    duplicate.state = "merged"
    duplicate.version += 1
    kept.version += 1
    work.session.add(PersonMerge(from_id=duplicate_id, to_id=into_id, merged_at=work.clock.now()))
    record(
        work,
        "person.merged",
        by=by,
        subject=into_id,
        object_kind="person",
        object_id=duplicate_id,
        before={"duplicate": payload["duplicate"], "kept": payload["kept"]},
        after={"card": card},
    )
    emit(work, PersonMerged(duplicate_id, into_id))
    if card == "moved":
        emit(work, BankCardChanged(into_id))


def _describe(payload: Any) -> tuple[Change, ...]:
    """`before` is what the duplicate says, `after` what the record that stays says."""
    return tuple(
        Change(label, payload["duplicate"][key], payload["kept"][key]) for key, label in _LABELS.items()
    )


PERSON_MERGE = ApprovalKind(
    name="person_merge",
    label="合并重复档案",
    function="people.merge_approve",
    current_version=_current_version,
    apply=_apply,
    describe=_describe,
)
_LABELS = {
    "name": "姓名",
    "id_number": "证件号码",
    "phone": "手机号",
    "bank_card": "银行卡号",
    "agency": "经办机构",
    "enrolments": "参保记录数",
}


def _portrait(work: Work, person_id: UUID) -> dict[str, str | None]:
    known = queries.record(work, person_id)
    return {
        "name": known.name,
        "id_number": known.id_number,
        "phone": known.phone,
        "bank_card": mask_card(known.bank_card.number) if known.bank_card else None,
        "agency": known.agency_name,
        "enrolments": str(len(queries.enrolments(work, person_id))),
    }


def _merge_cards(work: Work, duplicate_id: UUID, into_id: UUID) -> str:
    """The kept record's card stays; only where it has none does the duplicate's one move. What was done."""
    wanted = select(BankCard).where(
        BankCard.person_id.in_((duplicate_id, into_id)), BankCard.ended_at.is_(None)
    )
    cards = {card.person_id: card for card in work.session.scalars(wanted)}
    if duplicate_id not in cards:
        return "unchanged"
    if into_id in cards:
        cards[duplicate_id].ended_at = work.clock.now()
        return "ended"
    cards[duplicate_id].person_id = into_id
    return "moved"


def _merge_enrolment(work: Work, enrolment: Enrolment, into_id: UUID) -> None:
    """Moves an enrolment to the kept record; months that the kept record has too are not counted twice."""
    span = Span(enrolment.from_month, enrolment.until_month)
    taken = [
        Span(other.from_month, other.until_month)
        for other in _counting(work, into_id)
        if (other.insurance, other.employer_id) == (enrolment.insurance, enrolment.employer_id)
    ]
    pieces = outside(span, taken)
    if pieces == [span]:
        enrolment.person_id = into_id
        work.session.flush()
        return
    enrolment.voided_at = work.clock.now()
    for piece in pieces:
        _copy(work, enrolment, into_id, piece)


def _copy(work: Work, enrolment: Enrolment, into_id: UUID, piece: Span) -> None:
    copy = Enrolment(
        id=new_id(),
        person_id=into_id,
        employer_id=enrolment.employer_id,
        agency_id=enrolment.agency_id,
        insurance=enrolment.insurance,
        from_month=piece.start,
        until_month=piece.end,
    )
    work.session.add(copy)
    work.session.flush()
    declared = work.session.scalars(
        select(DeclaredBase)
        .where(DeclaredBase.enrolment_id == enrolment.id)
        .order_by(DeclaredBase.from_month)
    )
    bases = {
        max(row.from_month, piece.start): row.base
        for row in declared
        if piece.end is None or row.from_month < piece.end
    }
    for month, base in bases.items():
        work.session.add(DeclaredBase(id=new_id(), enrolment_id=copy.id, from_month=month, base=base))


def _counting(work: Work, person_id: UUID) -> list[Enrolment]:
    wanted = select(Enrolment).where(Enrolment.person_id == person_id, Enrolment.voided_at.is_(None))
    return list(work.session.scalars(wanted))
