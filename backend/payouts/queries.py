"""Reading payouts."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, func, select

from backend.agencies import queries as agencies
from backend.kernel.actor import Actor
from backend.kernel.db import Work
from backend.kernel.errors import NotFound
from backend.kernel.masking import mask_card
from backend.kernel.money import Fen
from backend.payouts import kinds
from backend.payouts.carrying import EVERYTHING
from backend.payouts.models import Payout, PayoutAttempt, PayoutDay, PayoutStop
from backend.payouts.ports import Provider
from backend.payouts.views import (
    ATTEMPT_LABELS,
    CASE_LABELS,
    STATE_LABELS,
    AttemptView,
    Board,
    BoardCell,
    KindToday,
    PayoutView,
    StopView,
)
from backend.people import queries as people

READ = "payouts.read"
ORDER = (Payout.requested_at, Payout.id)
SORTS = {"requested_at": Payout.requested_at, "amount": Payout.amount}
DOUBTFUL = ("sending", "unknown")


def payouts(*, by: Actor, state: str | None = None, kind: str | None = None) -> Select[Payout]:
    """The payouts within one's reach, for a page ordered by `ORDER`."""
    statement = select(Payout).where(Payout.agency_id.in_(agencies.ids_within(by.reach(READ))))
    if state is not None:
        statement = statement.where(Payout.state == state)
    return statement if kind is None else statement.where(Payout.kind == kind)


def views(work: Work, rows: Sequence[Payout]) -> list[PayoutView]:
    """Rows of `payouts`, in a fixed number of queries."""
    homes = agencies.names(work, {row.agency_id for row in rows})
    payees = {row.payee_id for row in rows if row.payee_id}
    known = {one.person_id: one.name for one in people.summaries(work, payees)}
    return [
        PayoutView(
            payout_id=row.id,
            kind=row.kind,
            label=kinds.payout_kind(row.kind).label,
            source=row.source,
            agency_id=row.agency_id,
            agency_name=homes[row.agency_id],
            payee_id=row.payee_id,
            payee_name=known[row.payee_id] if row.payee_id else None,
            amount=Fen(row.amount),
            purpose=row.purpose,
            state=row.state,
            state_label=STATE_LABELS[row.state],
            case=row.case,
            case_label=CASE_LABELS[row.case] if row.case else None,
            requested_at=row.requested_at,
            settled_at=row.settled_at,
            version=row.version,
        )
        for row in rows
    ]


def payout(work: Work, *, by: Actor, payout_id: UUID) -> PayoutView:
    """One payout; raises NotFound, also when out of reach. Whoever shows it writes down the look."""
    row = work.session.get(Payout, payout_id, populate_existing=True)
    if row is None or not by.allows(READ, agencies.path(work, row.agency_id)):
        raise NotFound
    return views(work, [row])[0]


def attempts(work: Work, payout_id: UUID) -> list[AttemptView]:
    """The numbers of a payout, newest first."""
    wanted = select(PayoutAttempt).where(PayoutAttempt.payout_id == payout_id)
    rows = work.session.scalars(wanted.order_by(PayoutAttempt.ordinal.desc()))
    return [
        AttemptView(
            ordinal=row.ordinal,
            provider=row.provider,
            provider_label=Provider(row.provider).label,
            number=row.number,
            account=mask_card(row.payee["account"]),
            state=row.state,
            state_label=ATTEMPT_LABELS[row.state],
            code=row.code,
            reference=row.reference,
            sent_at=row.sent_at,
            settled_at=row.settled_at,
            settled_on=row.settled_on,
            due_at=row.due_at,
        )
        for row in rows
    ]


def board(work: Work, *, by: Actor) -> Board:
    """Counts and sums by kind and state within one's reach; limits and switches are the whole bureau's."""
    within = Payout.agency_id.in_(agencies.ids_within(by.reach(READ)))
    cells = work.session.execute(
        select(Payout.kind, Payout.state, func.count(), func.sum(Payout.amount))
        .where(within)
        .group_by(Payout.kind, Payout.state)
        .order_by(Payout.kind, Payout.state)
    )
    unanswered, oldest = work.session.execute(
        select(func.count(), func.min(PayoutAttempt.sent_at))
        .join(Payout, Payout.id == PayoutAttempt.payout_id)
        .where(within, PayoutAttempt.state.in_(DOUBTFUL))
    ).one()
    return Board(
        cells=[
            BoardCell(
                kind, kinds.payout_kind(kind).label, state, STATE_LABELS[state], count, Fen(int(amount))
            )
            for kind, state, count, amount in cells
        ],
        today=_today(work),
        stops=[
            StopView(row.scope, scope_label(row.scope), row.stopped_at, row.stopped_by, row.reason)
            for row in work.session.scalars(select(PayoutStop).order_by(PayoutStop.stopped_at))
        ],
        unanswered=unanswered,
        oldest_unanswered_at=oldest,
    )


def scope_label(scope: str) -> str:
    """What a stop switch is for, in Chinese."""
    if scope == EVERYTHING:
        return "全部拨付"
    if scope in set(Provider):
        return Provider(scope).label
    return kinds.payout_kind(scope).label


def _today(work: Work) -> list[KindToday]:
    rows = work.session.scalars(select(PayoutDay).where(PayoutDay.day == work.clock.today()))
    spent = {row.kind: (row.count, row.amount) for row in rows}
    return [
        KindToday(
            one.name,
            one.label,
            one.provider,
            one.provider.label,
            spent.get(one.name, (0, 0))[0],
            Fen(spent.get(one.name, (0, 0))[1]),
            one.daily_limit,
            one.single_limit,
        )
        for one in kinds.every()
    ]
