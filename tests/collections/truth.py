"""What must hold between our books and the provider's, at any moment and at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select

from backend.collections.models import Collection, Payment, PaymentOrder, Refund
from backend.collections.rules import LIVE
from backend.kernel.db import Database
from tests.support.collections import balances
from tests.support.providers import MemoryProvider
from tests.support.tills import MemoryTill


@dataclass(frozen=True)
class Books:
    """All that our side knows, as rows."""

    bills: Sequence[Row]
    orders: Sequence[Row]
    payments: Sequence[Row]
    refunds: Sequence[Row]
    ledger: dict[str, int]

    def of(self, rows: Sequence[Row], bill: Row) -> list[Row]:
        """Those rows that belong to a bill."""
        return [one for one in rows if one.collection_id == bill.id]


def books(database: Database) -> Books:
    """One look at everything."""
    with database.work() as work:

        def rows(model: Any) -> Sequence[Row]:
            return work.session.execute(select(model.__table__)).all()

        return Books(*map(rows, (Collection, PaymentOrder, Payment, Refund)), balances(work))  # type: ignore[arg-type]


def require_truth(ours: Books, till: MemoryTill, refunder: MemoryProvider) -> None:
    """Each payment is in the provider's books, once; each bill is what its payments say."""
    for bill in ours.bills:
        came_in, tried = ours.of(ours.payments, bill), ours.of(ours.orders, bill)
        applied = [one for one in came_in if one.use == "applied"]
        assert len(applied) <= 1
        assert bool(applied) == (bill.state in ("paid", "booked", "refunded"))
        assert all(one.amount == bill.amount for one in applied)
        assert sum(one.state in LIVE for one in tried) <= 1
    paid_by = {one.order_id: one for one in ours.payments}
    for order in ours.orders:
        assert (order.state == "paid") == (order.id in paid_by)
        assert order.state not in LIVE or order.due_at is not None, "nobody will ever look at it again"
        if order.id in paid_by:
            _require_payment(ours, order, paid_by[order.id], till, refunder)


def _require_payment(
    ours: Books, order: Row, payment: Row, till: MemoryTill, refunder: MemoryProvider
) -> None:
    known = till.orders[order.number]
    assert (known.state, known.reference) == ("paid", payment.reference)
    assert known.instruction.amount == payment.amount
    back = [one for one in ours.refunds if one.payment_id == payment.id and one.state != "cancelled"]
    assert payment.given_back == sum(one.amount for one in back)
    assert _refunded(refunder, order.number) <= payment.amount


def require_places(ours: Books) -> None:
    """Every fen is in one place."""
    found, bills = ours.ledger, {one.id: one for one in ours.bills}
    assert sum(found.values()) == 0
    assert -found.get("collections.collector", 0) == sum(one.amount for one in ours.payments)
    here = [(bills[one.collection_id], one, one.amount - one.given_back) for one in ours.payments]
    kept = [(bill, fen) for bill, one, fen in here if one.use == "applied"]
    assert found.get("collections.received", 0) == sum(fen for bill, fen in kept if bill.booked_at is None)
    assert found.get("collected_110", 0) == sum(fen for bill, fen in kept if bill.booked_at)
    assert found.get("collections.unowed", 0) == sum(fen for _, one, fen in here if one.use != "applied")


def require_end(ours: Books, till: MemoryTill) -> None:
    """Once there was time for everything, nothing is forgotten, and nothing kept that was not owed."""
    assert not any(one.state in LIVE for one in ours.orders)
    paid = {number for number, one in till.orders.items() if one.state == "paid"}
    known = {one.order_id for one in ours.payments}
    assert paid == {one.number for one in ours.orders if one.id in known}, "money that nobody knows of"
    for bill in ours.bills:
        came_in = ours.of(ours.payments, bill)
        if bill.case is None:
            on_top = [one for one in came_in if one.use != "applied"]
            assert all(one.given_back == one.amount for one in on_top), "kept what was not owed"
            assert bill.state != "paid" or any(one.given_back for one in came_in), "never booked"


def _refunded(refunder: MemoryProvider, number: str) -> int:
    """What the provider has sent back of an order."""
    return sum(
        one.payments * one.instruction.amount
        for one in refunder.orders.values()
        if one.instruction.payee.account == number and one.fate == "paid"
    )
