"""What people may do with payouts, and what they may not."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from backend.kernel.actor import Actor
from backend.kernel.clock import FixedClock
from backend.kernel.db import BoundDatabase, Work
from backend.kernel.errors import Forbidden, Invalid, NotFound
from backend.kernel.money import Fen
from backend.payouts import carrying, commands
from backend.payouts.errors import NoBankCard, PayoutChanged, PayoutState
from backend.payouts.ports import Answer, Outcome, Provider
from backend.payouts.settling import settle
from backend.people import commands as people
from backend.worklist import commands as worklist
from backend.worklist import queries as worklist_queries
from backend.worklist.errors import ApprovalStale, OwnApproval, TaskTaken
from tests.support.payouts import ask, attempts, balances, carry, payout
from tests.support.people import SYSTEM, card_number, make_person, staff_actor
from tests.support.providers import MemoryProvider

CLERK = staff_actor("payouts.request", "payouts.handle", "payouts.release", path="46.460100")
COLLEAGUE = staff_actor("payouts.handle", path="46.460100")
CHIEF = staff_actor("payouts.release", "payouts.stop", path="46.460100")
ELSEWHERE = staff_actor("payouts.request", "payouts.handle", path="46.460200")
AMOUNT = Fen(52_000)

pytestmark = pytest.mark.usefixtures("house")


@pytest.fixture
def bank() -> MemoryProvider:
    return MemoryProvider()


def entered(work: Work, *, by: Actor = CLERK, reference: str = "琼社发2026-118", **given: bool) -> UUID:
    person_id = make_person(work)
    if given.get("card", True):
        people.set_bank_card(work, by=SYSTEM, person_id=person_id, bank="农业银行", number=card_number())
    return commands.request_for_person(
        work, by=by, person_id=person_id, amount=AMOUNT, purpose="丧葬补助金", reference=reference
    )


def version(work: Work, payout_id: UUID) -> int:
    return payout(work, payout_id).version


def test_nothing_goes_out_before_two_people_agreed(database: BoundDatabase, bank: MemoryProvider) -> None:
    with database.work() as work:
        payout_id = entered(work)
        approval_id = commands.propose_release(work, by=CLERK, payout_ids=[payout_id])
    carry(database, bank)
    assert not bank.orders
    with pytest.raises(OwnApproval), database.work() as work:
        worklist.approve(work, by=CLERK, approval_id=approval_id)
    with database.work() as work:
        worklist.approve(work, by=CHIEF, approval_id=approval_id)
    carry(database, bank)
    assert bank.money_out == AMOUNT


def test_a_list_of_which_something_changed_is_no_longer_agreed_on(work: Work) -> None:
    one, other = entered(work), entered(work, reference="琼社发2026-119")
    approval_id = commands.propose_release(work, by=CLERK, payout_ids=[one, other])
    commands.cancel(work, by=CLERK, payout_id=one, version=version(work, one), reason="重复申请")
    with pytest.raises(ApprovalStale):
        worklist.approve(work, by=CHIEF, approval_id=approval_id)
    assert payout(work, other).state == "awaiting_approval"


def test_what_is_released_must_wait_be_of_one_kind_and_in_reach(work: Work) -> None:
    waiting, going = entered(work), ask(work)
    with pytest.raises(Invalid):
        commands.propose_release(work, by=CLERK, payout_ids=[waiting, going])
    with pytest.raises(PayoutState):
        commands.propose_release(work, by=CLERK, payout_ids=[going])
    with pytest.raises(NotFound):
        commands.propose_release(work, by=ELSEWHERE, payout_ids=[waiting])
    with pytest.raises(Invalid):
        commands.propose_release(work, by=CLERK, payout_ids=[])


def test_a_clerk_enters_only_for_people_of_their_agency_with_a_card(work: Work) -> None:
    with pytest.raises(NotFound):
        entered(work, by=ELSEWHERE)
    with pytest.raises(NoBankCard):
        entered(work, card=False)
    with pytest.raises(Invalid):
        entered(work, reference=" ")


def test_what_came_back_goes_to_the_card_of_now(
    database: BoundDatabase, bank: MemoryProvider, clock: FixedClock
) -> None:
    with database.work() as work:
        payout_id = entered(work)
        approval_id = commands.propose_release(work, by=CLERK, payout_ids=[payout_id])
        worklist.approve(work, by=CHIEF, approval_id=approval_id)
    bank.fate = lambda: "failed"
    carry(database, bank)
    new_card = card_number()
    with database.work() as work:
        person_id = payout(work, payout_id).payee_id
        assert person_id
        people.set_bank_card(work, by=SYSTEM, person_id=person_id, bank="工商银行", number=new_card)
        commands.reissue(work, by=CLERK, payout_id=payout_id, version=version(work, payout_id))
    bank.fate = lambda: "paid"
    carry(database, bank)
    with database.work() as work:
        assert payout(work, payout_id).state == "paid"
        first, second = attempts(work, payout_id)
        assert first.number != second.number
        assert second.payee["account"] == new_card
        assert balances(work)["payouts.paid"] == AMOUNT


def test_what_may_be_on_its_way_is_neither_cancelled_nor_sent_anew(
    database: BoundDatabase, bank: MemoryProvider
) -> None:
    bank.weather = lambda: "lost_answer"
    with database.work() as work:
        payout_id = ask(work)
    carry(database, bank)
    with database.work() as work:
        now = version(work, payout_id)
        with pytest.raises(PayoutState):
            commands.cancel(work, by=CLERK, payout_id=payout_id, version=now, reason="重复申请")
        with pytest.raises(PayoutState):
            commands.reissue(work, by=CLERK, payout_id=payout_id, version=now)


def test_a_cancelled_payout_is_nobodys_money_any_more(database: BoundDatabase, bank: MemoryProvider) -> None:
    with database.work() as work:
        payout_id = ask(work)
        commands.cancel(work, by=CLERK, payout_id=payout_id, version=1, reason="重复申请")
        assert balances(work) == {}
    carry(database, bank)
    assert not bank.orders
    with pytest.raises(PayoutChanged), database.work() as work:
        commands.cancel(work, by=CLERK, payout_id=payout_id, version=1, reason="重复申请")


def test_a_cancelled_payout_stays_so_whatever_is_said_of_it_later(
    database: BoundDatabase, bank: MemoryProvider
) -> None:
    bank.fate = lambda: "failed"
    with database.work() as work:
        payout_id = ask(work)
    carry(database, bank)
    with database.work() as work:
        now = version(work, payout_id)
        commands.cancel(work, by=CLERK, payout_id=payout_id, version=now, reason="重复申请")
        [attempt] = attempts(work, payout_id)
        settle(work, {attempt.id: Answer(Outcome.PAID)})
        assert (payout(work, payout_id).state, payout(work, payout_id).case) == (
            "cancelled",
            "paid_after_all",
        )


@pytest.mark.parametrize(("ended", "place"), [("paid", "payouts.paid"), ("failed", "payouts.payable")])
def test_two_people_say_how_a_doubtful_one_ended(database: BoundDatabase, ended: str, place: str) -> None:
    with database.work() as work:
        payout_id = ask(work, amount=500)
        [taken] = carrying.claim(work, Provider.BANK).send
        settle(work, {taken: Answer(Outcome.CONFLICT)})
        assert payout(work, payout_id).state == "manual"
        approval_id = commands.propose_resolution(
            work,
            by=CLERK,
            payout_id=payout_id,
            version=version(work, payout_id),
            ended=ended,  # type: ignore[arg-type]
            evidence="银行回单20261122-7",
        )
        with pytest.raises(OwnApproval):
            worklist.approve(work, by=CLERK, approval_id=approval_id)
    with database.work() as work:
        worklist.approve(work, by=CHIEF, approval_id=approval_id)
        assert payout(work, payout_id).state == ended
        assert balances(work) == {"fund.test": -500, place: 500}


def test_a_case_waits_for_the_second_person_and_not_for_who_had_it(work: Work) -> None:
    payout_id = ask(work, amount=500)
    [taken] = carrying.claim(work, Provider.BANK).send
    settle(work, {taken: Answer(Outcome.CONFLICT)})
    [case] = worklist_queries.task_views(work, work.session.scalars(worklist_queries.tasks(by=CLERK)).all())

    def propose(by: Actor) -> UUID:
        return commands.propose_resolution(
            work,
            by=by,
            payout_id=payout_id,
            version=version(work, payout_id),
            ended="paid",
            evidence="银行回单20261122-7",
        )

    worklist.claim(work, by=CLERK, task_id=case.task_id, version=case.version)
    with pytest.raises(TaskTaken):
        propose(COLLEAGUE)
    worklist.approve(work, by=CHIEF, approval_id=propose(CLERK))
    assert payout(work, payout_id).state == "paid"
    assert worklist_queries.task(work, case.task_id).state == "done"


def test_the_stop_switch_stops_sending_and_never_asking(
    database: BoundDatabase, bank: MemoryProvider, clock: FixedClock
) -> None:
    bank.weather = lambda: "lost_answer"
    with database.work() as work:
        ask(work, amount=100)
    carry(database, bank)
    bank.weather = lambda: "fine"
    for scope in ("all", "bank", "test_grant"):
        with database.work() as work:
            commands.stop(work, by=CHIEF, scope=scope, reason="核查异常")
            held_back = ask(work, amount=7)
        clock.advance(timedelta(minutes=1))
        carry(database, bank)
        with database.work() as work:
            assert payout(work, held_back).state == "in_progress"
            commands.resume(work, by=CHIEF, scope=scope)
        carry(database, bank)
        with database.work() as work:
            assert payout(work, held_back).state == "paid"
    assert bank.money_out == 100 + 3 * 7


def test_who_may_stop_and_what(work: Work) -> None:
    with pytest.raises(Forbidden):
        commands.stop(work, by=CLERK, scope="all", reason="核查异常")
    with pytest.raises(NotFound):
        commands.stop(work, by=CHIEF, scope="nothing", reason="核查异常")
    commands.stop(work, by=CHIEF, scope="all", reason="核查异常")
    with pytest.raises(commands.switches.AlreadyStopped):
        commands.stop(work, by=CHIEF, scope="all", reason="核查异常")
