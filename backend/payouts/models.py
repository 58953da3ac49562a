"""Tables of money that goes out."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.base import Base
from backend.kernel.sealed import SealedJson

OPEN_ATTEMPT = text("state IN ('waiting', 'sending', 'accepted', 'unknown', 'manual')")


class Payout(Base):
    """An amount that somebody is to get, once. `(kind, source)` names the business event that owes it.

    `amount` is fen. `payee_id` is the person whose money it is; the account it goes to stands with each
    attempt. `version` grows with every change by people.
    """

    __tablename__ = "payout"
    __table_args__ = (
        UniqueConstraint("kind", "source"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint(
            "state IN ('awaiting_approval', 'in_progress', 'manual',"
            " 'paid', 'failed', 'returned', 'cancelled')",
            name="state",
        ),
        Index("ix_payout_agency_state", "agency_id", "state", "id"),
        Index("ix_payout_payee", "payee_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    source: Mapped[str]
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"))
    payee_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    amount: Mapped[int] = mapped_column(BigInteger)
    purpose: Mapped[str]
    state: Mapped[str]
    case: Mapped[str | None]
    requested_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(Integer, server_default="1")


class PayoutAttempt(Base):
    """One number at one provider, and what is known of it.

    The number is fixed before it is first sent and never used for anything else. `due_at` is when the worker
    looks at it next: to send it, to ask about it, or because whoever sent it never said how it went.
    `settled_on` and `returned_on` are the days in the provider's books on which it left and came back.
    """

    __tablename__ = "payout_attempt"
    __table_args__ = (
        UniqueConstraint("provider", "number"),
        UniqueConstraint("payout_id", "ordinal"),
        CheckConstraint("length(number) <= 28", name="number"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint(
            "state IN ('waiting', 'sending', 'accepted', 'unknown', 'manual',"
            " 'paid', 'failed', 'returned', 'cancelled')",
            name="state",
        ),
        CheckConstraint("state <> 'sending' OR due_at IS NOT NULL", name="lease"),
        CheckConstraint("(sent_at IS NULL) = (sent_journal_id IS NULL)", name="booked_when_sent"),
        CheckConstraint(
            "state NOT IN ('paid', 'failed') OR settled_journal_id IS NOT NULL", name="booked_when_settled"
        ),
        CheckConstraint(
            "state <> 'returned' OR returned_journal_id IS NOT NULL", name="booked_when_returned"
        ),
        Index("uq_payout_attempt_open", "payout_id", unique=True, postgresql_where=OPEN_ATTEMPT),
        Index("ix_payout_attempt_due", "provider", "due_at", postgresql_where=text("due_at IS NOT NULL")),
        Index(
            "ix_payout_attempt_settled_on",
            "provider",
            "settled_on",
            postgresql_where=text("settled_on IS NOT NULL"),
        ),
        Index(
            "ix_payout_attempt_returned_on",
            "provider",
            "returned_on",
            postgresql_where=text("returned_on IS NOT NULL"),
        ),
        Index(
            "ix_payout_attempt_undated", "provider", "sent_at", postgresql_where=text("settled_on IS NULL")
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    payout_id: Mapped[UUID] = mapped_column(ForeignKey("payout.id"))
    ordinal: Mapped[int] = mapped_column(Integer)
    provider: Mapped[str]
    number: Mapped[str]
    amount: Mapped[int] = mapped_column(BigInteger)
    payee_sealed: Mapped[bytes]
    state: Mapped[str]
    due_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    settled_on: Mapped[date | None] = mapped_column(Date)
    returned_on: Mapped[date | None] = mapped_column(Date)
    asked: Mapped[int] = mapped_column(Integer, server_default="0")
    sent_journal_id: Mapped[UUID | None] = mapped_column(ForeignKey("journal.id"))
    settled_journal_id: Mapped[UUID | None] = mapped_column(ForeignKey("journal.id"))
    returned_journal_id: Mapped[UUID | None] = mapped_column(ForeignKey("journal.id"))
    reference: Mapped[str | None]
    code: Mapped[str | None]
    reason: Mapped[str | None]

    payee = SealedJson("payee_sealed")


class PayoutDay(Base):
    """What went out of one kind on one day (Asia/Shanghai): locked while more is claimed, so that no limit is
    passed by two workers at once."""

    __tablename__ = "payout_day"

    kind: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    count: Mapped[int] = mapped_column(Integer)
    amount: Mapped[int] = mapped_column(BigInteger)


class PayoutStop(Base):
    """A switch that is off: nothing of a kind, of a provider or at all (`all`) is sent meanwhile."""

    __tablename__ = "payout_stop"

    scope: Mapped[str] = mapped_column(primary_key=True)
    stopped_at: Mapped[datetime]
    stopped_by: Mapped[UUID]
    reason: Mapped[str]
