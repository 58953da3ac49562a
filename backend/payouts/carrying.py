"""What the worker writes down around a call: which numbers it takes in hand, and what became of them.

No call is made here. A batch is claimed and committed before anything is sent, and what was answered is
committed after; whoever dies in between leaves a lease behind that runs out, and the number is asked about.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Row, Table, any_, bindparam, literal, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.types import Uuid

from backend.kernel.clock import SHANGHAI
from backend.kernel.crypto import keyring
from backend.kernel.db import Work
from backend.kernel.ids import new_id
from backend.kernel.money import Fen
from backend.kernel.sealed import place_of
from backend.payouts import books
from backend.payouts.books import Move
from backend.payouts.kinds import payout_kind
from backend.payouts.models import Payout, PayoutAttempt, PayoutDay, PayoutStop
from backend.payouts.ports import Inquiry, Instruction, Payee, Provider

BATCH = 100
LEASE = timedelta(minutes=3)
EVERYTHING = "all"

# Of the tables, not of the classes: thousands go through here in a row.
_ATTEMPT = cast(Table, PayoutAttempt.__table__)
_PAYOUT = cast(Table, Payout.__table__)


@dataclass(frozen=True)
class Claim:
    """Numbers that this worker has in hand until `LEASE` is over, by the ids of their attempts."""

    send: Mapping[UUID, Instruction] = field(default_factory=dict)
    ask: Mapping[UUID, Inquiry] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.send or self.ask)


def claim(work: Work, provider: Provider) -> Claim:
    """Takes what is due at a provider: what is to be sent, within limits and switches, and what to ask about.

    Numbers that another worker looks at are passed over. A switch that is off keeps nobody from asking.
    """
    now = work.clock.now()
    rows = work.session.execute(_due(work, provider), {"now": now}).all()
    waiting = [row for row in rows if row.state == "waiting"]
    fresh, late = _within_limits(work, [row for row in waiting if row.sent_at is None])
    again = [row for row in waiting if row.sent_at is not None]
    asked = [row for row in rows if row.state != "waiting"]
    _put_off(work, late, now)
    journal_id = books.book(work, f"sent:{new_id()}", [_sent(row) for row in fresh])
    _take(work, fresh, {"state": "sending", "sent_at": now, "sent_journal_id": journal_id})
    _take(work, again, {"state": "sending"})
    _take(work, [row for row in asked if row.state == "sending"], {"state": "unknown"})
    _take(work, asked, {"asked": _ATTEMPT.c.asked + 1})
    return Claim(
        {row.id: _instruction(row) for row in (*fresh, *again)},
        {row.id: Inquiry(row.number, row.sent_at) for row in asked},
    )


def _due(work: Work, provider: Provider) -> Any:
    stops = set(work.session.scalars(select(PayoutStop.scope)))
    state, kind = _ATTEMPT.c.state, _PAYOUT.c.kind
    statement = (
        select(
            *(_ATTEMPT.c[name] for name in ("id", "number", "amount", "payee_sealed", "state", "sent_at")),
            *(_PAYOUT.c[name] for name in ("kind", "agency_id", "purpose")),
        )
        .join_from(_ATTEMPT, _PAYOUT, _ATTEMPT.c.payout_id == _PAYOUT.c.id)
        .where(_ATTEMPT.c.provider == provider, _ATTEMPT.c.due_at <= bindparam("now"))
        .order_by(_ATTEMPT.c.due_at, _ATTEMPT.c.id)
        .limit(BATCH)
        .with_for_update(of=_ATTEMPT, skip_locked=True)
    )
    if stops & {EVERYTHING, provider}:
        return statement.where(state != "waiting")
    return statement.where(or_(state != "waiting", kind.not_in(stops))) if stops else statement


def _within_limits(work: Work, rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Which of the rows may still go out today, and which must wait for tomorrow; counts the former."""
    by_kind: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_kind[row.kind].append(row)
    fit: list[Row] = []
    late: list[Row] = []
    for name in sorted(by_kind):
        limit = payout_kind(name).daily_limit
        spent = start = _lock_day(work, name)
        for row in by_kind[name]:
            fits = spent + row.amount <= limit
            spent += row.amount if fits else 0
            (fit if fits else late).append(row)
        taken = len(by_kind[name]) - sum(row.kind == name for row in late)
        work.session.execute(
            update(PayoutDay)
            .where(PayoutDay.kind == name, PayoutDay.day == work.clock.today())
            .values(count=PayoutDay.count + taken, amount=PayoutDay.amount + (spent - start))
        )
    return fit, late


def _lock_day(work: Work, kind: str) -> int:
    """What has gone out of a kind today, in fen; nobody else adds to it before this transaction ends."""
    statement = (
        insert(PayoutDay)
        .values(kind=kind, day=work.clock.today(), count=0, amount=0)
        .on_conflict_do_update(index_elements=["kind", "day"], set_={"count": PayoutDay.count})
        .returning(PayoutDay.amount)
    )
    return work.session.execute(statement).scalar_one()


def _put_off(work: Work, rows: Sequence[Row], now: datetime) -> None:
    """Until the day after, when the limit begins anew."""
    day = now.astimezone(SHANGHAI).date() + timedelta(days=1)
    _set(work, rows, {"due_at": datetime.combine(day, time(), SHANGHAI), "reason": "limit"})


def _take(work: Work, rows: Sequence[Row], values: Mapping[str, Any]) -> None:
    _set(work, rows, {"due_at": work.clock.now() + LEASE, **values})


def _set(work: Work, rows: Sequence[Row], values: Mapping[str, Any]) -> None:
    if rows:
        ids = literal([row.id for row in rows], ARRAY(Uuid()))
        work.session.execute(update(_ATTEMPT).where(_ATTEMPT.c.id == any_(ids)).values(values))


def _sent(row: Row) -> Move:
    return Move(row.agency_id, Fen(row.amount), "payable", "in_transit")


def _instruction(row: Row) -> Instruction:
    place = place_of("payout_attempt", "payee_sealed", row.id)
    payee = Payee(**PayoutAttempt.payee.decode(keyring().open(row.payee_sealed, place=place)))
    return Instruction(row.number, Fen(row.amount), payee, row.purpose)
