"""Writing to the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from backend.kernel.db import Work
from backend.kernel.errors import Conflict, NotFound
from backend.kernel.ids import new_id
from backend.kernel.money import Fen
from backend.kernel.rows import add
from backend.ledger.models import Journal, LedgerAccount, Posting


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


def post(work: Work, draft: Draft) -> UUID:
    """Posts one journal. Raises Unbalanced, or AlreadyPosted when this event was posted before."""
    journal = _journal(work, draft)
    add(work, journal, taken=AlreadyPosted())
    work.session.execute(insert(Posting), list(_postings(journal.id, draft)))
    return journal.id


def post_many(work: Work, drafts: Sequence[Draft]) -> list[UUID]:
    """Posts journals in a few statements, all or none. Raises as `post` does."""
    journals = [_journal(work, draft) for draft in drafts]
    add(work, *journals, taken=AlreadyPosted())
    rows = [
        row for journal, draft in zip(journals, drafts, strict=True) for row in _postings(journal.id, draft)
    ]
    if rows:
        work.session.execute(insert(Posting), rows)
    return [journal.id for journal in journals]


def reverse(work: Work, journal_id: UUID, *, booked_on: date) -> UUID:
    """Posts the opposite of a journal, dated `booked_on`. Raises NotFound, AlreadyReversed."""
    original = work.session.get(Journal, journal_id)
    if original is None:
        raise NotFound
    reversal = Journal(
        id=new_id(),
        source=original.source,
        event=f"{original.event}:reversed",
        booked_on=booked_on,
        posted_at=work.clock.now(),
        reversal_of=journal_id,
    )
    add(work, reversal, taken=AlreadyReversed())
    postings = work.session.scalars(select(Posting).where(Posting.journal_id == journal_id)).all()
    opposite = [Entry(one.account_id, Fen(-one.amount), one.entry) for one in postings]
    draft = Draft(original.source, reversal.event, booked_on, opposite)
    work.session.execute(insert(Posting), list(_postings(reversal.id, draft)))
    return reversal.id


def _journal(work: Work, draft: Draft) -> Journal:
    if sum(entry.amount for entry in draft.entries) != 0 or len(draft.entries) < 2:
        raise Unbalanced(f"{draft.source} {draft.event}")
    return Journal(
        id=new_id(),
        source=draft.source,
        event=draft.event,
        booked_on=draft.booked_on,
        posted_at=work.clock.now(),
    )


def _postings(journal_id: UUID, draft: Draft) -> Iterable[dict[str, object]]:
    for entry in draft.entries:
        yield {
            "id": new_id(),
            "journal_id": journal_id,
            "account_id": entry.account_id,
            "entry": entry.name,
            "booked_on": draft.booked_on,
            "amount": entry.amount,
        }
