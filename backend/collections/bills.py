"""Bills as citizens see them. Whoever shows one has made sure that they may see it."""

from __future__ import annotations

from collections.abc import Collection as Some
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select

from backend.collections.cashier import LEAST_TIME
from backend.collections.models import Collection, Payment, PaymentOrder, Refund
from backend.collections.rules import LIVE, Use
from backend.collections.telling import LABELS, Standing, going_back_sentence, sentence, standing
from backend.kernel.db import Work
from backend.kernel.errors import NotFound
from backend.kernel.money import Fen

ORDER = (Collection.created_at, Collection.id)


@dataclass(frozen=True)
class BillView:
    """One bill; `payable` as far as its own state goes."""

    bill_id: UUID
    person_id: UUID
    description: str
    amount: Fen
    state: Standing
    state_label: str
    created_at: datetime
    payable_until: datetime
    paid_at: datetime | None
    receipt_number: str | None
    payable: bool


@dataclass(frozen=True)
class OpenOrder:
    """The order of a bill that stands open."""

    order_number: str
    expires_at: datetime


@dataclass(frozen=True)
class GoingBack:
    """Money that goes back, or has."""

    amount: Fen
    arrived_at: datetime | None
    sentence: str


@dataclass(frozen=True)
class Told:
    """How the payment of a bill stands, in words."""

    state: Standing
    state_label: str
    sentence: str
    paid_at: datetime | None
    receipt_number: str | None
    order: OpenOrder | None
    returns: Sequence[GoingBack]


def of_people(person_ids: Some[UUID]) -> Select[Collection]:
    """All bills of some people, for a page ordered by `ORDER`."""
    return select(Collection).where(Collection.person_id.in_(person_ids))


def can_be_paid(now: datetime) -> ColumnElement[bool]:
    """Of a row in the database: whether it can be paid now."""
    return (Collection.state == "open") & (Collection.payable_until >= now + LEAST_TIME)


def payable(row: Collection, now: datetime) -> bool:
    """The same of one that is here."""
    return row.state == "open" and row.payable_until >= now + LEAST_TIME


def whose(work: Work, bill_id: UUID) -> UUID:
    """The person whom a bill was made out to; raises NotFound."""
    found = work.session.scalar(select(Collection.person_id).where(Collection.id == bill_id))
    if found is None:
        raise NotFound
    return found


def views(work: Work, rows: Sequence[Collection]) -> list[BillView]:
    """Rows of `of_people`, in a fixed number of queries."""
    now = work.clock.now()
    back = set(
        work.session.scalars(
            select(Payment.collection_id).where(
                Payment.collection_id.in_([row.id for row in rows]),
                Payment.use == "applied",
                Payment.given_back > 0,
            )
        )
    )
    return [_view(row, now, going_back=row.id in back) for row in rows]


def bill(work: Work, bill_id: UUID) -> BillView:
    """One bill."""
    return views(work, [work.session.get_one(Collection, bill_id)])[0]


def told(work: Work, bill_id: UUID) -> Told:
    """How the payment of a bill stands."""
    row = work.session.get_one(Collection, bill_id)
    [view] = views(work, [row])
    order = _live_order(work, bill_id)
    said = sentence(
        view.state,
        amount=view.amount,
        until=view.payable_until,
        receipt=view.receipt_number,
        being_paid=order is not None,
    )
    returns = _returns(work, bill_id)
    return Told(view.state, view.state_label, said, view.paid_at, view.receipt_number, order, returns)


def expiry(work: Work, order_id: UUID) -> datetime:
    """Until when an order can be paid."""
    return work.session.get_one(PaymentOrder, order_id).expires_at


def _view(row: Collection, now: datetime, *, going_back: bool) -> BillView:
    can = payable(row, now)
    stands = standing(row.state, over=not can, case=row.case, going_back=going_back)
    return BillView(
        bill_id=row.id,
        person_id=row.person_id,
        description=row.description,
        amount=Fen(row.amount),
        state=stands,
        state_label=LABELS[stands],
        created_at=row.created_at,
        payable_until=row.payable_until,
        paid_at=row.paid_at,
        receipt_number=row.receipt_number,
        payable=can,
    )


def _live_order(work: Work, bill_id: UUID) -> OpenOrder | None:
    found = work.session.execute(
        select(PaymentOrder.number, PaymentOrder.expires_at).where(
            PaymentOrder.collection_id == bill_id, PaymentOrder.state.in_(LIVE)
        )
    ).one_or_none()
    return OpenOrder(*found) if found else None


def _returns(work: Work, bill_id: UUID) -> list[GoingBack]:
    rows = work.session.execute(
        select(Refund.amount, Refund.settled_at, Payment.use)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Payment.collection_id == bill_id, Refund.state != "cancelled")
        .order_by(Refund.requested_at, Refund.id)
    )
    return [
        GoingBack(
            Fen(amount),
            settled_at,
            going_back_sentence(cast(Use, use), Fen(amount), arrived=settled_at is not None),
        )
        for amount, settled_at, use in rows
    ]
