"""Changes that two people make together."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError

from backend.kernel.db import Work
from backend.kernel.errors import Forbidden, Invalid, NotFound
from backend.kernel.ids import new_id
from backend.people import commands as people
from backend.people import queries as registry
from backend.worklist import commands, queries
from backend.worklist.errors import (
    ApprovalDecided,
    ApprovalTampered,
    NotTheMaker,
    OwnApproval,
)
from backend.worklist.models import Approval
from tests.support.people import SYSTEM, card_number, make_person, staff_actor, traces

MAKER = staff_actor("cards.change", "cards.approve", path="46.460100")
CHECKER = staff_actor("cards.approve", path="46.460100")

pytestmark = pytest.mark.usefixtures("house")


def propose(work: Work, **given: str) -> UUID:
    return people.propose_bank_card(
        work,
        by=MAKER,
        person_id=make_person(work),
        **{"bank": "中国银行", "number": card_number(), **given},
    )


def state(work: Work, approval_id: UUID) -> str:
    return work.session.scalar(text("SELECT state FROM approval WHERE id = :id"), {"id": approval_id})


def test_whoever_asks_never_decides_not_even_with_the_right_to(work: Work) -> None:
    approval_id = propose(work)
    for act, given in ((commands.approve, {}), (commands.reject, {"reason": "不同意"})):
        with pytest.raises(OwnApproval):
            act(work, by=MAKER, approval_id=approval_id, **given)
    assert state(work, approval_id) == "pending"
    refused = traces(work, "approval.own_decision_refused")
    assert [one.actor_id for one in refused] == [MAKER.id] * 2
    assert OwnApproval.keeps_effects


def test_the_database_itself_knows_that_maker_and_checker_are_two(work: Work) -> None:
    approval_id = propose(work)
    forged = update(Approval).where(Approval.id == approval_id)
    with pytest.raises(IntegrityError, match="two_people"), work.session.begin_nested():
        work.session.execute(
            forged.values(state="approved", checker_id=MAKER.id, decided_at=work.clock.now())
        )


@pytest.mark.parametrize("first", ["approve", "reject", "withdraw"])
def test_a_decision_is_final(work: Work, first: str) -> None:
    approval_id = propose(work)
    acts = {
        "approve": lambda: commands.approve(work, by=CHECKER, approval_id=approval_id),
        "reject": lambda: commands.reject(work, by=CHECKER, approval_id=approval_id, reason="不同意"),
        "withdraw": lambda: commands.withdraw(work, by=MAKER, approval_id=approval_id),
    }
    decided = acts[first]()
    for act in acts.values():
        with pytest.raises(ApprovalDecided):
            act()
    assert state(work, approval_id) == decided.state
    assert decided.checker_id == (None if first == "withdraw" else CHECKER.id)
    assert not work.session.scalars(queries.tasks(by=CHECKER)).all()


def test_only_the_maker_withdraws(work: Work) -> None:
    approval_id = propose(work)
    with pytest.raises(NotTheMaker):
        commands.withdraw(work, by=CHECKER, approval_id=approval_id)


def test_only_staff_ask_and_decide(work: Work) -> None:
    with pytest.raises(Forbidden):
        people.propose_bank_card(
            work, by=SYSTEM, person_id=make_person(work), bank="中国银行", number=card_number()
        )
    approval_id = propose(work)
    for by in (SYSTEM, staff_actor("people.open")):
        with pytest.raises(NotFound):
            commands.approve(work, by=by, approval_id=approval_id)
    with pytest.raises(NotFound):
        commands.approve(work, by=CHECKER, approval_id=new_id())


@pytest.mark.parametrize("reason", ["", "否", " ", "不" * 201])
def test_a_rejection_says_why(work: Work, reason: str) -> None:
    approval_id = propose(work)
    with pytest.raises(Invalid):
        commands.reject(work, by=CHECKER, approval_id=approval_id, reason=reason)
    assert state(work, approval_id) == "pending"


def test_remarks_lose_the_numbers_that_people_write_into_them(work: Work) -> None:
    approval_id = propose(work, note="本人电话13812345678")
    view = commands.reject(work, by=CHECKER, approval_id=approval_id, reason="与13812345678核实，不是本人")
    assert (view.note, view.reason) == ("本人电话138****5678", "与138****5678核实，不是本人")


@pytest.mark.parametrize(
    "forgery",
    [
        "UPDATE approval SET target_id = gen_random_uuid()",
        "UPDATE approval SET maker_id = gen_random_uuid()",
        "UPDATE approval SET target_version = 2",
        "UPDATE approval SET payload_sealed = (SELECT payload_sealed FROM approval WHERE id <> :id)",
        "UPDATE approval SET payload_sealed = set_byte(payload_sealed, 40, 7)",
        "UPDATE approval SET payload_hash = (SELECT payload_hash FROM approval WHERE id <> :id)",
    ],
)
def test_what_was_changed_behind_the_checkers_back_does_not_pass(work: Work, forgery: str) -> None:
    propose(work)
    approval_id = propose(work)
    person_id = work.session.get_one(Approval, approval_id).target_id
    work.session.flush()
    work.session.execute(text(forgery + " WHERE id = :id"), {"id": approval_id})
    for act in (commands.approve, commands.open_approval):
        with pytest.raises(ApprovalTampered):
            act(work, by=CHECKER, approval_id=approval_id)
    assert state(work, approval_id) == "pending"
    assert registry.record(work, person_id).bank_card is None
    assert len(traces(work, "approval.tampering_found")) == 2


def test_the_list_shows_ones_own_and_what_one_may_decide(work: Work) -> None:
    first, second = propose(work), propose(work)
    commands.reject(work, by=CHECKER, approval_id=first, reason="材料不齐")

    def listed(by, **given) -> set[UUID]:
        rows = work.session.scalars(queries.approvals(by=by, **given)).all()
        return {view.approval_id for view in queries.approval_views(work, rows)}

    assert listed(MAKER) == listed(CHECKER) == {first, second}
    assert listed(CHECKER, state="pending") == {second}
    assert listed(CHECKER, kind="person_merge") == set()
    assert listed(staff_actor("cards.approve", path="46.469000")) == set()
    assert listed(staff_actor("people.open")) == set()


def test_every_step_stays_in_the_trail(work: Work) -> None:
    approval_id = propose(work)
    commands.open_approval(work, by=CHECKER, approval_id=approval_id)
    commands.approve(work, by=CHECKER, approval_id=approval_id)
    for action, actor in (("proposed", MAKER), ("opened", CHECKER), ("approved", CHECKER)):
        (trace,) = traces(work, f"approval.{action}")
        assert (trace.actor_id, trace.object_id) == (actor.id, approval_id)
