"""Tables of days that are compared, and of what did not fit."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.base import Base


class ReconciliationDay(Base):
    """One day of one provider: how far it is, and the totals of both sides in fen.

    `due_at` is when a worker looks at it next, or, while one is at it (`run_id`), when it is taken for dead.
    `failures` counts how often no file, or no good one, was to be had in a row.
    """

    __tablename__ = "reconciliation_day"
    __table_args__ = (
        UniqueConstraint("provider", "day"),
        CheckConstraint("state IN ('waiting', 'fetched', 'clean', 'differences', 'closed')", name="state"),
        CheckConstraint("(state = 'waiting') = (file_hash IS NULL)", name="fetched"),
        Index("ix_reconciliation_day_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    provider: Mapped[str]
    day: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(server_default="waiting")
    planned_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    run_id: Mapped[UUID | None]
    failures: Mapped[int] = mapped_column(Integer, server_default="0")
    last_error: Mapped[str | None]
    compared_at: Mapped[datetime | None]
    file_hash: Mapped[str | None]
    file_out_count: Mapped[int] = mapped_column(Integer, server_default="0")
    file_out_amount: Mapped[int] = mapped_column(BigInteger, server_default="0")
    file_in_count: Mapped[int] = mapped_column(Integer, server_default="0")
    file_in_amount: Mapped[int] = mapped_column(BigInteger, server_default="0")
    file_fee_amount: Mapped[int] = mapped_column(BigInteger, server_default="0")
    our_out_count: Mapped[int] = mapped_column(Integer, server_default="0")
    our_out_amount: Mapped[int] = mapped_column(BigInteger, server_default="0")
    our_in_count: Mapped[int] = mapped_column(Integer, server_default="0")
    our_in_amount: Mapped[int] = mapped_column(BigInteger, server_default="0")


class ReconciliationDifference(Base):
    """What did not fit about one number in one direction on one day: once, however often it is compared.

    `our_*` and `file_*` are both sides as they were found. `reason` is a code for what was `mended` by
    itself, and a clerk's words for what was `resolved`. `heard_at`: when the room that keeps the record was
    told; `handed_over_at`: when it became a clerk's task.
    """

    __tablename__ = "reconciliation_difference"
    __table_args__ = (
        UniqueConstraint("provider", "day", "number", "direction"),
        CheckConstraint("direction IN ('out', 'in')", name="direction"),
        CheckConstraint(
            "kind IN ('duplicate', 'extra', 'amount', 'state', 'too_old', 'late', 'missing')", name="kind"
        ),
        CheckConstraint("state IN ('open', 'mended', 'resolved')", name="state"),
        CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended"),
        CheckConstraint("(state = 'open') = (reason IS NULL)", name="reason"),
        CheckConstraint("(state = 'resolved') = (resolved_by IS NOT NULL)", name="resolved"),
        CheckConstraint("(lines = 0) = (file_amount IS NULL)", name="lines"),
        Index("ix_reconciliation_difference_number", "provider", "number"),
        Index("ix_reconciliation_difference_agency", "agency_id", "found_at", "id"),
        Index("ix_reconciliation_difference_open", "day_id", postgresql_where=text("state = 'open'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    day_id: Mapped[UUID] = mapped_column(ForeignKey("reconciliation_day.id"))
    provider: Mapped[str]
    day: Mapped[date] = mapped_column(Date)
    number: Mapped[str]
    direction: Mapped[str]
    kind: Mapped[str]
    lines: Mapped[int] = mapped_column(Integer)
    file_amount: Mapped[int | None] = mapped_column(BigInteger)
    booked_at: Mapped[datetime | None]
    reference: Mapped[str | None]
    our_amount: Mapped[int | None] = mapped_column(BigInteger)
    our_state: Mapped[str | None]
    our_day: Mapped[date | None] = mapped_column(Date)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"))
    subject_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    object_id: Mapped[UUID | None]
    state: Mapped[str] = mapped_column(server_default="open")
    reason: Mapped[str | None]
    found_at: Mapped[datetime]
    heard_at: Mapped[datetime | None]
    handed_over_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    resolved_by: Mapped[UUID | None]
