"""Collections beside day-end files: what WeChat Pay says was paid, and the tax authority receipted."""

from __future__ import annotations

from collections.abc import Collection as Many
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Date, Row, Text, any_, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from backend.collections.models import Collection, Payment, PaymentOrder
from backend.collections.ports import Receipt, Trade, TradeAnswer
from backend.collections.receipts import take
from backend.collections.rules import LIVE
from backend.collections.settling import settle
from backend.kernel.clock import SHANGHAI, business_date
from backend.kernel.db import Work
from backend.kernel.money import Fen
from backend.reconciliation.ports import Line, Record, Standing


class OrderRecords:
    """Implements Records for what citizens paid in WeChat. Money of an order only comes in."""

    def of_numbers(self, work: Work, numbers: Many[str]) -> Sequence[Record]:
        """See `Records`."""
        wanted = _orders().where(PaymentOrder.number == any_(literal(list(numbers), ARRAY(Text()))))
        return [self._record(row) for row in work.session.execute(wanted)]

    def of_day(self, work: Work, day: date) -> Sequence[Record]:
        """See `Records`."""
        start, end = _span(day)
        wanted = _orders().where(Payment.paid_at >= start, Payment.paid_at < end)
        return [self._record(row) for row in work.session.execute(wanted)]

    def unanswered(self, work: Work, sent_on: date) -> Sequence[Record]:
        """See `Records`."""
        start, end = _span(sent_on)
        live = PaymentOrder.due_at.is_not(None), PaymentOrder.state.in_(LIVE)
        wanted = _orders().where(PaymentOrder.created_at >= start, PaymentOrder.created_at < end, *live)
        return [self._record(row) for row in work.session.execute(wanted)]

    def learnt(self, work: Work, since: datetime) -> Mapping[date, datetime]:
        """See `Records`."""
        return _last_by_day(work, Payment.paid_at, Payment.recorded_at, since)

    def hear(self, work: Work, lines: Sequence[Line]) -> None:
        """See `Records`. A closed order that was paid all the same takes its money in."""
        ids = _ids(work, select(PaymentOrder.number, PaymentOrder.id), PaymentOrder.number, lines)
        for line in lines:
            if line.direction == "in" and line.number in ids:
                said = TradeAnswer(
                    Trade.PAID, reference=line.reference, amount=line.amount, paid_at=line.booked_at
                )
                settle(work, ids[line.number], said)

    def _record(self, row: Row) -> Record:
        paid_on = business_date(row.paid_at) if row.paid_at else None
        if row.paid_at is not None:
            state = Standing.SETTLED
        else:
            state = Standing.OPEN if row.state in LIVE else Standing.NOT_MOVED
        return _record(row, row.paid or row.amount, state, paid_on, business_date(row.created_at))


class ReceiptRecords:
    """Implements Records for what the tax authority has in the treasury: each line is a receipt."""

    def of_numbers(self, work: Work, numbers: Many[str]) -> Sequence[Record]:
        """See `Records`."""
        wanted = _paid_bills().where(PaymentOrder.number == any_(literal(list(numbers), ARRAY(Text()))))
        return [self._record(row) for row in work.session.execute(wanted)]

    def of_day(self, work: Work, day: date) -> Sequence[Record]:
        """See `Records`."""
        start, end = _span(day)
        wanted = _paid_bills().where(Collection.receipted_at >= start, Collection.receipted_at < end)
        return [self._record(row) for row in work.session.execute(wanted)]

    def unanswered(self, work: Work, sent_on: date) -> Sequence[Record]:
        """See `Records`."""
        start, end = _span(sent_on)
        due = Collection.receipt_due_at.is_not(None)
        wanted = _paid_bills().where(Collection.paid_at >= start, Collection.paid_at < end, due)
        return [self._record(row) for row in work.session.execute(wanted)]

    def learnt(self, work: Work, since: datetime) -> Mapping[date, datetime]:
        """See `Records`."""
        return _last_by_day(work, Collection.receipted_at, Collection.receipt_recorded_at, since)

    def hear(self, work: Work, lines: Sequence[Line]) -> None:
        """See `Records`."""
        paid = _paid_bills().with_only_columns(PaymentOrder.number, Collection.id)
        ids = _ids(work, paid, PaymentOrder.number, lines)
        for line in lines:
            if line.direction == "in" and line.number in ids:
                take(work, ids[line.number], Receipt(line.reference, line.booked_at))

    def _record(self, row: Row) -> Record:
        on = business_date(row.receipted_at) if row.receipted_at else None
        state = Standing.SETTLED if on else Standing.OPEN
        return _record(row, row.paid, state, on, business_date(row.paid_at))


def _orders() -> Any:
    return (
        select(
            PaymentOrder.number,
            PaymentOrder.amount,
            PaymentOrder.state,
            PaymentOrder.created_at,
            Payment.amount.label("paid"),
            Payment.paid_at,
            Collection.agency_id,
            Collection.person_id,
            Collection.id.label("bill_id"),
        )
        .join(Collection, Collection.id == PaymentOrder.collection_id)
        .outerjoin(Payment, Payment.order_id == PaymentOrder.id)
    )


def _paid_bills() -> Any:
    return (
        select(
            PaymentOrder.number,
            Payment.amount.label("paid"),
            Payment.paid_at,
            Collection.receipted_at,
            Collection.agency_id,
            Collection.person_id,
            Collection.id.label("bill_id"),
        )
        .join(Payment, Payment.order_id == PaymentOrder.id)
        .join(Collection, Collection.id == Payment.collection_id)
        .where(Payment.use == "applied")
    )


def _record(row: Row, amount: int, state: Standing, settled_on: date | None, sent_on: date) -> Record:
    return Record(
        row.number,
        "in",
        Fen(amount),
        state,
        settled_on,
        sent_on,
        row.agency_id,
        row.person_id,
        row.bill_id,
    )


def _ids(work: Work, wanted: Any, number: Any, lines: Sequence[Line]) -> dict[str, Any]:
    numbers = literal([line.number for line in lines], ARRAY(Text()))
    rows = work.session.execute(wanted.where(number == any_(numbers)))
    return {row[0]: row[1] for row in rows}


def _last_by_day(work: Work, happened: Any, recorded: Any, since: datetime) -> dict[date, datetime]:
    day = func.timezone(str(SHANGHAI), happened).cast(Date)
    rows = work.session.execute(
        select(day, func.max(recorded)).where(recorded > since, happened.is_not(None)).group_by(day)
    )
    return {row[0]: row[1] for row in rows}


def _span(day: date) -> tuple[datetime, datetime]:
    start = datetime.combine(day, datetime.min.time(), SHANGHAI)
    return start, start + timedelta(days=1)
