"""Tables of messages, deliveries and consents."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.base import Base
from backend.kernel.ids import new_id
from backend.kernel.sealed import SealedJson


class Message(Base):
    """One message to a person, kept in their inbox whether or not it could be delivered elsewhere."""

    __tablename__ = "message"
    __table_args__ = (
        Index("ix_message_person_at", "person_id", "created_at"),
        UniqueConstraint("person_id", "source"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    template: Mapped[str]
    source: Mapped[str]
    content_sealed: Mapped[bytes]
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]

    content = SealedJson("content_sealed")


class Delivery(Base):
    """One attempt to carry a message to a channel. `unknown` means no answer came: it is not sent again."""

    __tablename__ = "delivery"
    __table_args__ = (
        CheckConstraint("via IN ('subscribe', 'template', 'sms')", name="via"),
        CheckConstraint("state IN ('waiting', 'sending', 'sent', 'failed', 'unknown')", name="state"),
        UniqueConstraint("message_id", "via", "channel_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    message_id: Mapped[UUID] = mapped_column(ForeignKey("message.id"), index=True)
    channel_id: Mapped[UUID | None] = mapped_column(ForeignKey("channel.id"))
    via: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="waiting")
    error: Mapped[str | None]
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]


class Consent(Base):
    """How many subscribe messages of a template a WeChat user still allows; one tap is one message."""

    __tablename__ = "consent"
    __table_args__ = (CheckConstraint("remaining >= 0", name="not_negative"),)

    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channel.id"), primary_key=True)
    template: Mapped[str] = mapped_column(primary_key=True)
    remaining: Mapped[int] = mapped_column(Integer)
    changed_at: Mapped[datetime]
