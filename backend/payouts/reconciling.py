"""Payouts beside the day-end files of those who carry them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Date, Row, Select, Table, Text, and_, case, column, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from backend.kernel.actor import system
from backend.kernel.clock import SHANGHAI, business_date
from backend.kernel.db import Work
from backend.kernel.money import Fen
from backend.payouts.models import Payout, PayoutAttempt
from backend.payouts.ports import Answer, Outcome, Provider
from backend.payouts.settling import CASE, settle
from backend.reconciliation.ports import Line, Record, Standing
from backend.worklist.commands import close_task

BY = system("reconciliation")
OF_A_LINE = timedelta(days=35)
"""Files are looked at again for so long; nobody needs to hear of days before."""
_ATTEMPT = cast(Table, PayoutAttempt.__table__)
_PAYOUT = cast(Table, Payout.__table__)
_SENT_ON = cast(Any, func.timezone(str(SHANGHAI), _ATTEMPT.c.sent_at)).cast(Date)
_LEFT_ON = case(
    (_ATTEMPT.c.state.in_(("paid", "returned")), func.coalesce(_ATTEMPT.c.settled_on, _SENT_ON)),
)
_BACK_ON = case(
    (
        _ATTEMPT.c.state == "returned",
        func.coalesce(_ATTEMPT.c.returned_on, func.timezone(str(SHANGHAI), _ATTEMPT.c.settled_at).cast(Date)),
    ),
)
DOUBTFUL = ("sending", "accepted", "unknown", "waiting", "manual")


class PayoutRecords:
    """Implements Records for what one provider carries out.

    `charged_first` says that the provider books a payout before the payee has it (a red packet that nobody
    has opened yet): its line then means that the order was taken on, and no more.
    """

    def __init__(self, provider: Provider, *, charged_first: bool = False) -> None:
        self._provider = provider
        self._charged_first = charged_first

    def of_numbers(self, work: Work, numbers: Collection[str]) -> Sequence[Record]:
        """See `Records`."""
        rows = work.session.execute(self._known(numbers)).all()
        return [record for row in rows for record in (self._out(row), self._back(row))]

    def of_day(self, work: Work, day: date) -> Sequence[Record]:
        """See `Records`."""
        start, end = _span(day)
        dated = _ATTEMPT.c.settled_on == day
        undated = and_(_ATTEMPT.c.settled_on.is_(None), _ATTEMPT.c.sent_at >= start, _ATTEMPT.c.sent_at < end)
        left = self._rows().where(or_(dated, undated), _ATTEMPT.c.state.in_(("paid", "returned")))
        back_dated = _ATTEMPT.c.returned_on == day
        back = self._rows().where(back_dated, _ATTEMPT.c.state == "returned")
        return [
            *(self._out(row) for row in work.session.execute(left)),
            *(self._back(row) for row in work.session.execute(back)),
        ]

    def unanswered(self, work: Work, sent_on: date) -> Sequence[Record]:
        """See `Records`."""
        start, end = _span(sent_on)
        wanted = self._rows().where(
            _ATTEMPT.c.settled_on.is_(None),
            _ATTEMPT.c.sent_at >= start,
            _ATTEMPT.c.sent_at < end,
            _ATTEMPT.c.state.in_(DOUBTFUL),
        )
        return [self._out(row) for row in work.session.execute(wanted)]

    def learnt(self, work: Work, since: datetime) -> Mapping[date, datetime]:
        """See `Records`."""
        found: dict[date, datetime] = {}
        oldest = business_date(since) - OF_A_LINE
        for day, narrow in (
            (_LEFT_ON, or_(_ATTEMPT.c.settled_on >= oldest, _ATTEMPT.c.settled_on.is_(None))),
            (_BACK_ON, _ATTEMPT.c.returned_on >= oldest),
        ):
            rows = work.session.execute(
                select(day, func.max(_ATTEMPT.c.settled_at))
                .where(
                    _ATTEMPT.c.provider == self._provider.value,
                    _ATTEMPT.c.settled_at > since,
                    _ATTEMPT.c.sent_at.is_not(None),
                    narrow,
                )
                .group_by(day)
            )
            for on, at in rows:
                if on is not None:
                    found[on] = max(at, found.get(on, at))
        return found

    def hear(self, work: Work, lines: Sequence[Line]) -> None:
        """See `Records`. What was never sent is told nothing: no answer can be about it."""
        sent = _ATTEMPT.c.sent_at.is_not(None)
        numbers = [line.number for line in lines]
        rows = work.session.execute(self._known(numbers).where(sent)).all()
        ids = {row.number: row.id for row in rows}
        for direction in ("out", "in"):  # it left before it came back
            told = [one for one in lines if one.direction == direction and one.number in ids]
            settle(work, {ids[one.number]: self._answer(one) for one in told})
        self._close_cases(work, [row.payout_id for row in rows if row.state == "manual"])

    def _answer(self, line: Line) -> Answer:
        day = business_date(line.booked_at)
        said = Outcome.ACCEPTED if self._charged_first else Outcome.PAID
        outcome = Outcome.RETURNED if line.direction == "in" else said
        # The reference stays that of the payment: a return has one of its own in the provider's books.
        reference = line.reference if line.direction == "out" else None
        return Answer(outcome, reference or None, code="day_file", amount=line.amount, settled_on=day)

    def _close_cases(self, work: Work, payout_ids: Sequence[UUID]) -> None:
        """Nobody has to find out any more how those ended of which the file has told it."""
        paid = select(_PAYOUT.c.id).where(_PAYOUT.c.id.in_(payout_ids), _PAYOUT.c.state == "paid")
        for payout_id in work.session.scalars(paid).all():
            close_task(
                work, by=BY, kind=CASE.name, object_id=payout_id, outcome="reconciled", state="cancelled"
            )

    def _rows(self) -> Select[Any]:
        names = ("id", "payout_id", "number", "amount", "state", "settled_on", "returned_on", "sent_at")
        return (
            select(
                *(_ATTEMPT.c[name] for name in names),
                *(_PAYOUT.c[name] for name in ("agency_id", "payee_id")),
                _SENT_ON.label("sent_on"),
                _LEFT_ON.label("left_on"),
                _BACK_ON.label("back_on"),
            )
            .join_from(_ATTEMPT, _PAYOUT, _ATTEMPT.c.payout_id == _PAYOUT.c.id)
            .where(_ATTEMPT.c.provider == self._provider.value)
        )

    def _known(self, numbers: Collection[str]) -> Select[Any]:
        wanted = (
            func.unnest(literal(list(numbers), ARRAY(Text())))
            .table_valued(column("number", Text()))
            .render_derived("wanted")
        )
        return self._rows().join(wanted, wanted.c.number == _ATTEMPT.c.number)

    def _out(self, row: Row) -> Record:
        return _record(row, "out", self._standing(row), row.left_on)

    def _back(self, row: Row) -> Record:
        """What went out may come back at any time; what did not cannot."""
        if row.state == "returned":
            return _record(row, "in", Standing.SETTLED, row.back_on)
        never = row.sent_at is None or row.state in ("failed", "cancelled")
        return _record(row, "in", Standing.NOT_MOVED if never else Standing.OPEN, None)

    def _standing(self, row: Row) -> Standing:
        if row.state in ("paid", "returned"):
            return Standing.SETTLED
        if row.state not in DOUBTFUL or row.sent_at is None:
            return Standing.NOT_MOVED
        return Standing.UNDER_WAY if self._charged_first and row.state == "accepted" else Standing.OPEN


def _record(row: Row, direction: Any, state: Standing, settled_on: date | None) -> Record:
    return Record(
        row.number,
        direction,
        Fen(row.amount),
        state,
        settled_on,
        row.sent_on,
        row.agency_id,
        row.payee_id,
        row.payout_id,
    )


def _span(day: date) -> tuple[datetime, datetime]:
    start = datetime.combine(day, datetime.min.time(), SHANGHAI)
    return start, start + timedelta(days=1)
