"""Tables of tasks and approvals."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.base import Base
from backend.kernel.ids import new_id
from backend.kernel.sealed import SealedJson

STILL_OPEN = text("task.state IN ('open', 'leased')")
"""Of a task: neither done nor cancelled. Spelt like the indexes, so that the database uses them."""


class Task(Base):
    """One piece of work for a clerk. `version` grows with every change; a stale version is refused."""

    __tablename__ = "task"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'leased', 'done', 'cancelled')", name="state"),
        CheckConstraint(
            "(state = 'leased') = (holder_id IS NOT NULL AND leased_until IS NOT NULL)", name="lease"
        ),
        CheckConstraint("(state IN ('done', 'cancelled')) = (closed_at IS NOT NULL)", name="closed"),
        Index(
            "ix_task_open",
            "agency_id",
            "kind",
            "due_at",
            postgresql_where=text("state IN ('open', 'leased')"),
        ),
        Index(
            "uq_task_object_open",
            "kind",
            "object_id",
            unique=True,
            postgresql_where=text("state IN ('open', 'leased')"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    serial: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"))
    object_id: Mapped[UUID]
    subject_id: Mapped[UUID | None]
    state: Mapped[str] = mapped_column(server_default="open")
    holder_id: Mapped[UUID | None]
    leased_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    version: Mapped[int] = mapped_column(Integer, server_default="1")

    def held_at(self, now: datetime) -> bool:
        """Whether somebody's lease runs at an instant; one that ran out holds nothing."""
        return self.leased_until is not None and self.leased_until > now


class Approval(Base):
    """A change that one person asks for and another one allows: it takes effect when the checker agrees.

    `payload_hash` fixes what the checker saw; `target_version` is the version the change was made against.
    """

    __tablename__ = "approval"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'approved', 'rejected', 'withdrawn')", name="state"),
        CheckConstraint("checker_id IS NULL OR checker_id <> maker_id", name="two_people"),
        CheckConstraint("(state IN ('approved', 'rejected')) = (checker_id IS NOT NULL)", name="checked"),
        CheckConstraint("(state = 'pending') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("state <> 'rejected' OR reason <> ''", name="rejection_has_reason"),
        Index(
            "uq_approval_target_pending",
            "kind",
            "target_id",
            unique=True,
            postgresql_where=text("state = 'pending'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    serial: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    target_id: Mapped[UUID]
    target_version: Mapped[int] = mapped_column(Integer)
    subject_id: Mapped[UUID | None]
    payload_sealed: Mapped[bytes]
    payload_hash: Mapped[bytes]
    maker_id: Mapped[UUID]
    made_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(server_default="")
    state: Mapped[str] = mapped_column(server_default="pending")
    checker_id: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(server_default="")

    payload = SealedJson("payload_sealed")
