"""Tables of the audit trail. The application may add rows, and never change one."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.base import APPEND_ONLY, Base
from backend.kernel.ids import new_id
from backend.kernel.sealed import SealedJson


class AuditEvent(Base):
    """One write, or one look of a staff member at somebody's data.

    `values` holds what changed, encrypted. `digest` is keyed and fixes the whole row with the plaintext of
    its values: nobody forges a row without the lookup key, and the data keys can be rotated.
    """

    __tablename__ = "audit_event"
    __table_args__ = (
        CheckConstraint("actor_kind IN ('citizen', 'staff', 'system', 'anonymous')", name="actor_kind"),
        Index("ix_audit_event_subject_at", "subject_id", "at"),
        Index("ix_audit_event_actor_at", "actor_id", "at"),
        Index("ix_audit_event_action_at", "action", "at"),
        Index("ix_audit_event_at", "at"),
        APPEND_ONLY,
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[datetime]
    action: Mapped[str]
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    actor_role: Mapped[str]
    agency_path: Mapped[str]
    subject_id: Mapped[UUID | None]
    object_kind: Mapped[str]
    object_id: Mapped[UUID | None]
    purpose: Mapped[str]
    request_id: Mapped[str]
    address: Mapped[str]
    device: Mapped[str]
    values_sealed: Mapped[bytes]
    digest: Mapped[bytes]

    values = SealedJson("values_sealed")


class AuditUnsealed(Base):
    """Events that wait for their seal; written with the event, removed when it is sealed."""

    __tablename__ = "audit_unsealed"

    event_id: Mapped[UUID] = mapped_column(ForeignKey("audit_event.id"), primary_key=True)


class AuditSeal(Base):
    """A batch of events closed for good: the chain's head after it, signed, and linked to the seal before."""

    __tablename__ = "audit_seal"
    __table_args__ = (APPEND_ONLY,)

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    sealed_at: Mapped[datetime]
    first_position: Mapped[int] = mapped_column(BigInteger)
    count: Mapped[int] = mapped_column(Integer)
    previous: Mapped[bytes]
    head: Mapped[bytes]
    signature: Mapped[bytes]


class AuditSealItem(Base):
    """Where an event stands in the chain."""

    __tablename__ = "audit_seal_item"
    __table_args__ = (APPEND_ONLY,)

    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    seal_number: Mapped[int] = mapped_column(ForeignKey("audit_seal.number"), index=True)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("audit_event.id"), unique=True)
