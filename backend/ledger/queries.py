"""Reading the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, select

from backend.kernel.db import Work
from backend.kernel.money import Fen
from backend.ledger.models import LedgerAccount, Posting


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


def movements(work: Work, account_id: UUID) -> Sequence[Movement]:
    """All movements of an account, by date and kind, oldest first."""
    rows = work.session.execute(
        select(Posting.entry, Posting.booked_on, func.sum(Posting.amount))
        .where(Posting.account_id == account_id)
        .group_by(Posting.booked_on, Posting.entry)
        .order_by(Posting.booked_on, Posting.entry)
    )
    return [Movement(entry, day, Fen(int(amount))) for entry, day, amount in rows]
