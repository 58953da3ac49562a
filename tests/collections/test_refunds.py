"""Receipts, booking, and the two ways in which money goes back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from backend.collections import commands
from backend.collections.errors import CollectionChanged, CollectionState, NothingToRefund
from backend.collections.kinds import CollectionKind
from backend.collections.ports import Receipt
from backend.collections.receipts import ReceiptDesk, take
from backend.collections.refunding import settled
from backend.kernel.clock import FixedClock
from backend.kernel.db import BoundDatabase, Database
from backend.kernel.errors import NotFound
from backend.kernel.money import Fen
from backend.payouts import commands as payout_commands
from backend.payouts.models import Payout
from backend.payouts.ports import Provider
from tests.support.collections import (
    AMOUNT,
    balances,
    bill,
    paid,
    payments,
    refunds,
    release,
    send_back,
    wanted,
)
from tests.support.people import SYSTEM, staff_actor
from tests.support.providers import MemoryProvider
from tests.support.tills import MemoryTax, MemoryTill

CLERK = staff_actor("collections.refund", "collections.handle", path="46.460100")
ELSEWHERE = staff_actor("collections.refund", "collections.handle", path="46.460200")


def paid_bill(database: Database, till: MemoryTill, **given: Any) -> UUID:
    with database.work() as work:
        bill_id = wanted(work, **given)
    paid(database, till, bill_id)
    return bill_id


def ask_back(database: Database, bill_id: UUID, **given: Any) -> None:
    with database.work() as work:
        version = bill(work, bill_id).version
        commands.request_refund(
            work,
            collection_id=bill_id,
            **{"by": CLERK, "version": version, "reason": "参保人申请退费"} | given,
        )


def receipted(database: Database, tax: MemoryTax) -> None:
    ReceiptDesk(tax).fetch(database, {})


def test_a_receipt_books_what_books_itself(database: BoundDatabase, till: MemoryTill) -> None:
    bill_id = paid_bill(database, till)
    tax = MemoryTax()
    receipted(database, tax)
    with database.work() as work:
        row = bill(work, bill_id)
        assert (row.state, row.receipt_number) == ("booked", *tax.given.values())
        assert balances(work) == {"collections.collector": -AMOUNT, "collected_110": AMOUNT}


def test_paid_but_not_in_the_treasury_is_watched_and_becomes_a_case(
    database: BoundDatabase, till: MemoryTill, clock: FixedClock
) -> None:
    bill_id = paid_bill(database, till)
    tax = MemoryTax(open=False)
    receipted(database, tax)
    clock.advance(timedelta(days=3))
    receipted(database, tax)
    with database.work() as work:
        row = bill(work, bill_id)
        assert (row.state, row.case) == ("paid", "receipt_late")
    tax.open = True
    clock.advance(timedelta(minutes=11))
    receipted(database, tax)
    with database.work() as work:
        assert bill(work, bill_id).state == "booked"


def test_a_payment_that_the_tax_authority_does_not_know_is_for_a_person(
    database: BoundDatabase, till: MemoryTill
) -> None:
    bill_id = paid_bill(database, till)
    receipted(database, MemoryTax(refuses="3002"))
    with database.work() as work:
        assert bill(work, bill_id).case == "receipt_refused"


def test_a_second_receipt_changes_nothing_and_is_seen(database: BoundDatabase, till: MemoryTill) -> None:
    bill_id = paid_bill(database, till)
    with database.work() as work:
        take(work, bill_id, Receipt("A-1"))
        take(work, bill_id, Receipt("A-1"))
        assert bill(work, bill_id).case is None
        take(work, bill_id, Receipt("B-2"))
        row = bill(work, bill_id)
        assert (row.receipt_number, row.case) == ("A-1", "second_receipt")


def test_a_room_books_where_it_belongs_once(database: BoundDatabase, till: MemoryTill) -> None:
    kind = CollectionKind("test_booked_above", "由业务入账", Fen(1_000_000))
    bill_id = paid_bill(database, till, kind=kind)
    into = {"collected_110": Fen(AMOUNT - 20_000), "collected_310": Fen(20_000)}
    with pytest.raises(CollectionState), database.work() as work:
        commands.book(work, collection_id=bill_id, into=into)
    receipted(database, MemoryTax())
    for _ in range(2):
        with database.work() as work:
            commands.book(work, collection_id=bill_id, into=into)
    with database.work() as work:
        assert balances(work) == {"collections.collector": -AMOUNT, **into}


def test_before_the_receipt_it_goes_back_through_the_payment(
    database: BoundDatabase, till: MemoryTill, refunder: MemoryProvider
) -> None:
    bill_id = paid_bill(database, till)
    ask_back(database, bill_id)
    send_back(database, refunder)
    assert not refunder.orders, "nobody has agreed yet"
    with database.work() as work:
        release(work, bill_id)
    receipted(database, MemoryTax())
    send_back(database, refunder)
    with database.work() as work:
        row = bill(work, bill_id)
        assert (row.state, row.receipt_number) == ("refunded", None)
        assert balances(work) == {"collections.collector": -AMOUNT, "payouts.paid": AMOUNT}


def test_once_booked_it_is_a_tax_refund(
    database: BoundDatabase, till: MemoryTill, refunder: MemoryProvider
) -> None:
    bill_id = paid_bill(database, till)
    receipted(database, MemoryTax())
    ask_back(database, bill_id)
    with database.work() as work:
        release(work, bill_id)
    send_back(database, refunder)
    assert not refunder.orders
    send_back(database, refunder, name=Provider.TAX_REFUND)
    with database.work() as work:
        assert bill(work, bill_id).state == "refunded"
        assert balances(work) == {"collections.collector": -AMOUNT, "payouts.paid": AMOUNT}


def test_nothing_is_refunded_twice(
    database: BoundDatabase, till: MemoryTill, refunder: MemoryProvider
) -> None:
    bill_id = paid_bill(database, till)
    ask_back(database, bill_id)
    with pytest.raises(NothingToRefund):
        ask_back(database, bill_id)
    with database.work() as work:
        release(work, bill_id)
    send_back(database, refunder)
    with pytest.raises(NothingToRefund):
        ask_back(database, bill_id)
    assert refunder.money_out == AMOUNT


def test_a_refund_that_was_taken_back_leaves_the_money_where_it_was(
    database: BoundDatabase, till: MemoryTill
) -> None:
    bill_id = paid_bill(database, till)
    ask_back(database, bill_id)
    with database.work() as work:
        [asked] = refunds(work, bill_id)
        payout = work.session.get_one(Payout, asked.payout_id)
        payout_commands.cancel(work, by=SYSTEM, payout_id=payout.id, version=payout.version, reason="不退了")
        settled(work, payout.id, "cancelled")
    receipted(database, MemoryTax())
    with database.work() as work:
        assert payments(work, bill_id)[0].given_back == 0
        assert bill(work, bill_id).state == "booked"
        assert balances(work) == {"collections.collector": -AMOUNT, "collected_110": AMOUNT}


def test_what_is_on_its_way_back_is_not_booked(database: BoundDatabase, till: MemoryTill) -> None:
    bill_id = paid_bill(database, till)
    ask_back(database, bill_id)
    with database.work() as work:
        take(work, bill_id, Receipt("A-1"))
        assert bill(work, bill_id).state == "paid"
        assert balances(work)["payouts.payable"] == AMOUNT


def test_only_who_may_and_sees_the_present_state(database: BoundDatabase, till: MemoryTill) -> None:
    bill_id = paid_bill(database, till)
    with pytest.raises(NotFound):
        ask_back(database, bill_id, by=ELSEWHERE)
    with pytest.raises(CollectionChanged):
        ask_back(database, bill_id, version=1)
    with pytest.raises(NotFound):
        ask_back(database, bill_id, payment_id=UUID(int=1))


def test_a_case_is_ended_by_whoever_looked_into_it(
    database: BoundDatabase, till: MemoryTill, clock: FixedClock
) -> None:
    bill_id = paid_bill(database, till)
    receipted(database, MemoryTax(refuses="3002"))
    with database.work() as work:
        version = bill(work, bill_id).version
        commands.close_case(work, by=CLERK, collection_id=bill_id, version=version, reason="已与税务核对")
        version = bill(work, bill_id).version
        assert bill(work, bill_id).case is None
        commands.look_again(work, by=CLERK, collection_id=bill_id, version=version)
    receipted(database, MemoryTax())
    with database.work() as work:
        assert bill(work, bill_id).state == "booked"
