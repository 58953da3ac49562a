"""Writing down what the provider says of an order: in the order, the bill and the ledger.

Whoever comes with an answer (the call itself, a question, a notice, a day-end file) comes through here.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, update

from backend.collections import books
from backend.collections.cases import open_case
from backend.collections.events import CollectionPaid, PaymentUnowed
from backend.collections.models import Collection, Payment, PaymentOrder
from backend.collections.ports import TradeAnswer
from backend.collections.refunding import give_back
from backend.collections.rules import LIVE, Known, Step, Use, step
from backend.kernel.db import Work
from backend.kernel.ids import new_id
from backend.kernel.jobs import emit
from backend.kernel.money import Fen


@dataclass(frozen=True)
class Held:
    """An order with its bill, both locked, and what it was paid by."""

    bill: Collection
    order: PaymentOrder
    payment: Payment | None


def settle(work: Work, order_id: UUID, answer: TradeAnswer) -> None:
    """Writes down an answer. One that comes twice, or says nothing new, changes nothing."""
    found = held(work, order_id)
    if answer.reference is not None and _paid_another(work, found, answer.reference):
        open_case(work, found.bill, "reference_used_twice")
        return
    made = step(_known(work, found), answer)
    if made is None:
        return
    _write_order(work, found.order, made, answer)
    if made.use is not None:
        _take_in(work, found, answer, made)
    if made.case:
        open_case(work, found.bill, made.case)


def held(work: Work, order_id: UUID) -> Held:
    """Locks in one order for everybody: the bill, then its order."""
    bill_id = select(PaymentOrder.collection_id).where(PaymentOrder.id == order_id).scalar_subquery()
    bill = work.session.scalars(
        select(Collection).where(Collection.id == bill_id).with_for_update(),
        execution_options={"populate_existing": True},
    ).one()
    order = work.session.get_one(PaymentOrder, order_id, with_for_update=True, populate_existing=True)
    payment = work.session.scalar(select(Payment).where(Payment.order_id == order_id))
    return Held(bill, order, payment)


def close_orders(work: Work, bill: Collection, *, but: UUID | None = None) -> None:
    """Has the live orders of a bill closed at once, `but` one: nobody shall pay them any more."""
    others = () if but is None else (PaymentOrder.id != but,)
    work.session.execute(
        update(PaymentOrder)
        .where(PaymentOrder.collection_id == bill.id, PaymentOrder.state.in_(LIVE), *others)
        .values(state="closing", due_at=work.clock.now())
        .execution_options(synchronize_session="fetch")
    )


def _paid_another(work: Work, found: Held, reference: str) -> bool:
    other = (Payment.reference == reference, Payment.order_id != found.order.id)
    return work.session.scalar(select(Payment.id).where(*other)) is not None


def _known(work: Work, found: Held) -> Known:
    now, order, payment = work.clock.now(), found.order, found.payment
    return Known(
        state=order.state,
        amount=Fen(order.amount),
        bill_state=found.bill.state,
        bill_amount=Fen(found.bill.amount),
        paid_by=payment.reference if payment else None,
        given_back=bool(payment and payment.given_back),
        asked=order.asked,
        age=now - order.created_at,
        expired=now >= order.expires_at,
        closed_for=now - (order.settled_at or now),
    )


def _write_order(work: Work, order: PaymentOrder, made: Step, answer: TradeAnswer) -> None:
    now = work.clock.now()
    if made.state not in LIVE and order.state in LIVE:
        order.settled_at = now
    order.state = made.state
    order.due_at = None if made.again_in is None else now + made.again_in
    order.code = answer.code or order.code
    if answer.prepay_id is not None and made.state == "open":
        order.prepay = answer.prepay_id


def _take_in(work: Work, found: Held, answer: TradeAnswer, made: Step) -> None:
    """Writes down money that arrived, and sends back what nobody asked for."""
    if answer.reference is None or answer.amount is None or answer.paid_at is None or made.use is None:
        raise ValueError("paid, but not said how")
    bill, now = found.bill, work.clock.now()
    payment = Payment(
        id=new_id(),
        collection_id=bill.id,
        order_id=found.order.id,
        reference=answer.reference,
        amount=answer.amount,
        use=made.use,
        paid_at=answer.paid_at,
        recorded_at=now,
        given_back=0,
    )
    work.session.add(payment)
    work.session.flush()
    target = books.RECEIVED if made.use == "applied" else books.UNOWED
    books.move(work, f"paid:{payment.id}", bill.agency_id, answer.amount, books.COLLECTOR, target)
    if made.use == "applied":
        _pay_bill(work, bill, payment)
    else:
        _not_owed(work, found, payment, made.use, look_first=made.case is not None)


def _pay_bill(work: Work, bill: Collection, payment: Payment) -> None:
    bill.state, bill.paid_at, bill.receipt_due_at = "paid", payment.paid_at, work.clock.now()
    bill.version += 1
    close_orders(work, bill, but=payment.order_id)
    emit(work, CollectionPaid(bill.id, bill.kind, bill.source))


def _not_owed(work: Work, found: Held, payment: Payment, use: Use, *, look_first: bool) -> None:
    bill = found.bill
    emit(work, PaymentUnowed(bill.id, payment.id, use))
    if not look_first:
        give_back(work, bill, found.order, payment, use)
