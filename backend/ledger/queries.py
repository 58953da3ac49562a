"""Reading the ledger."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, select

from backend.kernel.db import Work
from backend.kernel.money import Fen
from backend.ledger.models import Journal, LedgerAccount, Posting


@dataclass(frozen=True)
class Movement:
    """What one kind of entry moved on one accounting date."""

    entry: str
    booked_on: date
    amount: Fen


def account_of(work: Work, kind: str, owner_id: UUID) -> UUID | None:
    """The ledger account of an owner, or None when nothing was ever posted to it."""
    return work.session.scalar(
        select(LedgerAccount.id).where(LedgerAccount.kind == kind, LedgerAccount.owner_id == owner_id)
    )


def balance(work: Work, account_id: UUID, *, before: date | None = None) -> Fen:
    """What is in an account, in fen; with `before`, what was in it when that day began."""
    statement = select(func.coalesce(func.sum(Posting.amount), 0)).where(Posting.account_id == account_id)
    if before is not None:
        statement = statement.where(Posting.booked_on < before)
    return Fen(int(work.session.execute(statement).scalar_one()))


def by_entry(work: Work, account_id: UUID) -> dict[str, Fen]:
    """What an account consists of: the sum of each kind of entry, in fen."""
    rows = work.session.execute(
        select(Posting.entry, func.sum(Posting.amount))
        .where(Posting.account_id == account_id)
        .group_by(Posting.entry)
    )
    return {entry: Fen(int(amount)) for entry, amount in rows}


def movements(work: Work, account_id: UUID, *, year: int | None = None) -> Sequence[Movement]:
    """The movements of an account, of one year or of all, by date and kind, oldest first."""
    statement = (
        select(Posting.entry, Posting.booked_on, func.sum(Posting.amount))
        .where(Posting.account_id == account_id)
        .group_by(Posting.booked_on, Posting.entry)
        .order_by(Posting.booked_on, Posting.entry)
    )
    if year is not None:
        statement = statement.where(Posting.booked_on.between(date(year, 1, 1), date(year, 12, 31)))
    rows = work.session.execute(statement)
    return [Movement(entry, day, Fen(int(amount))) for entry, day, amount in rows]


def first_booking(work: Work, account_id: UUID) -> date | None:
    """The earliest accounting date of an account, or None when nothing was posted."""
    return work.session.scalar(select(func.min(Posting.booked_on)).where(Posting.account_id == account_id))


def is_posted(work: Work, source: str, event: str) -> bool:
    """Whether a business event is in the ledger."""
    wanted = select(Journal.id).where(Journal.source == source, Journal.event == event)
    return work.session.scalar(wanted) is not None


def owners_after(
    work: Work, kinds: Collection[str], after: UUID | None, *, limit: int
) -> list[tuple[UUID, str]]:
    """(owner, kind) of accounts of some kinds, for the `limit` owners whose ids follow `after`."""
    owners = select(LedgerAccount.owner_id).distinct().where(LedgerAccount.kind.in_(kinds))
    if after is not None:
        owners = owners.where(LedgerAccount.owner_id > after)
    some = owners.order_by(LedgerAccount.owner_id).limit(limit)
    rows = work.session.execute(
        select(LedgerAccount.owner_id, LedgerAccount.kind)
        .where(LedgerAccount.kind.in_(kinds), LedgerAccount.owner_id.in_(some))
        .order_by(LedgerAccount.owner_id, LedgerAccount.kind)
    )
    return [(owner, kind) for owner, kind in rows]
