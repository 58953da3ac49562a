"""The card that benefits go to. It changes when two of the staff agree, or while data are taken over."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select

from backend.audit.commands import record
from backend.kernel.actor import Actor
from backend.kernel.crypto import keyring
from backend.kernel.db import Work
from backend.kernel.errors import FieldError, Forbidden, Invalid
from backend.kernel.ids import new_id
from backend.kernel.jobs import emit
from backend.kernel.masking import mask_card, mask_text
from backend.people.commands._records import held, locked_version
from backend.people.events import BankCardChanged
from backend.people.models import BankCard, Person
from backend.people.rules.cards import normalize_card_number
from backend.worklist import commands as worklist
from backend.worklist.kinds import ApprovalKind, Change

LONGEST_BANK = 50


def set_bank_card(work: Work, *, by: Actor, person_id: UUID, bank: str, number: str) -> None:
    """Registers a card at once; for the system alone, when it takes over data that others have checked.

    Raises Forbidden for anybody else, Invalid, and what `held` raises.
    """
    if by.kind != "system":
        raise Forbidden
    person = held(work, person_id, by=by, function="cards.change", living=True)
    _replace(work, by, person, _bank(bank), normalize_card_number(number))


def propose_bank_card(
    work: Work, *, by: Actor, person_id: UUID, bank: str, number: str, note: str = ""
) -> UUID:
    """Asks for another card; takes effect when a second person approves. Gives the approval's id.

    Needs `cards.change`. Raises Invalid, PersonDead, ApprovalPending, and what `held` raises.
    """
    person = held(work, person_id, by=by, function="cards.change", living=True)
    present = _active(work, person_id)
    wanted = normalize_card_number(number)
    if present is not None and present.number == wanted:
        raise Invalid(fields=(FieldError("number", "与现在登记的银行卡相同，无需变更"),))
    before = None if present is None else {"bank": present.bank, "number": mask_card(present.number)}
    return worklist.propose(
        work,
        by=by,
        kind=BANK_CARD_CHANGE.name,
        agency_id=person.agency_id,
        target_id=person_id,
        target_version=person.version,
        subject_id=person_id,
        payload={"bank": _bank(bank), "number": wanted, "before": before},
        note=note,
    )


def _apply(work: Work, person_id: UUID, payload: Any, by: Actor) -> None:
    person = work.session.get_one(Person, person_id, populate_existing=True)
    _replace(work, by, person, payload["bank"], payload["number"])


def _describe(payload: Any) -> tuple[Change, ...]:
    before = payload["before"] or {"bank": None, "number": None}
    return (
        Change("开户银行", before["bank"], payload["bank"]),
        Change("银行卡号", before["number"], payload["number"]),
    )


BANK_CARD_CHANGE = ApprovalKind(
    name="bank_card_change",
    label="变更银行卡",
    function="cards.approve",
    current_version=locked_version,
    apply=_apply,
    describe=_describe,
)


def _replace(work: Work, by: Actor, person: Person, bank: str, number: str) -> None:
    before = _active(work, person.id)
    if before is not None:
        before.ended_at = work.clock.now()
        work.session.flush()
    card = BankCard(
        id=new_id(),
        person_id=person.id,
        bank=bank,
        number_digest=keyring().digest("card", number),
        since=work.clock.now(),
    )
    card.number = number
    work.session.add(card)
    person.version += 1
    record(
        work,
        "bank_card.changed",
        by=by,
        subject=person.id,
        object_kind="bank_card",
        object_id=card.id,
        before={"bank": before.bank, "number": before.number} if before else None,
        after={"bank": bank, "number": number},
    )
    if by.kind == "staff":  # what the system takes over with a record is no change to warn of
        emit(work, BankCardChanged(person.id))


def _active(work: Work, person_id: UUID) -> BankCard | None:
    wanted = select(BankCard).where(BankCard.person_id == person_id, BankCard.ended_at.is_(None))
    return work.session.scalars(wanted).one_or_none()


def _bank(text: str) -> str:
    bank = text.strip()
    if not 2 <= len(bank) <= LONGEST_BANK:
        raise Invalid(fields=(FieldError("bank", f"开户银行应为2到{LONGEST_BANK}个字"),))
    return mask_text(bank)  # the column is readable, and people write the card's number beside its bank
