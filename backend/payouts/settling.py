"""Writing down what providers said: in the attempt, the payout and the ledger, and to whom it matters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Date, DateTime, Row, Table, Text, column, func, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Uuid

from backend.kernel.actor import system
from backend.kernel.db import Work
from backend.kernel.ids import new_id
from backend.kernel.jobs import emit_many
from backend.kernel.money import Fen
from backend.payouts import books
from backend.payouts.attempts import add_attempt
from backend.payouts.books import Move, Place
from backend.payouts.events import PayoutSettled
from backend.payouts.kinds import payout_kind
from backend.payouts.models import Payout, PayoutAttempt
from backend.payouts.ports import Answer, Outcome, Payee
from backend.payouts.rules import OPEN, Known, Step, step
from backend.worklist.commands import open_task
from backend.worklist.kinds import TaskKind

BY = system("payouts")
TIME_TO_HANDLE = timedelta(days=2)
CASE = TaskKind("payout_case", "拨付异常处理", "payouts.handle")
KEPT = ("settled_on", "returned_on", "settled_journal_id", "returned_journal_id", "reference")
"""What an answer adds to an attempt, and never takes away."""
ENDED = {"paid", "failed", "returned", "cancelled"}

_ATTEMPT = cast(Table, PayoutAttempt.__table__)
_PAYOUT = cast(Table, Payout.__table__)


@dataclass(frozen=True)
class Change:
    """An attempt as it was, and what an answer makes of it."""

    row: Row
    answer: Answer
    step: Step

    @property
    def left(self) -> bool:
        """Whether the day of the answer is that on which the money left."""
        return self.step.state == "paid" and self.answer.outcome is Outcome.PAID

    @property
    def came_back(self) -> bool:
        """Whether the day of the answer is that on which the money came back."""
        return self.step.state == "returned"

    @property
    def payout_state(self) -> str:
        """What becomes of the payout, for which only its newest attempt speaks, and only when it moves."""
        stays = self.step.state == self.row.state and not self.step.anew
        if stays or self.row.ordinal != self.row.latest:
            return str(self.row.payout_state)
        if self.step.anew or self.step.state not in {*ENDED, "manual"}:
            return "in_progress"
        return self.step.state


def settle(work: Work, answers: Mapping[UUID, Answer]) -> None:
    """Writes down answers, by attempt. An answer that comes twice, or too late, changes nothing."""
    now = work.clock.now()
    found = [
        Change(row, answers[row.id], made)
        for row in _locked(work, list(answers))
        if (made := step(_known(row, now), answers[row.id]))
    ]
    if not found:
        return
    moved = [one for one in found if one.step.state != one.row.state]
    _write_attempts(work, found, _booked(work, moved), now)
    _write_payouts(work, found, now)
    _tell(work, moved)
    for one in found:
        if one.step.case:
            open_case(work, one.row.payout_id, one.row.agency_id, one.row.payee_id)
        if one.step.anew:
            _send_anew(work, one.row)


def open_case(work: Work, payout_id: UUID, agency_id: UUID, payee_id: UUID | None) -> None:
    """Gives a payout to the clerks who handle what machines cannot; one task for each payout is enough."""
    open_task(
        work,
        by=BY,
        kind=CASE.name,
        agency_id=agency_id,
        object_id=payout_id,
        subject_id=payee_id,
        due_at=work.clock.now() + TIME_TO_HANDLE,
    )


def _locked(work: Work, attempt_ids: Sequence[UUID]) -> Sequence[Row]:
    """The attempts and their payouts, locked in one order for everybody: payouts first."""
    wanted = _ATTEMPT.c.id.in_(attempt_ids)
    payouts = select(_ATTEMPT.c.payout_id).where(wanted)
    work.session.execute(
        select(_PAYOUT.c.id).where(_PAYOUT.c.id.in_(payouts)).order_by(_PAYOUT.c.id).with_for_update()
    )
    newer = _ATTEMPT.alias("newer")
    latest = (
        select(func.max(newer.c.ordinal))
        .where(newer.c.payout_id == _PAYOUT.c.id)
        .scalar_subquery()
        .label("latest")
    )
    names = ("id", "payout_id", "ordinal", "number", "amount", "state", "sent_at", "asked", "provider")
    return work.session.execute(
        select(
            *(_ATTEMPT.c[name] for name in names),
            *(_PAYOUT.c[name] for name in ("kind", "source", "agency_id", "payee_id")),
            _PAYOUT.c.state.label("payout_state"),
            latest,
        )
        .join_from(_ATTEMPT, _PAYOUT, _ATTEMPT.c.payout_id == _PAYOUT.c.id)
        .where(wanted)
        .order_by(_ATTEMPT.c.id)
        .with_for_update(of=_ATTEMPT)
    ).all()


def _known(row: Row, now: datetime) -> Known:
    return Known(row.state, Fen(row.amount), row.ordinal, row.asked, now - (row.sent_at or now))


def _booked(work: Work, changes: Sequence[Change]) -> dict[str, UUID | None]:
    """Posts what the changes mean for the ledger; the journal of each state."""
    moves: dict[str, list[Move]] = defaultdict(list)
    for one in changes:
        if made := _move(one):
            moves[one.step.state].append(made)
    return {state: books.book(work, f"{state}:{new_id()}", some) for state, some in moves.items()}


def _write_attempts(
    work: Work, changes: Sequence[Change], journals: Mapping[str, UUID | None], now: datetime
) -> None:
    def journal(one: Change, *states: str) -> UUID | None:
        moved = one.step.state != one.row.state and one.step.state in states
        return journals.get(one.step.state) if moved else None

    columns = {
        "id": (Uuid(), [one.row.id for one in changes]),
        "state": (Text(), [one.step.state for one in changes]),
        "due_at": (DateTime(timezone=True), [_due_at(one.step, now) for one in changes]),
        "settled_at": (
            DateTime(timezone=True),
            [None if one.step.state in OPEN else now for one in changes],
        ),
        "settled_on": (Date(), [one.answer.settled_on if one.left else None for one in changes]),
        "returned_on": (Date(), [one.answer.settled_on if one.came_back else None for one in changes]),
        "settled_journal_id": (Uuid(), [journal(one, "paid", "failed") for one in changes]),
        "returned_journal_id": (Uuid(), [journal(one, "returned") for one in changes]),
        "reference": (Text(), [one.answer.reference for one in changes]),
        "code": (Text(), [one.answer.code for one in changes]),
        "reason": (Text(), [one.answer.reason for one in changes]),
    }
    new = _unnested(columns)
    work.session.execute(
        update(_ATTEMPT)
        .where(_ATTEMPT.c.id == new.c.id)
        .values(
            state=new.c.state,
            due_at=new.c.due_at,
            settled_at=new.c.settled_at,
            **{name: func.coalesce(new.c[name], _ATTEMPT.c[name]) for name in KEPT},
            code=new.c.code,
            reason=new.c.reason,
        )
    )


def _write_payouts(work: Work, changes: Sequence[Change], now: datetime) -> None:
    told = [one for one in changes if one.step.case or one.payout_state != one.row.payout_state]
    if not told:
        return
    new = _unnested(
        {
            "id": (Uuid(), [one.row.payout_id for one in told]),
            "state": (Text(), [one.payout_state for one in told]),
            "case": (Text(), [one.step.case for one in told]),
            "settled_at": (
                DateTime(timezone=True),
                [now if one.payout_state in ENDED else None for one in told],
            ),
        }
    )
    work.session.execute(
        update(_PAYOUT)
        .where(_PAYOUT.c.id == new.c.id)
        .values(
            state=new.c.state, case=new.c.case, settled_at=new.c.settled_at, version=_PAYOUT.c.version + 1
        )
    )


def _due_at(made: Step, now: datetime) -> datetime | None:
    return None if made.again_in is None else now + made.again_in


def _unnested(columns: Mapping[str, tuple[Any, list[Any]]]) -> Any:
    arrays = [literal(values, ARRAY(kind)) for kind, values in columns.values()]
    names = [column(name, kind) for name, (kind, _) in columns.items()]
    return func.unnest(*arrays).table_valued(*names).render_derived("new")


def _move(change: Change) -> Move | None:
    """What a step means for the ledger; between two states that both may have paid it means nothing."""
    row, state = change.row, change.step.state
    places: dict[str, tuple[Place, Place]] = {
        "paid": ("in_transit", "paid"),
        "failed": ("in_transit", "payable"),
        "returned": ("paid" if row.state == "paid" else "in_transit", "payable"),
    }
    if state not in places:
        return None
    return Move(row.agency_id, Fen(row.amount), *places[state])


def _tell(work: Work, changes: Sequence[Change]) -> None:
    emit_many(
        work,
        [
            PayoutSettled(one.row.payout_id, one.row.kind, one.row.source, one.payout_state)
            for one in changes
            if one.payout_state in ENDED and one.payout_state != one.row.payout_state
        ],
    )


def _send_anew(work: Work, row: Row) -> None:
    payee = work.session.get_one(PayoutAttempt, row.id).payee
    payout = work.session.get_one(Payout, row.payout_id)
    add_attempt(work, payout, Payee(**payee), payout_kind(row.kind).provider, ordinal=row.ordinal + 1)
