"""A bill is paid once, whatever gets lost on the way, and what comes on top goes back."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from backend.collections import commands
from backend.collections.cashier import Cashier, ToOpen, prepare
from backend.collections.errors import (
    AlreadyPaid,
    AmountRefused,
    CollectionState,
    NotPayable,
    PaymentBusy,
    SourceDiffers,
)
from backend.collections.notices import hear
from backend.collections.ports import Notice, Trade, TradeAnswer
from backend.collections.settling import settle
from backend.kernel.clock import FixedClock
from backend.kernel.db import BoundDatabase, Database
from backend.kernel.money import Fen
from backend.worklist.models import Task
from tests.support.collections import (
    AMOUNT,
    ANNA,
    BO,
    at_till,
    balances,
    bill,
    orders,
    paid,
    payments,
    refunds,
    send_back,
    tell,
    wanted,
    watch,
)
from tests.support.people import SYSTEM
from tests.support.providers import MemoryProvider
from tests.support.tills import MemoryTill


def asked(database: Database, **given: object) -> UUID:
    with database.work() as work:
        return wanted(work, **given)


def state(database: Database, bill_id: UUID) -> tuple[str, list[str], list[str]]:
    """Of the bill, its orders and its payments."""
    with database.work() as work:
        uses = [one.use for one in payments(work, bill_id)]
        return bill(work, bill_id).state, [one.state for one in orders(work, bill_id)], uses


def notice(number: str, answer: TradeAnswer, event_id: str = "EV-1") -> Notice:
    return Notice(event_id, "order", number, trade=answer, raw="{}")


def test_a_citizen_pays_and_the_ledger_knows(database: BoundDatabase, till: MemoryTill) -> None:
    bill_id = asked(database)
    opened = at_till(database, till, bill_id)
    assert opened is not None
    assert opened.parameters["package"] == f"prepay_id=wx{opened.number}"
    till.pay(opened.number)
    with database.work() as work:
        hear(work, notice(opened.number, till.told(opened.number)))
    assert state(database, bill_id) == ("paid", ["paid"], ["applied"])
    with database.work() as work:
        assert balances(work) == {"collections.collector": -AMOUNT, "collections.received": AMOUNT}
        assert bill(work, bill_id).paid_at is not None


def test_a_second_tap_finds_the_same_order(database: BoundDatabase, till: MemoryTill) -> None:
    bill_id = asked(database)
    first, second = at_till(database, till, bill_id), at_till(database, till, bill_id)
    assert first == second
    assert [call for call, _ in till.calls] == ["open"]


@pytest.mark.parametrize("weather", ["lost_answer", "lost_request"])
def test_an_answer_that_never_came_is_the_same_order_again(
    database: BoundDatabase, till: MemoryTill, weather: str
) -> None:
    bill_id = asked(database)
    till.weather = lambda: weather  # type: ignore[assignment,return-value]
    assert at_till(database, till, bill_id) is None
    till.weather = lambda: "fine"
    opened = at_till(database, till, bill_id)
    assert opened is not None
    assert list(till.orders) == [opened.number]
    assert state(database, bill_id)[:2] == ("open", ["open"])


def test_a_lost_notice_is_found_by_asking(
    database: BoundDatabase, till: MemoryTill, clock: FixedClock
) -> None:
    bill_id = asked(database)
    opened = at_till(database, till, bill_id)
    assert opened is not None
    till.pay(opened.number)
    clock.advance(timedelta(minutes=1))
    watch(database, till)
    assert state(database, bill_id) == ("paid", ["paid"], ["applied"])


def test_a_notice_told_twice_and_late_changes_nothing(
    database: BoundDatabase, till: MemoryTill, clock: FixedClock
) -> None:
    bill_id = asked(database)
    number = paid(database, till, bill_id)
    for event_id in ("EV-1", "EV-1", "EV-2"):
        clock.advance(timedelta(hours=3))
        with database.work() as work:
            hear(work, notice(number, till.told(number), event_id))
    assert state(database, bill_id) == ("paid", ["paid"], ["applied"])
    with database.work() as work:
        assert balances(work)["collections.received"] == AMOUNT


def test_a_notice_of_an_unknown_order_is_kept_and_nothing_else(database: BoundDatabase) -> None:
    with database.work() as work:
        hear(work, notice("SOMEBODYELSES", TradeAnswer(Trade.PAID, reference="42", amount=Fen(1))))
        assert not balances(work)


def test_another_payer_closes_the_first_ones_order(database: BoundDatabase, till: MemoryTill) -> None:
    bill_id = asked(database)
    first = at_till(database, till, bill_id, ANNA)
    second = at_till(database, till, bill_id, BO)
    assert first is not None
    assert second is not None
    assert not till.pay(first.number)
    assert till.pay(second.number)
    tell(database, till, second.number)
    assert state(database, bill_id) == ("paid", ["closed", "paid"], ["applied"])


def test_a_second_payer_who_is_late_is_told_so(database: BoundDatabase, till: MemoryTill) -> None:
    bill_id = asked(database)
    first = at_till(database, till, bill_id, ANNA)
    assert first is not None
    till.pay(first.number)  # and the notice is lost
    with pytest.raises(AlreadyPaid):
        at_till(database, till, bill_id, BO)


def test_a_payment_that_was_under_way_when_the_order_closed_still_pays(
    database: BoundDatabase, till: MemoryTill, clock: FixedClock
) -> None:
    bill_id = asked(database)
    opened = at_till(database, till, bill_id)
    assert opened is not None
    clock.advance(timedelta(hours=2))
    watch(database, till)
    assert state(database, bill_id)[1] == ["closed"]
    till.pay(opened.number, late=True)
    clock.advance(timedelta(minutes=11))
    watch(database, till)
    assert state(database, bill_id) == ("paid", ["paid"], ["applied"])


def test_an_order_that_two_have_closed_is_still_looked_at_again(
    database: BoundDatabase, till: MemoryTill, clock: FixedClock
) -> None:
    bill_id = asked(database)
    opened = at_till(database, till, bill_id)
    assert opened is not None
    clock.advance(timedelta(hours=2))
    watch(database, till)
    with database.work() as work:
        settle(work, opened.order_id, TradeAnswer(Trade.CLOSED, code="ORDER_CLOSED"))
    till.pay(opened.number, late=True)
    clock.advance(timedelta(minutes=11))
    watch(database, till)
    assert state(database, bill_id) == ("paid", ["paid"], ["applied"])


def test_an_order_that_opened_behind_its_close_is_closed_again(
    database: BoundDatabase, till: MemoryTill
) -> None:
    bill_id = asked(database)
    with database.work() as work:
        slow = prepare(work, collection_id=bill_id, payer=ANNA)
    assert isinstance(slow, ToOpen)
    at_till(database, till, bill_id, BO)
    answer = till.open(slow.instruction)
    with database.work() as work:
        settle(work, slow.order_id, answer)
    watch(database, till)
    assert till.orders[slow.instruction.number].state == "closed"
    assert state(database, bill_id)[:2] == ("open", ["closed", "open"])


def test_what_is_paid_twice_goes_back_by_itself(
    database: BoundDatabase, till: MemoryTill, refunder: MemoryProvider
) -> None:
    bill_id = asked(database)
    first = at_till(database, till, bill_id, ANNA)
    assert first is not None
    paid(database, till, bill_id, BO)
    till.pay(first.number, late=True)
    tell(database, till, first.number)
    assert state(database, bill_id) == ("paid", ["paid", "paid"], ["applied", "duplicate"])
    send_back(database, refunder)
    with database.work() as work:
        assert [one.state for one in refunds(work, bill_id)] == ["refunded"]
        assert balances(work) == {
            "collections.collector": -2 * AMOUNT,
            "collections.received": AMOUNT,
            "payouts.paid": AMOUNT,
        }
    [order] = refunder.orders.values()
    assert order.instruction.payee.account == first.number
    assert refunder.money_out == AMOUNT


def test_what_was_withdrawn_is_not_kept(
    database: BoundDatabase, till: MemoryTill, refunder: MemoryProvider
) -> None:
    bill_id = asked(database)
    opened = at_till(database, till, bill_id)
    assert opened is not None
    with database.work() as work:
        commands.withdraw(work, by=SYSTEM, collection_id=bill_id, reason="重新申报")
    till.pay(opened.number)
    watch(database, till)
    send_back(database, refunder)
    assert state(database, bill_id) == ("withdrawn", ["paid"], ["stray"])
    assert refunder.money_out == AMOUNT


def test_another_amount_needs_another_order(
    database: BoundDatabase, till: MemoryTill, refunder: MemoryProvider
) -> None:
    bill_id = asked(database)
    old = at_till(database, till, bill_id)
    assert old is not None
    with database.work() as work:
        commands.change_amount(work, by=SYSTEM, collection_id=bill_id, amount=Fen(AMOUNT + 100))
    new = at_till(database, till, bill_id)
    assert new is not None
    assert new.number != old.number
    assert till.orders[new.number].instruction.amount == AMOUNT + 100
    till.pay(old.number, late=True)
    tell(database, till, old.number)
    send_back(database, refunder)
    assert state(database, bill_id) == ("open", ["paid", "open"], ["stray"])
    assert refunder.money_out == AMOUNT


def test_another_amount_than_ordered_is_for_a_person(
    database: BoundDatabase, till: MemoryTill, refunder: MemoryProvider, clock: FixedClock
) -> None:
    bill_id = asked(database)
    opened = at_till(database, till, bill_id)
    assert opened is not None
    lie = TradeAnswer(Trade.PAID, reference="4200099", amount=Fen(1), paid_at=clock.now())
    with database.work() as work:
        settle(work, opened.order_id, lie)
    send_back(database, refunder)
    assert state(database, bill_id) == ("open", ["paid"], ["stray"])
    assert not refunder.orders
    with database.work() as work:
        assert bill(work, bill_id).case == "amount_differs"
        assert work.session.scalars(select(Task.object_id)).all() == [bill_id]


def test_two_transactions_for_one_order_are_for_a_person(
    database: BoundDatabase, till: MemoryTill, clock: FixedClock
) -> None:
    bill_id = asked(database)
    number = paid(database, till, bill_id)
    other = TradeAnswer(Trade.PAID, reference="4200077", amount=Fen(AMOUNT), paid_at=clock.now())
    with database.work() as work:
        hear(work, notice(number, other))
        assert bill(work, bill_id).case == "paid_twice_on_one_order"
    assert state(database, bill_id) == ("paid", ["paid"], ["applied"])


def test_a_closed_answer_after_payment_is_for_a_person(database: BoundDatabase, till: MemoryTill) -> None:
    bill_id = asked(database)
    paid(database, till, bill_id)
    with database.work() as work:
        settle(work, orders(work, bill_id)[0].id, TradeAnswer(Trade.CLOSED))
        assert bill(work, bill_id).case == "not_paid_after_all"
    assert state(database, bill_id) == ("paid", ["paid"], ["applied"])


def test_an_order_that_is_over_is_closed_and_another_one_opened(
    database: BoundDatabase, till: MemoryTill, clock: FixedClock
) -> None:
    bill_id = asked(database)
    at_till(database, till, bill_id)
    clock.advance(timedelta(hours=2, minutes=1))
    watch(database, till)
    assert state(database, bill_id)[:2] == ("open", ["closed"])
    paid(database, till, bill_id)
    assert state(database, bill_id)[:2] == ("paid", ["closed", "paid"])


def test_a_provider_that_is_away_for_an_hour_loses_nothing(
    database: BoundDatabase, till: MemoryTill, clock: FixedClock
) -> None:
    bill_id = asked(database)
    opened = at_till(database, till, bill_id)
    assert opened is not None
    till.pay(opened.number)
    till.weather = lambda: "lost_request"
    for _ in range(12):
        clock.advance(timedelta(minutes=5))
        watch(database, till)
    assert state(database, bill_id)[:2] == ("open", ["open"])
    till.weather = lambda: "fine"
    clock.advance(timedelta(minutes=10))
    watch(database, till)
    assert state(database, bill_id)[:2] == ("paid", ["paid"])


def test_whoever_dies_at_the_till_leaves_an_order_that_ends(
    database: BoundDatabase, till: MemoryTill, clock: FixedClock
) -> None:
    bill_id = asked(database)
    with database.work() as work:
        prepare(work, collection_id=bill_id, payer=ANNA)
    clock.advance(timedelta(minutes=2))
    watch(database, till)
    assert state(database, bill_id)[:2] == ("open", ["closed"])


def test_nothing_is_opened_for_what_cannot_be_paid(
    database: BoundDatabase, till: MemoryTill, clock: FixedClock
) -> None:
    bill_id = asked(database)
    paid(database, till, bill_id)
    with pytest.raises(AlreadyPaid):
        at_till(database, till, bill_id)
    gone = asked(database)
    with database.work() as work:
        commands.withdraw(work, by=SYSTEM, collection_id=gone, reason="不再需要")
    with pytest.raises(NotPayable):
        at_till(database, till, gone)
    over = asked(database)
    clock.advance(timedelta(days=15))
    with pytest.raises(NotPayable):
        at_till(database, till, over)
    with pytest.raises(CollectionState), database.work() as work:
        commands.withdraw(work, by=SYSTEM, collection_id=bill_id, reason="不想要了")


def test_a_provider_that_does_not_answer_is_said_so(database: BoundDatabase, till: MemoryTill) -> None:
    bill_id = asked(database)
    till.weather = lambda: "lost_request"
    with pytest.raises(PaymentBusy, match="没有扣款"):
        Cashier(till).pay(database, collection_id=bill_id, payer=ANNA)


def test_the_same_business_asks_once(database: BoundDatabase) -> None:
    first = asked(database, source="same")
    with database.work() as work:
        person_id = bill(work, first).person_id
    assert asked(database, source="same", person_id=person_id) == first
    with pytest.raises(SourceDiffers):
        asked(database, source="same", person_id=person_id, amount=AMOUNT + 1)
    for amount in (0, -1, 1_000_001):
        with pytest.raises(AmountRefused):
            asked(database, amount=amount)
