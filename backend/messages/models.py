"""Tables of messages, deliveries, consents and followers."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.base import Base
from backend.kernel.ids import new_id
from backend.kernel.sealed import SealedJson, SealedText


class Message(Base):
    """One message to a person, kept in their inbox whether or not it could be delivered elsewhere.

    `content` holds the template's `params`, and as `not_to` a channel that need not be told.
    """

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
    """One attempt to carry a message to one openid or phone. `unknown`: no answer came, it is not sent again.

    `reference` is the carrier's number for it; `error` is the carrier's code.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        CheckConstraint("via IN ('subscribe', 'template', 'sms')", name="via"),
        CheckConstraint("state IN ('waiting', 'sending', 'sent', 'failed', 'unknown')", name="state"),
        CheckConstraint("(state IN ('waiting', 'sending')) = (settled_at IS NULL)", name="settled"),
        UniqueConstraint("message_id", "via", "address_digest"),
        Index("ix_delivery_reference", "via", "reference"),
        Index("ix_delivery_address", "address_digest", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    message_id: Mapped[UUID] = mapped_column(ForeignKey("message.id"))
    via: Mapped[str]
    address_digest: Mapped[bytes]
    channel_id: Mapped[UUID | None] = mapped_column(ForeignKey("channel.id"))
    state: Mapped[str]
    reference: Mapped[str | None]
    error: Mapped[str | None]
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]


class Consent(Base):
    """How many subscribe messages of a card a user of the mini-program still allows; one tap is one message.

    Each tap is told twice, by the mini-program and by WeChat, in either order, and either may get lost: there
    were as many taps as the one who told more of them says.
    """

    __tablename__ = "consent"
    __table_args__ = (CheckConstraint("remaining >= 0", name="not_negative"),)

    channel_id: Mapped[UUID] = mapped_column(ForeignKey("channel.id"), primary_key=True)
    card: Mapped[str] = mapped_column(primary_key=True)
    told_by_app: Mapped[int] = mapped_column(Integer, server_default="0")
    told_by_wechat: Mapped[int] = mapped_column(Integer, server_default="0")
    used: Mapped[int] = mapped_column(Integer, server_default="0")
    remaining: Mapped[int] = mapped_column(
        Integer, Computed("greatest(told_by_app, told_by_wechat) - used", persisted=True)
    )
    changed_at: Mapped[datetime]


class Follower(Base):
    """Whether somebody follows the official account, as far as WeChat has told us."""

    __tablename__ = "follower"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    openid_sealed: Mapped[bytes]
    openid_digest: Mapped[bytes] = mapped_column(unique=True)
    union_digest: Mapped[bytes | None] = mapped_column(index=True)
    following: Mapped[bool]
    changed_at: Mapped[datetime]

    openid = SealedText("openid_sealed")
