"""The card that benefits go to: two people of the staff, or the system while it takes data over."""

from __future__ import annotations

import pytest

from backend.kernel.db import Work
from backend.kernel.errors import Forbidden, Invalid, NotFound
from backend.people import commands, queries
from backend.people.errors import PersonDead
from backend.people.events import BankCardChanged
from backend.web.house import House
from backend.worklist import commands as worklist
from backend.worklist.errors import ApprovalPending, ApprovalStale, OwnApproval
from tests.support.people import (
    SYSTEM,
    card_number,
    listen,
    make_agency,
    make_person,
    staff_actor,
    told,
    traces,
)

MAKER = staff_actor("people.open", "people.correct", "cards.change", path="46.460100")
CHECKER = staff_actor("cards.approve", path="46.460100")

pytestmark = pytest.mark.usefixtures("house")


def test_a_card_changes_when_a_second_person_agrees(house: House, work: Work) -> None:
    listen(house.registry, BankCardChanged)
    person_id, old, new = make_person(work), card_number(), card_number()
    commands.set_bank_card(work, by=SYSTEM, person_id=person_id, bank="农业银行", number=old)
    approval_id = commands.propose_bank_card(
        work, by=MAKER, person_id=person_id, bank="中国银行", number=new, note="旧卡遗失"
    )
    assert queries.record(work, person_id).bank_card.number == old
    with pytest.raises(OwnApproval):
        worklist.approve(work, by=MAKER, approval_id=approval_id)
    seen = worklist.open_approval(work, by=CHECKER, approval_id=approval_id)
    assert [(one.label, one.before, one.after) for one in seen.changes] == [
        ("开户银行", "农业银行", "中国银行"),
        ("银行卡号", f"**** {old[-4:]}", new),
    ]
    worklist.approve(work, by=CHECKER, approval_id=approval_id)
    card = queries.record(work, person_id).bank_card
    assert (card.bank, card.number) == ("中国银行", new)
    assert queries.search(work, reach=["46"], card=old) == []
    assert told(work, BankCardChanged) == [{"person_id": str(person_id)}]
    trace = traces(work, "bank_card.changed")[-1]
    assert (trace.actor_id, trace.subject_id) == (CHECKER.id, person_id)


def test_a_rejected_change_changes_nothing(work: Work) -> None:
    person_id = make_person(work)
    approval_id = commands.propose_bank_card(
        work, by=MAKER, person_id=person_id, bank="中国银行", number=card_number()
    )
    worklist.reject(work, by=CHECKER, approval_id=approval_id, reason="与银行卡复印件不符")
    assert queries.record(work, person_id).bank_card is None


def test_nobody_but_the_system_sets_a_card_alone(work: Work) -> None:
    person_id = make_person(work)
    for by in (MAKER, CHECKER, staff_actor("cards.change", "cards.approve")):
        with pytest.raises(Forbidden):
            commands.set_bank_card(work, by=by, person_id=person_id, bank="中国银行", number=card_number())


def test_a_record_that_changed_meanwhile_makes_the_change_stale(work: Work) -> None:
    person_id = make_person(work)
    approval_id = commands.propose_bank_card(
        work, by=MAKER, person_id=person_id, bank="中国银行", number=card_number()
    )
    commands.correct(work, by=MAKER, person_id=person_id, version=1, name="王秀英子")
    with pytest.raises(ApprovalStale):
        worklist.approve(work, by=CHECKER, approval_id=approval_id)
    assert queries.record(work, person_id).bank_card is None


def test_one_change_at_a_time(work: Work) -> None:
    person_id = make_person(work)
    given = {"by": MAKER, "person_id": person_id, "bank": "中国银行"}
    first = commands.propose_bank_card(work, **given, number=card_number())
    with pytest.raises(ApprovalPending):
        commands.propose_bank_card(work, **given, number=card_number())
    worklist.withdraw(work, by=MAKER, approval_id=first)
    assert commands.propose_bank_card(work, **given, number=card_number())


def test_what_cannot_be_a_change_is_refused(work: Work) -> None:
    person_id, number = make_person(work), card_number()
    commands.set_bank_card(work, by=SYSTEM, person_id=person_id, bank="中国银行", number=number)
    mistyped = number[:-1] + str((int(number[-1]) + 1) % 10)
    for wrong in ({"number": number}, {"number": mistyped}, {"number": card_number(), "bank": "行"}):
        with pytest.raises(Invalid):
            commands.propose_bank_card(work, by=MAKER, person_id=person_id, **{"bank": "中国银行", **wrong})
    stranger = staff_actor("cards.change", path="46.469000")
    with pytest.raises(NotFound):
        commands.propose_bank_card(
            work, by=stranger, person_id=person_id, bank="中国银行", number=card_number()
        )


def test_the_dead_get_no_new_card_even_if_it_was_asked_for_before(work: Work) -> None:
    person_id = make_person(work)
    given = {"by": MAKER, "person_id": person_id, "bank": "中国银行"}
    approval_id = commands.propose_bank_card(work, **given, number=card_number())
    commands.decease(work, by=MAKER, person_id=person_id, died_on=work.clock.today())
    with pytest.raises(ApprovalStale):
        worklist.approve(work, by=CHECKER, approval_id=approval_id)
    with pytest.raises(PersonDead):
        commands.propose_bank_card(work, **given, number=card_number())


def test_a_checker_of_another_agency_does_not_even_see_it(work: Work) -> None:
    make_agency(work, "469000", under="46")
    approval_id = commands.propose_bank_card(
        work, by=MAKER, person_id=make_person(work), bank="中国银行", number=card_number()
    )
    stranger = staff_actor("cards.approve", path="46.469000")
    for act in (worklist.approve, worklist.open_approval, worklist.withdraw):
        with pytest.raises(NotFound):
            act(work, by=stranger, approval_id=approval_id)
