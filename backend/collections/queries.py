"""Reading collections."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select

from backend.agencies import queries as agencies
from backend.collections.kinds import collection_kind
from backend.collections.models import Collection, Payment, PaymentOrder, Refund
from backend.collections.rules import NEEDS, Action, possible
from backend.collections.views import (
    CASE_LABELS,
    ORDER_LABELS,
    REFUND_LABELS,
    STATE_LABELS,
    USE_LABELS,
    Board,
    BoardCell,
    CollectionView,
    OrderView,
    PaymentView,
    RefundView,
)
from backend.kernel.actor import Actor
from backend.kernel.db import Work
from backend.kernel.errors import NotFound
from backend.kernel.money import Fen
from backend.people import queries as people

READ = "collections.read"
ORDER = (Collection.created_at, Collection.id)
SORTS = {"created_at": Collection.created_at, "amount": Collection.amount}
ANY_CASE = "any"


@dataclass(frozen=True)
class Filters:
    """Which collections to find; `since` is included, `until` is not; `agency_path` means its whole subtree.

    `case` names one, or is `ANY_CASE`.
    """

    state: str | None = None
    kind: str | None = None
    case: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    agency_path: str | None = None


def collections(*, by: Actor, filters: Filters = Filters()) -> Select[Collection]:
    """The collections within one's reach, for a page ordered by `ORDER`."""
    statement = select(Collection).where(Collection.agency_id.in_(agencies.ids_within(by.reach(READ))))
    if filters.since is not None:
        statement = statement.where(Collection.created_at >= filters.since)
    if filters.until is not None:
        statement = statement.where(Collection.created_at < filters.until)
    if filters.agency_path is not None:
        statement = statement.where(Collection.agency_id.in_(agencies.ids_within([filters.agency_path])))
    if filters.case == ANY_CASE:
        statement = statement.where(Collection.case.is_not(None))
    elif filters.case is not None:
        statement = statement.where(Collection.case == filters.case)
    for name in ("state", "kind"):
        wanted = getattr(filters, name)
        if wanted is not None:
            statement = statement.where(getattr(Collection, name) == wanted)
    return statement


def views(work: Work, rows: Sequence[Collection]) -> list[CollectionView]:
    """Rows of `collections`, in a fixed number of queries."""
    homes = agencies.names(work, {row.agency_id for row in rows})
    known = {one.person_id: one.name for one in people.summaries(work, {row.person_id for row in rows})}
    return [
        CollectionView(
            collection_id=row.id,
            kind=row.kind,
            label=collection_kind(row.kind).label,
            source=row.source,
            agency_id=row.agency_id,
            agency_name=homes[row.agency_id],
            person_id=row.person_id,
            person_name=known[row.person_id],
            amount=Fen(row.amount),
            description=row.description,
            state=row.state,
            state_label=STATE_LABELS[row.state],
            case=row.case,
            case_label=CASE_LABELS[row.case] if row.case else None,
            created_at=row.created_at,
            payable_until=row.payable_until,
            paid_at=row.paid_at,
            receipt_number=row.receipt_number,
            receipted_at=row.receipted_at,
            booked_at=row.booked_at,
            version=row.version,
        )
        for row in rows
    ]


def collection(work: Work, *, by: Actor, collection_id: UUID) -> CollectionView:
    """One collection; raises NotFound, also when out of reach. Whoever shows it writes down the look."""
    row = work.session.get(Collection, collection_id, populate_existing=True)
    if row is None or not by.allows(READ, agencies.path(work, row.agency_id)):
        raise NotFound
    return views(work, [row])[0]


def actions(work: Work, view: CollectionView, came_in: Sequence[PaymentView], *, by: Actor) -> list[Action]:
    """What one may do now with a collection, and its payments, that one has before one's eyes."""
    elsewhere = view.booked_at is not None and collection_kind(view.kind).account is None
    left = any(one.given_back < one.amount and not (elsewhere and one.use == "applied") for one in came_in)
    home = agencies.path(work, view.agency_id)
    return [
        action
        for action in possible(view.state, case=view.case is not None, left=left)
        if by.allows(NEEDS[action], home)
    ]


def orders(work: Work, collection_id: UUID) -> list[OrderView]:
    """The numbers of a collection, newest first."""
    wanted = select(PaymentOrder).where(PaymentOrder.collection_id == collection_id)
    return [
        OrderView(
            ordinal=row.ordinal,
            number=row.number,
            amount=Fen(row.amount),
            state=row.state,
            state_label=ORDER_LABELS[row.state],
            code=row.code,
            created_at=row.created_at,
            expires_at=row.expires_at,
            settled_at=row.settled_at,
            due_at=row.due_at,
        )
        for row in work.session.scalars(wanted.order_by(PaymentOrder.ordinal.desc()))
    ]


def payments(work: Work, collection_id: UUID) -> list[PaymentView]:
    """What came in for a collection, first to last, each with its refunds."""
    rows = work.session.execute(
        select(Payment, PaymentOrder.number)
        .join(PaymentOrder, PaymentOrder.id == Payment.order_id)
        .where(Payment.collection_id == collection_id)
        .order_by(Payment.recorded_at, Payment.id)
    ).all()
    back = _refunds(work, [payment.id for payment, _ in rows])
    return [
        PaymentView(
            payment_id=payment.id,
            order_number=number,
            reference=payment.reference,
            amount=Fen(payment.amount),
            use=payment.use,
            use_label=USE_LABELS[payment.use],
            paid_at=payment.paid_at,
            recorded_at=payment.recorded_at,
            given_back=Fen(payment.given_back),
            refunds=back[payment.id],
        )
        for payment, number in rows
    ]


def board(work: Work, *, by: Actor) -> Board:
    """Counts and sums by kind and state within one's reach."""
    within = Collection.agency_id.in_(agencies.ids_within(by.reach(READ)))
    cells = work.session.execute(
        select(Collection.kind, Collection.state, func.count(), func.sum(Collection.amount))
        .where(within)
        .group_by(Collection.kind, Collection.state)
        .order_by(Collection.kind, Collection.state)
    )
    unbooked, oldest, cases = work.session.execute(
        select(
            func.count().filter(Collection.state == "paid"),
            func.min(Collection.paid_at).filter(Collection.state == "paid"),
            func.count().filter(Collection.case.is_not(None)),
        ).where(within)
    ).one()
    unowed, unowed_amount = work.session.execute(
        select(func.count(), func.coalesce(func.sum(Payment.amount - Payment.given_back), 0))
        .join(Collection, Collection.id == Payment.collection_id)
        .where(within, Payment.use != "applied", Payment.given_back < Payment.amount)
    ).one()
    return Board(
        cells=[
            BoardCell(kind, collection_kind(kind).label, state, STATE_LABELS[state], count, Fen(int(amount)))
            for kind, state, count, amount in cells
        ],
        cases=cases,
        unbooked=unbooked,
        oldest_unbooked_at=oldest,
        unowed=unowed,
        unowed_amount=Fen(int(unowed_amount)),
    )


def _refunds(work: Work, payment_ids: Sequence[UUID]) -> dict[UUID, list[RefundView]]:
    found: dict[UUID, list[RefundView]] = defaultdict(list)
    wanted = select(Refund).where(Refund.payment_id.in_(payment_ids))
    for row in work.session.scalars(wanted.order_by(Refund.requested_at, Refund.id)):
        found[row.payment_id].append(
            RefundView(
                refund_id=row.id,
                payout_id=row.payout_id,
                amount=Fen(row.amount),
                reason=row.reason,
                state=row.state,
                state_label=REFUND_LABELS[row.state],
                requested_at=row.requested_at,
                settled_at=row.settled_at,
            )
        )
    return found
