"""Writing to the ledger."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast
from uuid import UUID

from sqlalchemy import Table, select
from sqlalchemy.dialects.postgresql import insert

from backend.kernel.db import Work
from backend.kernel.errors import Conflict, NotFound
from backend.kernel.ids import new_id
from backend.kernel.money import Fen
from backend.kernel.rows import add_many
from backend.ledger.models import Journal, LedgerAccount, Posting

_ACCOUNT = cast(Table, LedgerAccount.__table__)


class AlreadyPosted(Conflict):
    """This event of this source is in the ledger already."""

    code = "already_posted"
    title = "这笔业务已经入账，不能重复入账"


class AlreadyReversed(Conflict):
    """The journal was reversed before."""

    code = "already_reversed"
    title = "这笔业务已经冲正，不能重复冲正"


class Unbalanced(ValueError):
    """The postings of a journal do not sum to zero: a mistake in the program, not of a person."""


@dataclass(frozen=True)
class Entry:
    """Fen into an account (positive) or out of it (negative); `name` says what for (`contribution`)."""

    account_id: UUID
    amount: Fen
    name: str


@dataclass(frozen=True)
class Draft:
    """A journal to be posted; `(source, event)` names the business event and is posted once."""

    source: str
    event: str
    booked_on: date
    entries: Sequence[Entry]


def account(work: Work, kind: str, owner_id: UUID) -> UUID:
    """The ledger account of an owner, made when first needed; safe when two make it at once."""
    wanted = select(LedgerAccount.id).where(LedgerAccount.kind == kind, LedgerAccount.owner_id == owner_id)
    found = work.session.scalar(wanted)
    if found is not None:
        return found
    statement = insert(LedgerAccount).values(id=new_id(), kind=kind, owner_id=owner_id)
    work.session.execute(statement.on_conflict_do_nothing())
    return work.session.scalars(wanted).one()


def accounts(work: Work, wanted: Collection[tuple[str, UUID]]) -> dict[tuple[str, UUID], UUID]:
    """`account` for many kinds and owners, in one statement where all of them are there."""
    kinds, owners = {kind for kind, _ in wanted}, {owner_id for _, owner_id in wanted}
    rows = work.session.execute(
        select(_ACCOUNT.c.kind, _ACCOUNT.c.owner_id, _ACCOUNT.c.id).where(
            _ACCOUNT.c.kind.in_(kinds), _ACCOUNT.c.owner_id.in_(owners)
        )
    )
    found = {(row.kind, row.owner_id): row.id for row in rows}
    return {one: found[one] if one in found else account(work, *one) for one in wanted}


def post(work: Work, draft: Draft) -> UUID:
    """Posts one journal. Raises Unbalanced, or AlreadyPosted when this event was posted before."""
    [journal_id] = post_many(work, [draft])
    return journal_id


def post_many(work: Work, drafts: Sequence[Draft]) -> list[UUID]:
    """Posts journals in two statements, all or none. Raises as `post` does."""
    ids = [new_id() for _ in drafts]
    rows = [_journal(work, id_, draft) for id_, draft in zip(ids, drafts, strict=True)]
    add_many(work, Journal, rows, taken=AlreadyPosted())
    _add_postings(work, ids, drafts)
    return ids


def reverse(work: Work, journal_id: UUID, *, booked_on: date) -> UUID:
    """Posts the opposite of a journal, dated `booked_on`. Raises NotFound, AlreadyReversed."""
    original = work.session.get(Journal, journal_id)
    if original is None:
        raise NotFound
    postings = work.session.scalars(select(Posting).where(Posting.journal_id == journal_id)).all()
    opposite = [Entry(one.account_id, Fen(-one.amount), one.entry) for one in postings]
    draft = Draft(original.source, f"{original.event}:reversed", booked_on, opposite)
    reversal_id = new_id()
    row = _journal(work, reversal_id, draft, reversal_of=journal_id)
    add_many(work, Journal, [row], taken=AlreadyReversed())
    _add_postings(work, [reversal_id], [draft])
    return reversal_id


def _journal(
    work: Work, journal_id: UUID, draft: Draft, *, reversal_of: UUID | None = None
) -> dict[str, object]:
    if sum(entry.amount for entry in draft.entries) != 0 or len(draft.entries) < 2:
        raise Unbalanced(f"{draft.source} {draft.event}")
    return {
        "id": journal_id,
        "source": draft.source,
        "event": draft.event,
        "booked_on": draft.booked_on,
        "posted_at": work.clock.now(),
        "reversal_of": reversal_of,
    }


def _add_postings(work: Work, journal_ids: Sequence[UUID], drafts: Sequence[Draft]) -> None:
    rows = [
        {
            "id": new_id(),
            "journal_id": journal_id,
            "account_id": entry.account_id,
            "entry": entry.name,
            "booked_on": draft.booked_on,
            "amount": entry.amount,
        }
        for journal_id, draft in zip(journal_ids, drafts, strict=True)
        for entry in draft.entries
    ]
    add_many(work, Posting, rows, taken=AlreadyPosted())
