"""Sending money back to whoever paid: asked for here, carried out by payouts under a number of theirs."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select

from backend.audit.commands import record
from backend.collections import books
from backend.collections.booking import book_by_itself
from backend.collections.cases import open_case
from backend.collections.errors import NothingToRefund
from backend.collections.events import RefundSettled
from backend.collections.kinds import REFUND, REFUNDABLE, RETURN, TAX_REFUND
from backend.collections.models import Collection, Payment, PaymentOrder, Refund
from backend.collections.rules import Use
from backend.kernel.actor import Actor, system
from backend.kernel.db import Work
from backend.kernel.ids import new_id
from backend.kernel.jobs import emit
from backend.kernel.money import Fen
from backend.payouts.commands import request
from backend.payouts.kinds import PayoutKind
from backend.payouts.ports import Payee

BY = system("collections")
REASONS: dict[str, str] = {"duplicate": "重复缴费退回", "stray": "缴费单已失效，款项退回"}


def give_back(work: Work, bill: Collection, order: PaymentOrder, payment: Payment, use: Use) -> UUID:
    """Returns a payment that was not owed; nobody has to agree to that."""
    amount = Fen(payment.amount)
    return _refund(work, BY, bill, order, payment, amount, REASONS[use], RETURN, books.UNOWED)


def refund(
    work: Work, *, by: Actor, bill: Collection, payment: Payment, amount: Fen, reason: str, account: str = ""
) -> UUID:
    """Asks for fen of a payment to go back, once two people have released it.

    Before the tax authority has given its receipt it goes back through the payment, after that out of the
    treasury; of a booked one `account` names the kind of ledger account that gives it back. The caller holds
    the lock of the bill. Raises NothingToRefund.
    """
    order = work.session.get_one(PaymentOrder, payment.order_id)
    kind = TAX_REFUND if bill.receipt_number and payment.use == "applied" else REFUND
    held_in = account if bill.booked_at else books.RECEIVED
    if payment.use != "applied":
        held_in = books.UNOWED
    bill.receipt_due_at = None  # no receipt is asked for while money is on its way back
    return _refund(work, by, bill, order, payment, amount, reason, kind, held_in)


def settled(work: Work, payout_id: UUID, state: str) -> None:
    """What the end of a payout means for the refund that asked for it; nothing while it may go out again."""
    asked = work.session.scalar(select(Refund).where(Refund.payout_id == payout_id))
    if asked is None or state not in ("paid", "cancelled"):
        return
    payment = work.session.get_one(Payment, asked.payment_id)
    bill = work.session.get_one(
        Collection, payment.collection_id, with_for_update=True, populate_existing=True
    )
    work.session.refresh(asked, with_for_update=True)
    work.session.refresh(payment, with_for_update=True)
    if asked.state != "requested":
        return
    asked.state, asked.settled_at = ("refunded" if state == "paid" else "cancelled"), work.clock.now()
    if state == "paid":
        _arrived(work, bill, payment)
    else:
        _taken_back(work, bill, payment, asked)
    bill.version += 1
    emit(work, RefundSettled(bill.id, asked.id, asked.state))


def _refund(
    work: Work,
    by: Actor,
    bill: Collection,
    order: PaymentOrder,
    payment: Payment,
    amount: Fen,
    reason: str,
    kind: PayoutKind,
    account: str,
) -> UUID:
    if not 0 < amount <= payment.amount - payment.given_back:
        raise NothingToRefund
    refund_id = new_id()
    payment.given_back += amount
    books.move(work, f"refund:{refund_id}", bill.agency_id, amount, account, REFUNDABLE)
    payout_id = request(
        work,
        by=by,
        kind=kind.name,
        source=str(refund_id),
        agency_id=bill.agency_id,
        payee_id=bill.person_id,
        payee=Payee(account=order.number, total=Fen(payment.amount)),
        amount=amount,
        purpose=reason,
    )
    work.session.add(
        Refund(
            id=refund_id,
            payment_id=payment.id,
            payout_id=payout_id,
            amount=amount,
            account=account,
            reason=reason,
            state="requested",
            requested_at=work.clock.now(),
        )
    )
    bill.version += 1
    record(
        work,
        "collection.refund_requested",
        by=by,
        subject=bill.person_id,
        object_kind="collection",
        object_id=bill.id,
        after={"amount": amount, "reason": reason, "payout_id": str(payout_id)},
    )
    return refund_id


def _arrived(work: Work, bill: Collection, payment: Payment) -> None:
    work.session.flush()
    back = work.session.scalar(
        select(func.sum(Refund.amount)).where(Refund.payment_id == payment.id, Refund.state == "refunded")
    )
    if payment.use == "applied" and back == payment.amount:
        bill.state = "refunded"


def _taken_back(work: Work, bill: Collection, payment: Payment, asked: Refund) -> None:
    """The money stays; its receipt is asked for again, or was all that was missing.

    What was never owed does not stay without somebody knowing why.
    """
    payment.given_back -= asked.amount
    amount = Fen(asked.amount)
    books.move(work, f"refund_cancelled:{asked.id}", bill.agency_id, amount, REFUNDABLE, asked.account)
    if bill.state == "paid" and bill.receipt_number is None:
        bill.receipt_due_at = work.clock.now()
    if payment.use != "applied":
        open_case(work, bill, "return_cancelled")
    work.session.flush()
    book_by_itself(work, bill)
