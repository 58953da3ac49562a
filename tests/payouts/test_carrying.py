"""A payout goes out once, whatever the provider answers, and every fen of it is in one place."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from backend.kernel.clock import FixedClock
from backend.kernel.db import BoundDatabase, Database
from backend.kernel.jobs import Job
from backend.kernel.money import Fen
from backend.payouts import carrying
from backend.payouts.errors import AmountRefused, SourceDiffers
from backend.payouts.events import PayoutSettled
from backend.payouts.ports import Answer, Outcome, Provider, Reason
from backend.payouts.settling import settle
from backend.web.house import House
from backend.worklist.models import Task
from tests.support.payouts import GRANT, ask, attempts, balances, carry, payout
from tests.support.people import make_agency
from tests.support.providers import MemoryProvider

AMOUNT = 12_345


@pytest.fixture(autouse=True)
def kinds(house: House) -> None:
    """A house, so that kinds of tasks and handlers are known."""


@pytest.fixture
def bank() -> MemoryProvider:
    return MemoryProvider()


def asked(database: Database) -> UUID:
    with database.work() as work:
        return ask(work, amount=AMOUNT)


def state(database: Database, payout_id: UUID) -> tuple[str, list[str]]:
    with database.work() as work:
        return payout(work, payout_id).state, [one.state for one in attempts(work, payout_id)]


def where(database: Database) -> dict[str, int]:
    with database.work() as work:
        found = balances(work)
    found.pop("fund.test", None)
    return found


def test_a_payout_is_paid_and_booked(database: BoundDatabase, bank: MemoryProvider) -> None:
    payout_id = asked(database)
    assert where(database) == {"payouts.payable": AMOUNT}
    carry(database, bank)
    assert state(database, payout_id) == ("paid", ["paid"])
    assert where(database) == {"payouts.paid": AMOUNT}
    assert bank.money_out == AMOUNT
    with database.work() as work:
        [attempt] = attempts(work, payout_id)
        assert attempt.reference == f"B{attempt.number}"
        assert attempt.settled_on is not None
        assert len(attempt.number) == 26


def test_the_same_business_event_asks_once(database: BoundDatabase) -> None:
    with database.work() as work:
        first = ask(work, source="pension-2026-11")
        assert ask(work, source="pension-2026-11") == first
        with pytest.raises(SourceDiffers):
            ask(work, source="pension-2026-11", amount=1)


@pytest.mark.parametrize("amount", [0, -1, GRANT.single_limit + 1])
def test_an_amount_outside_its_limit_is_refused(database: BoundDatabase, amount: int) -> None:
    with pytest.raises(AmountRefused), database.work() as work:
        ask(work, amount=amount)


def test_a_lost_answer_is_asked_about_under_the_same_number(
    database: BoundDatabase, bank: MemoryProvider, clock: FixedClock
) -> None:
    payout_id = asked(database)
    bank.weather = lambda: "lost_answer"
    carry(database, bank)
    assert state(database, payout_id) == ("in_progress", ["unknown"])
    assert where(database) == {"payouts.in_transit": AMOUNT}
    bank.weather = lambda: "fine"
    clock.advance(timedelta(minutes=1))
    carry(database, bank)
    assert state(database, payout_id) == ("paid", ["paid"])
    assert list(bank.calls.values()) == [1]


def test_a_number_that_never_arrived_is_sent_again(
    database: BoundDatabase, bank: MemoryProvider, clock: FixedClock
) -> None:
    payout_id = asked(database)
    bank.weather = lambda: "lost_request"
    carry(database, bank)
    bank.weather = lambda: "fine"
    clock.advance(timedelta(minutes=1))
    carry(database, bank)
    assert state(database, payout_id) == ("paid", ["paid"])
    assert (len(bank.orders), list(bank.calls.values())) == (1, [2])


def test_a_worker_that_died_with_a_number_in_hand_leaves_it_to_another(
    database: BoundDatabase, bank: MemoryProvider, clock: FixedClock
) -> None:
    payout_id = asked(database)
    with database.work() as work:
        taken = carrying.claim(work, Provider.BANK)
    bank.pay(list(taken.send.values()))  # and then it died
    carry(database, bank)
    assert state(database, payout_id) == ("in_progress", ["sending"])
    clock.advance(carrying.LEASE)
    carry(database, bank)
    assert state(database, payout_id) == ("paid", ["paid"])
    assert bank.money_out == AMOUNT


def test_what_is_declined_waits_and_goes_out_later(
    database: BoundDatabase, bank: MemoryProvider, clock: FixedClock
) -> None:
    payout_id = asked(database)
    bank.weather = lambda: "declined"
    carry(database, bank)
    assert state(database, payout_id) == ("in_progress", ["waiting"])
    bank.weather = lambda: "fine"
    carry(database, bank)
    assert bank.money_out == 0
    clock.advance(timedelta(minutes=1))
    carry(database, bank)
    assert (state(database, payout_id), bank.money_out) == (("paid", ["paid"]), AMOUNT)


def test_a_wrong_payee_is_a_case_for_a_clerk(database: BoundDatabase, bank: MemoryProvider) -> None:
    payout_id = asked(database)
    bank.fate = lambda: "failed"
    carry(database, bank)
    assert state(database, payout_id) == ("failed", ["failed"])
    assert where(database) == {"payouts.payable": AMOUNT}
    with database.work() as work:
        assert payout(work, payout_id).case == "failed_payee"
        task = work.session.scalars(select(Task).where(Task.object_id == payout_id)).one()
        assert (task.kind, task.state) == ("payout_case", "open")


def test_money_that_comes_back_is_owed_again(
    database: BoundDatabase, bank: MemoryProvider, clock: FixedClock
) -> None:
    payout_id = asked(database)
    bank.fate = lambda: "accepted"
    carry(database, bank)
    assert state(database, payout_id) == ("in_progress", ["accepted"])
    [number] = bank.orders
    bank.becomes(number, "paid")
    clock.advance(timedelta(hours=2))
    carry(database, bank)
    assert where(database) == {"payouts.paid": AMOUNT}
    with database.work() as work:
        [attempt] = attempts(work, payout_id)
        settle(work, {attempt.id: Answer(Outcome.RETURNED)})
    assert state(database, payout_id) == ("returned", ["returned"])
    assert where(database) == {"payouts.payable": AMOUNT}


def test_an_answer_that_comes_twice_or_too_late_changes_nothing(
    database: BoundDatabase, bank: MemoryProvider
) -> None:
    payout_id = asked(database)
    carry(database, bank)
    with database.work() as work:
        [attempt] = attempts(work, payout_id)
        for outcome in (Outcome.PAID, Outcome.ACCEPTED, Outcome.UNKNOWN, Outcome.DECLINED, Outcome.NOT_FOUND):
            settle(work, {attempt.id: Answer(outcome)})
    assert state(database, payout_id) == ("paid", ["paid"])
    assert where(database) == {"payouts.paid": AMOUNT}


def test_a_provider_that_was_busy_is_told_again_under_another_number(
    database: BoundDatabase, bank: MemoryProvider
) -> None:
    payout_id = asked(database)
    with database.work() as work:
        [taken] = carrying.claim(work, Provider.BANK).send
        settle(work, {taken: Answer(Outcome.FAILED, code="SEND_FAILED", reason=Reason.BUSY)})
    assert state(database, payout_id) == ("in_progress", ["failed", "waiting"])
    carry(database, bank)
    assert state(database, payout_id) == ("paid", ["failed", "paid"])
    assert where(database) == {"payouts.paid": AMOUNT}


def test_another_amount_is_left_to_a_person(database: BoundDatabase) -> None:
    payout_id = asked(database)
    with database.work() as work:
        [taken] = carrying.claim(work, Provider.BANK).send
        settle(work, {taken: Answer(Outcome.PAID, amount=Fen(AMOUNT + 1))})
    assert state(database, payout_id) == ("manual", ["manual"])
    assert where(database) == {"payouts.in_transit": AMOUNT}


def test_no_more_goes_out_in_a_day_than_its_limit(
    database: BoundDatabase, bank: MemoryProvider, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = GRANT.__class__(**{**GRANT.__dict__, "name": "test_limited", "daily_limit": Fen(2 * AMOUNT)})
    with database.work() as work:
        for _ in range(5):
            ask(work, amount=AMOUNT, kind=kind)
    carry(database, bank)
    assert bank.money_out == 2 * AMOUNT
    clock.advance(timedelta(hours=23))
    carry(database, bank)
    assert bank.money_out == 4 * AMOUNT


def test_whoever_asked_is_told(database: BoundDatabase, bank: MemoryProvider, house: House) -> None:
    house.registry.local("test.told", lambda work, payload: None)
    house.registry.on(PayoutSettled, "test.told", wants=lambda event: event.kind == GRANT.name)
    payout_id = asked(database)
    carry(database, bank)
    with database.work() as work:
        [told] = work.session.scalars(select(Job.payload).where(Job.kind == "test.told"))
    assert told["payout_id"] == str(payout_id)
    assert told["state"] == "paid"


def test_many_go_out_in_batches(database: BoundDatabase, bank: MemoryProvider) -> None:
    with database.work() as work:
        agency_id = make_agency(work, "460200", under="46")
        for _ in range(carrying.BATCH + 3):
            ask(work, amount=100, agency_id=agency_id)
    carry(database, bank)
    assert bank.money_out == 100 * (carrying.BATCH + 3)
    assert where(database) == {"payouts.paid": 100 * (carrying.BATCH + 3)}
