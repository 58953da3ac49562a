"""What is done with a collection once there is money: booking it, refunding it, ending a case."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select, update

from backend.audit.commands import record
from backend.collections import booking, refunding
from backend.collections.cases import CASE
from backend.collections.commands._held import held
from backend.collections.errors import CollectionState, NothingToRefund
from backend.collections.kinds import collection_kind
from backend.collections.models import Collection, Payment, PaymentOrder
from backend.kernel.actor import Actor
from backend.kernel.db import Work
from backend.kernel.errors import NotFound
from backend.kernel.money import Fen
from backend.kernel.remarks import remark
from backend.worklist.commands import close_task


def book(work: Work, *, collection_id: UUID, into: Mapping[str, Fen]) -> None:
    """Puts a receipted collection into kinds of ledger accounts of its agency; fen, which sum to its amount.

    For the rooms that collect, on CollectionReceipted. Doing it again changes nothing. Raises NotFound, or
    CollectionState when it has no receipt, or is on its way back.
    """
    bill = work.session.get(Collection, collection_id, with_for_update=True, populate_existing=True)
    if bill is None:
        raise NotFound
    if bill.state == "booked":
        return
    if not booking.may_be_booked(work, bill):
        raise CollectionState
    booking.book(work, bill, into)


def request_refund(
    work: Work, *, by: Actor, collection_id: UUID, version: int, reason: str, payment_id: UUID | None = None
) -> UUID:
    """Asks for all that is left of a payment to go back: the bill's own, or another that came in for it.

    Needs `collections.refund`; nothing moves before somebody else has released the payout. What the room that
    collected has booked itself is refunded there. Raises NotFound, CollectionChanged, CollectionState,
    NothingToRefund.
    """
    bill = held(work, collection_id, by=by, function="collections.refund", version=version)
    payment = _applied(work, bill) if payment_id is None else _payment_of(work, bill, payment_id)
    account = collection_kind(bill.kind).account
    if payment.use == "applied" and bill.booked_at and account is None:
        raise CollectionState
    return refunding.refund(
        work,
        by=by,
        bill=bill,
        payment=payment,
        amount=Fen(payment.amount - payment.given_back),
        reason=remark("reason", reason, most=30),
        account=account or "",
    )


def look_again(work: Work, *, by: Actor, collection_id: UUID, version: int) -> None:
    """Has the provider and the tax authority asked about a collection now.

    Needs `collections.handle`. Raises NotFound, CollectionChanged.
    """
    bill = held(work, collection_id, by=by, function="collections.handle", version=version)
    now = work.clock.now()
    work.session.execute(
        update(PaymentOrder)
        .where(PaymentOrder.collection_id == bill.id, PaymentOrder.state != "paid")
        .values(due_at=now)
        .execution_options(synchronize_session="fetch")
    )
    if bill.receipt_due_at is not None:
        bill.receipt_due_at = now
    bill.version += 1
    _record(work, by, bill, "collection.looked_again", {})


def close_case(work: Work, *, by: Actor, collection_id: UUID, version: int, reason: str) -> None:
    """Ends a case that a person has looked into; what they found stands in the trail.

    Needs `collections.handle`. Raises NotFound, CollectionChanged, CollectionState, TaskTaken.
    """
    bill = held(work, collection_id, by=by, function="collections.handle", version=version)
    if bill.case is None:
        raise CollectionState
    found = remark("reason", reason, most=200)
    case, bill.case = bill.case, None
    bill.version += 1
    close_task(work, by=by, kind=CASE.name, object_id=bill.id, outcome="handled")
    _record(work, by, bill, "collection.case_closed", {"case": case, "reason": found})


def _applied(work: Work, bill: Collection) -> Payment:
    wanted = select(Payment).where(Payment.collection_id == bill.id, Payment.use == "applied")
    found = work.session.scalar(wanted.with_for_update(), execution_options={"populate_existing": True})
    if found is None:
        raise NothingToRefund
    return found


def _payment_of(work: Work, bill: Collection, payment_id: UUID) -> Payment:
    found = work.session.get(Payment, payment_id, with_for_update=True, populate_existing=True)
    if found is None or found.collection_id != bill.id:
        raise NotFound
    return found


def _record(work: Work, by: Actor, bill: Collection, action: str, after: Mapping[str, str]) -> None:
    record(
        work,
        action,
        by=by,
        subject=bill.person_id,
        object_kind="collection",
        object_id=bill.id,
        after=dict(after),
    )
