"""Tables of sign-in channels and the codes that prove them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.base import Base
from backend.kernel.ids import new_id
from backend.kernel.sealed import SealedText


class Channel(Base):
    """One way of signing in: a mini-program user, an official-account follower, or a phone on one device.

    A phone number counts per device, since carriers hand numbers on: a new device proves the person again.
    """

    __tablename__ = "channel"
    __table_args__ = (
        CheckConstraint("kind IN ('miniprogram', 'official_account', 'phone')", name="kind"),
        CheckConstraint("(person_id IS NULL) = (bound_at IS NULL)", name="bound"),
        Index(
            "uq_channel_subject_active",
            "kind",
            "subject_digest",
            unique=True,
            postgresql_where=text("dropped_at IS NULL"),
        ),
        Index(
            "ix_channel_subject_dropped",
            "kind",
            "subject_digest",
            postgresql_where=text("dropped_at IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    subject_sealed: Mapped[bytes]
    subject_digest: Mapped[bytes]
    union_digest: Mapped[bytes | None] = mapped_column(index=True)
    phone_sealed: Mapped[bytes | None]
    phone_digest: Mapped[bytes | None]
    phone_verified_at: Mapped[datetime | None]
    label: Mapped[str] = mapped_column(server_default="")
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    bound_at: Mapped[datetime | None]
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    dropped_at: Mapped[datetime | None]

    subject = SealedText("subject_sealed")
    phone = SealedText("phone_sealed")


class OneTimeCode(Base):
    """A code sent by SMS, kept as a digest; the newest one per phone and purpose counts."""

    __tablename__ = "one_time_code"
    __table_args__ = (
        CheckConstraint("purpose IN ('sign_in', 'verify_phone')", name="purpose"),
        Index("ix_one_time_code_newest", "phone_digest", "purpose", "sent_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    purpose: Mapped[str]
    phone_digest: Mapped[bytes]
    code_digest: Mapped[bytes]
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(Integer, server_default="0")
    used_at: Mapped[datetime | None]


class BindingCode(Base):
    """A code printed at a counter for one person after their card was checked; single use."""

    __tablename__ = "binding_code"
    __table_args__ = (
        Index(
            "uq_binding_code_person_open",
            "person_id",
            unique=True,
            postgresql_where=text("used_at IS NULL AND revoked_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    code_digest: Mapped[bytes] = mapped_column(unique=True)
    issued_by: Mapped[UUID]
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
