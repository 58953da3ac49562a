"""Tables of money that comes in."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.base import Base
from backend.kernel.sealed import SealedJson, SealedText

LIVE_ORDER = text("state IN ('opening', 'open', 'closing')")
APPLIED = text("use = 'applied'")


class Collection(Base):
    """An amount (fen) that somebody is to pay, once. `(kind, source)` names the business event that wants it.

    Paid, receipted and booked are three things: the money is with the collector; the tax authority has it in
    the treasury; the room that wanted it has put it where it belongs. `receipted_at` is the tax authority's
    time, `receipt_recorded_at` when we learnt it; `receipt_due_at` is when it is asked next.
    """

    __tablename__ = "collection"
    __table_args__ = (
        UniqueConstraint("kind", "source"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("state IN ('open', 'paid', 'booked', 'withdrawn', 'refunded')", name="state"),
        CheckConstraint("state <> 'booked' OR booked_at IS NOT NULL", name="booked"),
        CheckConstraint("receipt_number IS NULL OR paid_at IS NOT NULL", name="receipt"),
        Index("ix_collection_agency_state", "agency_id", "state", "id"),
        Index("ix_collection_person", "person_id"),
        Index("ix_collection_created", "created_at", "id"),
        Index("ix_collection_case", "created_at", "id", postgresql_where=text('"case" IS NOT NULL')),
        Index("ix_collection_receipted", "receipted_at", postgresql_where=text("receipted_at IS NOT NULL")),
        Index(
            "ix_collection_receipt_due", "receipt_due_at", postgresql_where=text("receipt_due_at IS NOT NULL")
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    source: Mapped[str]
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    amount: Mapped[int] = mapped_column(BigInteger)
    description: Mapped[str]
    state: Mapped[str]
    case: Mapped[str | None]
    created_at: Mapped[datetime]
    payable_until: Mapped[datetime]
    paid_at: Mapped[datetime | None]
    receipt_number: Mapped[str | None] = mapped_column(unique=True)
    receipted_at: Mapped[datetime | None]
    receipt_recorded_at: Mapped[datetime | None]
    receipt_due_at: Mapped[datetime | None]
    receipt_asked: Mapped[int] = mapped_column(Integer, server_default="0")
    booked_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(Integer, server_default="1")


class PaymentOrder(Base):
    """One number at the provider under which one payer may pay a bill; of one bill one at most is alive.

    `due_at` is when the worker looks at it next: to ask, or to close it.
    """

    __tablename__ = "payment_order"
    __table_args__ = (
        UniqueConstraint("collection_id", "ordinal"),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("state IN ('opening', 'open', 'closing', 'paid', 'closed')", name="state"),
        CheckConstraint("state NOT IN ('opening', 'open', 'closing') OR due_at IS NOT NULL", name="watched"),
        CheckConstraint("state <> 'open' OR prepay_sealed IS NOT NULL", name="prepay"),
        Index("uq_payment_order_live", "collection_id", unique=True, postgresql_where=LIVE_ORDER),
        Index("ix_payment_order_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    collection_id: Mapped[UUID] = mapped_column(ForeignKey("collection.id"))
    ordinal: Mapped[int] = mapped_column(Integer)
    number: Mapped[str] = mapped_column(unique=True)
    amount: Mapped[int] = mapped_column(BigInteger)
    payer_sealed: Mapped[bytes]
    state: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    asked: Mapped[int] = mapped_column(Integer, server_default="0")
    prepay_sealed: Mapped[bytes | None]
    settled_at: Mapped[datetime | None]
    code: Mapped[str | None]

    payer = SealedJson("payer_sealed")
    prepay = SealedText("prepay_sealed")


class Payment(Base):
    """Money that arrived by an order. One that was not owed stands here too, until it has gone back.

    `given_back` is what of it is on its way back or has gone back (fen).
    """

    __tablename__ = "payment"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("use IN ('applied', 'duplicate', 'stray')", name="use"),
        CheckConstraint("given_back BETWEEN 0 AND amount", name="given_back"),
        Index("uq_payment_applied", "collection_id", unique=True, postgresql_where=APPLIED),
        Index("ix_payment_collection", "collection_id"),
        Index("ix_payment_paid_at", "paid_at"),
        Index("ix_payment_recorded_at", "recorded_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    collection_id: Mapped[UUID] = mapped_column(ForeignKey("collection.id"))
    order_id: Mapped[UUID] = mapped_column(ForeignKey("payment_order.id"), unique=True)
    reference: Mapped[str] = mapped_column(unique=True)
    amount: Mapped[int] = mapped_column(BigInteger)
    use: Mapped[str]
    paid_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    given_back: Mapped[int] = mapped_column(BigInteger, server_default="0")


class Refund(Base):
    """Money of a payment that goes back; how it travels is the payout's story.

    `account` is the kind of ledger account that it is taken out of.
    """

    __tablename__ = "refund"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("state IN ('requested', 'refunded', 'cancelled')", name="state"),
        Index("ix_refund_payment", "payment_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payment.id"))
    payout_id: Mapped[UUID] = mapped_column(unique=True)
    amount: Mapped[int] = mapped_column(BigInteger)
    account: Mapped[str]
    reason: Mapped[str]
    state: Mapped[str]
    requested_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
