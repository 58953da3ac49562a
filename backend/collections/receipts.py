"""Receipts: the tax authority is asked until it has the money in the treasury; then it can be booked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from backend.collections.booking import book_by_itself
from backend.collections.cases import open_case
from backend.collections.events import CollectionReceipted
from backend.collections.models import Collection, Payment, PaymentOrder
from backend.collections.ports import Receipt, TaxAuthority, TaxPayment
from backend.collections.rules import pause
from backend.kernel.db import Database, Work
from backend.kernel.jobs import emit
from backend.kernel.money import Fen
from backend.people import queries as people

RECEIPTS = "collections.receipts"
EVERY = timedelta(seconds=15)
LEASE = timedelta(minutes=5)
BATCH = 50
IN_HAND = timedelta(minutes=4)
LATE = timedelta(days=2)
"""Paid so long ago, and still not in the treasury: somebody has to ask on the telephone."""


class ReceiptDesk:
    """Asks the tax authority."""

    def __init__(self, tax: TaxAuthority) -> None:
        self._tax = tax

    def fetch(self, database: Database, _payload: Mapping[str, Any]) -> None:
        """The job: one batch after another, until nothing is due."""
        while self.fetch_some(database):
            pass

    def fetch_some(self, database: Database) -> bool:
        """Asks for one batch; False when nothing was due."""
        with database.work() as work:
            asked = claim(work)
        if not asked:
            return False
        answers = self._tax.receipts(list(asked.values()))
        with database.work() as work:
            for bill_id, answer in zip(asked, answers, strict=True):
                take(work, bill_id, answer)
        return True


def claim(work: Work) -> dict[UUID, TaxPayment]:
    """Takes bills whose receipt is due, by their ids."""
    now = work.clock.now()
    due = (
        select(Collection)
        .where(Collection.receipt_due_at <= now)
        .order_by(Collection.receipt_due_at, Collection.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    bills = work.session.scalars(due, execution_options={"populate_existing": True}).all()
    for bill in bills:
        bill.receipt_due_at, bill.receipt_asked = now + IN_HAND, bill.receipt_asked + 1
    return _payments(work, bills)


def take(work: Work, bill_id: UUID, receipt: Receipt) -> None:
    """Writes a receipt down, and books what books itself; without one, asks again later.

    A receipt that comes again changes nothing; another number for the same bill is a case.
    """
    bill = work.session.get_one(Collection, bill_id, with_for_update=True, populate_existing=True)
    now = work.clock.now()
    if bill.receipt_number is not None:
        if receipt.number not in (None, bill.receipt_number):
            open_case(work, bill, "second_receipt")
        return
    if receipt.number is None:
        _ask_again(work, bill, receipt, now)
        return
    bill.receipt_number, bill.receipted_at = receipt.number, receipt.received_at or now
    bill.receipt_recorded_at, bill.receipt_due_at = now, None
    bill.version += 1
    emit(work, CollectionReceipted(bill.id, bill.kind, bill.source))
    book_by_itself(work, bill)


def next_turn(after: datetime) -> datetime:
    """When the worker asks again."""
    return after + EVERY


def _ask_again(work: Work, bill: Collection, receipt: Receipt, now: datetime) -> None:
    if bill.receipt_due_at is None:  # a refund began meanwhile
        return
    bill.receipt_due_at = now + pause(bill.receipt_asked)
    if receipt.code:
        open_case(work, bill, "receipt_refused")
    elif bill.paid_at is not None and now - bill.paid_at > LATE:
        open_case(work, bill, "receipt_late")


def _payments(work: Work, bills: Sequence[Collection]) -> dict[UUID, TaxPayment]:
    """What the tax authority must know of each."""
    rows = work.session.execute(
        select(Payment, PaymentOrder.number)
        .join(PaymentOrder, PaymentOrder.id == Payment.order_id)
        .where(Payment.collection_id.in_([bill.id for bill in bills]), Payment.use == "applied")
    )
    paid = {payment.collection_id: (payment, number) for payment, number in rows}
    known = people.identities(work, {bill.person_id for bill in bills})
    return {
        bill.id: TaxPayment(
            order_number=paid[bill.id][1],
            reference=paid[bill.id][0].reference,
            amount=Fen(paid[bill.id][0].amount),
            paid_at=paid[bill.id][0].paid_at,
            name=known[bill.person_id].name,
            id_number=known[bill.person_id].id_number,
        )
        for bill in bills
    }
