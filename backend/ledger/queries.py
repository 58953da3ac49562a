"""Reading the ledger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import cast
from uuid import UUID

from sqlalchemy import Table, bindparam, func, select

from backend.kernel.db import Work
from backend.kernel.money import Fen
from backend.kernel.prepared import Prepared
from backend.ledger.models import Journal, LedgerAccount, Posting

# Of the tables, not of the classes: citizens look at balances more than at anything else.
_ACCOUNT = cast(Table, LedgerAccount.__table__)
_POSTING = cast(Table, Posting.__table__)
_PARTS = Prepared(
    select(_ACCOUNT.columns.kind, _POSTING.columns.entry, func.sum(_POSTING.columns.amount))
    .join_from(_ACCOUNT, _POSTING, _POSTING.columns.account_id == _ACCOUNT.columns.id)
    .where(_ACCOUNT.columns.owner_id == bindparam("owner_id"))
    .group_by(_ACCOUNT.columns.kind, _POSTING.columns.entry)
)


@dataclass(frozen=True)
class Movement:
    """What one kind of entry moved on one accounting date."""

    entry: str
    booked_on: date
    amount: Fen


@dataclass(frozen=True)
class OwnedAccount:
    """An account and whose it is."""

    owner_id: UUID
    kind: str
    account_id: UUID


def booked_on(work: Work, journal_ids: Collection[UUID]) -> dict[UUID, date]:
    """The accounting dates of journals, by id."""
    rows = work.session.execute(select(Journal.id, Journal.booked_on).where(Journal.id.in_(journal_ids)))
    return {row.id: row.booked_on for row in rows}


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


def parts(work: Work, owner_id: UUID) -> dict[str, dict[str, Fen]]:
    """What the accounts of an owner consist of: by kind of account the sum of each kind of entry, in fen."""
    found: dict[str, dict[str, Fen]] = defaultdict(dict)
    for kind, entry, amount in _PARTS.rows(work, owner_id=owner_id):
        found[kind][entry] = Fen(int(amount))
    return found


def movements(work: Work, account_ids: Collection[UUID]) -> dict[UUID, list[Movement]]:
    """All movements of some accounts by date and kind of entry, oldest first."""
    rows = work.session.execute(
        select(Posting.account_id, Posting.entry, Posting.booked_on, func.sum(Posting.amount))
        .where(Posting.account_id.in_(account_ids))
        .group_by(Posting.account_id, Posting.booked_on, Posting.entry)
        .order_by(Posting.account_id, Posting.booked_on, Posting.entry)
    )
    found: dict[UUID, list[Movement]] = {account_id: [] for account_id in account_ids}
    for account_id, entry, day, amount in rows:
        found[account_id].append(Movement(entry, day, Fen(int(amount))))
    return found


def accounts_of(work: Work, owner_id: UUID, kinds: Collection[str]) -> dict[str, UUID]:
    """The accounts that an owner has, by kind."""
    rows = work.session.execute(
        select(LedgerAccount.kind, LedgerAccount.id)
        .where(LedgerAccount.owner_id == owner_id, LedgerAccount.kind.in_(kinds))
        .order_by(LedgerAccount.kind)
    )
    return {row.kind: row.id for row in rows}


def accounts_after(
    work: Work, kinds: Collection[str], after: UUID | None, *, limit: int
) -> list[OwnedAccount]:
    """The accounts of some kinds, for the `limit` owners whose ids follow `after`, in their order."""
    owners = select(LedgerAccount.owner_id).distinct().where(LedgerAccount.kind.in_(kinds))
    if after is not None:
        owners = owners.where(LedgerAccount.owner_id > after)
    some = owners.order_by(LedgerAccount.owner_id).limit(limit)
    rows = work.session.execute(
        select(LedgerAccount.owner_id, LedgerAccount.kind, LedgerAccount.id)
        .where(LedgerAccount.kind.in_(kinds), LedgerAccount.owner_id.in_(some))
        .order_by(LedgerAccount.owner_id, LedgerAccount.kind)
    )
    return [OwnedAccount(*row) for row in rows]
