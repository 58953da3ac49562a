"""Tables of the ledger."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.base import APPEND_ONLY, Base
from backend.kernel.ids import new_id


class LedgerAccount(Base):
    """Something that money is in: a person's account, or one of the bureau's, per agency.

    `kind` says which side the money belongs to; `owner_id` is the person or the agency.
    """

    __tablename__ = "ledger_account"
    __table_args__ = (UniqueConstraint("kind", "owner_id"), APPEND_ONLY)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    owner_id: Mapped[UUID]


class Journal(Base):
    """One business event in money. `booked_on` is the accounting date; `(source, event)` keeps it single."""

    __tablename__ = "journal"
    __table_args__ = (
        UniqueConstraint("source", "event"),
        UniqueConstraint("reversal_of"),
        CheckConstraint("reversal_of <> id", name="not_itself"),
        APPEND_ONLY,
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    source: Mapped[str]
    event: Mapped[str]
    booked_on: Mapped[date] = mapped_column(Date)
    posted_at: Mapped[datetime]
    reversal_of: Mapped[UUID | None] = mapped_column(ForeignKey("journal.id"))


class Posting(Base):
    """A part of a journal: fen into an account (positive) or out of it (negative).

    A deferred constraint trigger refuses a commit in which the postings of a journal do not sum to zero.
    """

    __tablename__ = "posting"
    __table_args__ = (
        CheckConstraint("amount <> 0", name="not_zero"),
        UniqueConstraint("journal_id", "account_id", "entry"),
        Index("ix_posting_account_booked", "account_id", "booked_on"),
        APPEND_ONLY,
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    journal_id: Mapped[UUID] = mapped_column(ForeignKey("journal.id"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_account.id"))
    entry: Mapped[str]
    booked_on: Mapped[date] = mapped_column(Date)
    amount: Mapped[int] = mapped_column(BigInteger)
