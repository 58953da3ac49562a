"""What the sandbox has in its books about payments, beside what we have in ours."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select

from backend.collections.handlers import REFUND_SETTLED
from backend.collections.models import Collection, Payment, PaymentOrder, Refund
from backend.collections.rules import LIVE
from backend.kernel.db import Work
from backend.kernel.jobs import Job
from backend.ledger.models import Posting
from backend.payouts.models import Payout, PayoutAttempt
from tests.support.collections import balances

Found = dict[str, set[str]]
"""What is wrong, by kind, with the numbers of orders or the ids of bills that it is wrong with."""


class World:
    """The sandbox's memory, as it lies on disk: its doors only show the last fifty."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / "sandbox" / "world.sqlite"

    def payments(self) -> dict[str, tuple[str, int]]:
        """Transaction and amount of every order that was paid."""
        rows = self._rows("SELECT number, transaction_id, amount FROM collect_order WHERE paid_at > 0")
        return {number: (transaction, amount) for number, transaction, amount in rows}

    def refunds(self) -> Counter[tuple[str, int, str]]:
        """Order, amount and end of every refund."""
        return Counter(self._rows("SELECT order_number, amount, status FROM collect_refund"))

    def receipts(self) -> dict[str, tuple[str, str, int]]:
        """Receipt, transaction and amount of every order that the tax authority was told of."""
        rows = self._rows("SELECT order_number, receipt, transaction_id, amount FROM tax_payment")
        return {number: (receipt, transaction, amount) for number, receipt, transaction, amount in rows}

    def notices(self) -> Counter[str]:
        """What became of the notices."""
        return Counter(outcome for (outcome,) in self._rows("SELECT outcome FROM collect_notice"))

    def _rows(self, statement: str) -> list[tuple]:
        with closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True, timeout=10)) as db:
            return db.execute(statement).fetchall()


def compared(work: Work, world: World) -> Found:
    """Everything in which the two differ, or ours make no sense."""
    wrong: Found = defaultdict(set)
    _payments(work, world, wrong)
    _refunds(work, world, wrong)
    _bills(work, world, wrong)
    _ledger(work, wrong)
    return dict(wrong)


def under_way(work: Work, before: datetime | None = None) -> Counter[str]:
    """What is not over yet, and would go on by itself; `before`: only what is due by then."""
    limit = before or datetime.max.replace(tzinfo=UTC)
    counted = {
        "orders": select(func.count()).where(PaymentOrder.due_at <= limit),
        "receipts": select(func.count()).where(Collection.receipt_due_at <= limit),
        "attempts": select(func.count()).where(PayoutAttempt.due_at <= limit),
        "settlements": select(func.count()).where(
            Job.kind == REFUND_SETTLED, Job.state == "waiting", Job.run_at <= limit
        ),
    }
    return +Counter({what: work.session.scalar(statement) or 0 for what, statement in counted.items()})


def _payments(work: Work, world: World, wrong: Found) -> None:
    rows = work.session.execute(
        select(PaymentOrder.number, Payment.reference, Payment.amount).join(Payment.__table__)
    )
    ours = {number: (reference, amount) for number, reference, amount in rows}
    theirs = world.payments()
    wrong_numbers = {
        "lost payment": theirs.keys() - ours.keys(),
        "payment that nobody made": ours.keys() - theirs.keys(),
        "payment told otherwise": {one for one in ours.keys() & theirs.keys() if ours[one] != theirs[one]},
    }
    wrong.update({what: numbers for what, numbers in wrong_numbers.items() if numbers})


def _refunds(work: Work, world: World, wrong: Found) -> None:
    rows = work.session.execute(
        select(
            PaymentOrder.number, Payment.use, Payment.amount, Payment.given_back, Refund.amount, Refund.state
        )
        .join(Payment, Payment.order_id == PaymentOrder.id)
        .outerjoin(Refund, Refund.payment_id == Payment.id)
    ).all()
    ours: Counter[tuple[str, int, str]] = Counter()
    for number, use, amount, given_back, refunded, state in rows:
        owed = 0 if use == "applied" else amount
        if given_back != owed or (refunded or 0) != owed or state not in (None, "refunded"):
            wrong["not given back as owed"].add(number)
        if refunded is not None:
            ours[number, refunded, "SUCCESS"] += 1
    for number, *_ in (ours - world.refunds()) + (world.refunds() - ours):
        wrong["refund in one book only"].add(number)


def _bills(work: Work, world: World, wrong: Found) -> None:
    applied = select(func.count()).where(Payment.collection_id == Collection.id, Payment.use == "applied")
    live = select(func.count()).where(
        PaymentOrder.collection_id == Collection.id, PaymentOrder.state.in_(LIVE)
    )
    rows = work.session.execute(
        select(Collection, applied.correlate(Collection).scalar_subquery(), live.scalar_subquery())
    )
    for bill, times, waits in rows:
        ends = ("booked",) if times else ("open", "withdrawn")
        if times > 1:
            wrong["paid twice"].add(str(bill.id))
        if (bill.state not in ends or waits) and bill.case is None:
            wrong["stuck"].add(str(bill.id))
        if bill.case not in (None, "receipt_late"):  # receipts may be asked for during days
            wrong[bill.case].add(str(bill.id))
    rows = work.session.execute(
        select(PaymentOrder.number, Collection.receipt_number, Payment.reference, Payment.amount)
        .join(Payment, Payment.order_id == PaymentOrder.id)
        .join(Collection, Collection.id == Payment.collection_id)
        .where(Payment.use == "applied")
    )
    ours = {number: tuple(rest) for number, *rest in rows}
    theirs = world.receipts()
    for number in ours.keys() | theirs.keys():
        if ours.get(number) != theirs.get(number):
            wrong["receipt"].add(number)


def _ledger(work: Work, wrong: Found) -> None:
    """What the bills say must lie in the accounts."""
    applied = func.coalesce(func.sum(Payment.amount).filter(Payment.use == "applied"), 0)
    paid, kept = work.session.execute(select(func.coalesce(func.sum(Payment.amount), 0), applied)).one()
    back = paid - kept
    expected = {"collections.collector": -paid, "collected_110": kept, "payouts.paid": back}
    found = balances(work)
    for kind in expected.keys() | found.keys():
        if found.get(kind, 0) != expected.get(kind, 0):
            wrong["ledger"].add(f"{kind}: {found.get(kind, 0)} instead of {expected.get(kind, 0)}")
    if work.session.scalar(select(func.sum(Posting.amount))):
        wrong["ledger"].add("does not sum to zero")
    if work.session.scalar(select(func.count()).where(Payout.state.not_in(("paid",)))):
        wrong["ledger"].add("a payout is not over")
