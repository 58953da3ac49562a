"""Reading payouts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select

from backend.agencies import queries as agencies
from backend.kernel.actor import Actor
from backend.kernel.db import Work
from backend.kernel.errors import NotFound
from backend.kernel.masking import mask_card
from backend.kernel.money import Fen
from backend.ledger import queries as ledger
from backend.payouts import kinds
from backend.payouts.carrying import EVERYTHING
from backend.payouts.commands import APPROVAL_KINDS, PAYOUT_RELEASE
from backend.payouts.models import Payout, PayoutAttempt, PayoutDay, PayoutStop
from backend.payouts.ports import Provider
from backend.payouts.rules import NEEDS, Action, possible
from backend.payouts.views import (
    ATTEMPT_LABELS,
    CASE_LABELS,
    JOURNAL_LABELS,
    REASON_LABELS,
    STATE_LABELS,
    AttemptView,
    Board,
    BoardCell,
    JournalView,
    KindToday,
    PayoutView,
    PendingView,
    StopView,
)
from backend.people import queries as people
from backend.worklist import queries as worklist

READ = "payouts.read"
ORDER = (Payout.requested_at, Payout.id)
TO_ORDERS = (Provider.WECHAT_REFUND, Provider.TAX_REFUND)
SORTS = {"requested_at": Payout.requested_at, "amount": Payout.amount}
DOUBTFUL = ("sending", "unknown")
WAITS = ("awaiting_approval", "manual")
"""States in which a change may wait for a second person."""


@dataclass(frozen=True)
class Filters:
    """Which payouts to find; `since` is included, `until` is not; `agency_path` means its whole subtree."""

    state: str | None = None
    kind: str | None = None
    source: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    agency_path: str | None = None
    among: Collection[UUID] | None = None


def payouts(*, by: Actor, filters: Filters = Filters()) -> Select[Payout]:
    """The payouts within one's reach, for a page ordered by `ORDER`."""
    statement = select(Payout).where(Payout.agency_id.in_(agencies.ids_within(by.reach(READ))))
    if filters.since is not None:
        statement = statement.where(Payout.requested_at >= filters.since)
    if filters.until is not None:
        statement = statement.where(Payout.requested_at < filters.until)
    if filters.agency_path is not None:
        statement = statement.where(Payout.agency_id.in_(agencies.ids_within([filters.agency_path])))
    if filters.among is not None:
        statement = statement.where(Payout.id.in_(filters.among))
    for name in ("state", "kind", "source"):
        wanted = getattr(filters, name)
        if wanted is not None:
            statement = statement.where(getattr(Payout, name) == wanted)
    return statement


def released_by(work: Work, approval_id: UUID) -> list[UUID]:
    """The payouts that a release is about, or was; raises NotFound. They still show only within reach."""
    return _listed(worklist.proposal(work, approval_id, kind=PAYOUT_RELEASE.name))


def views(work: Work, rows: Sequence[Payout]) -> list[PayoutView]:
    """Rows of `payouts`, in a fixed number of queries."""
    homes = agencies.names(work, {row.agency_id for row in rows})
    payees = {row.payee_id for row in rows if row.payee_id}
    known = {one.person_id: one.name for one in people.summaries(work, payees)}
    pending = _pending(work, {row.agency_id for row in rows if row.state in WAITS})
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
            approval=pending.get(row.id) if row.state in WAITS else None,
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


def actions(work: Work, view: PayoutView, *, by: Actor) -> list[Action]:
    """What one may do now with a payout that one has before one's eyes; nobody decides on what they asked."""
    newest = (
        select(PayoutAttempt.state, PayoutAttempt.sent_at)
        .where(PayoutAttempt.payout_id == view.payout_id)
        .order_by(PayoutAttempt.ordinal.desc())
        .limit(1)
    )
    last = work.session.execute(newest).one()
    unsent = last.state == "waiting" and last.sent_at is None
    home = agencies.path(work, view.agency_id)
    own = view.approval is not None and view.approval.maker_id == by.id
    return [
        action
        for action in possible(view.state, unsent=unsent, pending=view.approval is not None)
        if by.allows(NEEDS[action], home) and not (action == "decide" and own)
    ]


def attempts(work: Work, payout_id: UUID) -> list[AttemptView]:
    """The numbers of a payout, newest first."""
    wanted = select(PayoutAttempt).where(PayoutAttempt.payout_id == payout_id)
    rows = work.session.scalars(wanted.order_by(PayoutAttempt.ordinal.desc())).all()
    journals = _journals(work, rows)
    return [
        AttemptView(
            ordinal=row.ordinal,
            provider=row.provider,
            provider_label=Provider(row.provider).label,
            number=row.number,
            account=_account(row),
            state=row.state,
            state_label=ATTEMPT_LABELS[row.state],
            code=row.code,
            reason=row.reason,
            reason_label=REASON_LABELS[row.reason] if row.reason else None,
            reference=row.reference,
            sent_at=row.sent_at,
            settled_at=row.settled_at,
            settled_on=row.settled_on,
            due_at=row.due_at,
            journals=journals[row.id],
        )
        for row in rows
    ]


def _account(row: PayoutAttempt) -> str:
    """Cards are masked; what is sent back goes to an order that was paid, whose number names nobody."""
    account: str = row.payee["account"]
    return account if row.provider in TO_ORDERS else mask_card(account)


def _journals(work: Work, rows: Sequence[PayoutAttempt]) -> dict[UUID, list[JournalView]]:
    """What each number did to the books, in the order of its steps."""
    steps = {
        row.id: {
            "sent": row.sent_journal_id,
            "failed" if row.state == "failed" else "paid": row.settled_journal_id,
            "returned": row.returned_journal_id,
        }
        for row in rows
    }
    days = ledger.booked_on(work, [one for made in steps.values() for one in made.values() if one])
    return {
        row_id: [JournalView(step, JOURNAL_LABELS[step], days[one]) for step, one in made.items() if one]
        for row_id, made in steps.items()
    }


def _pending(work: Work, agency_ids: Collection[UUID]) -> dict[UUID, PendingView]:
    """What waits for a second person, by payout; where two lists name the same payout, the later one."""
    if not agency_ids:
        return {}
    waiting = worklist.pending(work, kinds=[one.name for one in APPROVAL_KINDS], agency_ids=agency_ids)
    return {
        payout_id: PendingView(one.approval_id, one.serial, one.maker_id, one.made_at)
        for one in waiting
        for payout_id in _listed(one)
    }


def _listed(one: worklist.Proposal) -> list[UUID]:
    if one.kind == PAYOUT_RELEASE.name:
        return [UUID(payout_id) for payout_id in one.payload["payout_ids"]]
    return [one.target_id]


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
