"""Table of delegations."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, SmallInteger, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from backend.kernel.base import Base
from backend.kernel.ids import new_id
from backend.kernel.sealed import SealedText


class Delegation(Base):
    """One person (the helper) may act for another (the principal).

    `slot` 1 to 5 bounds how many a helper may have. `principal_id` is empty when what the helper typed
    matched nobody: the row then looks like any other unanswered request, so that asking tells nothing.
    """

    __tablename__ = "delegation"
    __table_args__ = (
        CheckConstraint("state IN ('requested', 'active', 'refused', 'ended', 'expired')", name="state"),
        CheckConstraint("slot BETWEEN 1 AND 5", name="at_most_five"),
        CheckConstraint(
            "scopes <@ ARRAY['look', 'certify', 'pay'] AND cardinality(scopes) > 0", name="scopes"
        ),
        CheckConstraint("helper_id <> principal_id", name="two_people"),
        CheckConstraint(
            "state <> 'active' OR (principal_id IS NOT NULL AND agreed_at IS NOT NULL)", name="agreed"
        ),
        CheckConstraint("(state IN ('requested', 'active')) = (ended_at IS NULL)", name="ended"),
        Index(
            "uq_delegation_helper_slot_open",
            "helper_id",
            "slot",
            unique=True,
            postgresql_where=text("state IN ('requested', 'active')"),
        ),
        Index(
            "uq_delegation_pair_open",
            "helper_id",
            "asked_digest",
            unique=True,
            postgresql_where=text("state IN ('requested', 'active')"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    helper_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    principal_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    asked_name_sealed: Mapped[bytes]
    asked_number_sealed: Mapped[bytes]
    asked_digest: Mapped[bytes]
    relation: Mapped[str]
    slot: Mapped[int] = mapped_column(SmallInteger)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    until: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(server_default="requested")
    requested_at: Mapped[datetime]
    request_expires_at: Mapped[datetime]
    agreed_at: Mapped[datetime | None]
    agreed_via: Mapped[str | None]
    ended_at: Mapped[datetime | None]

    asked_name = SealedText("asked_name_sealed")
    asked_number = SealedText("asked_number_sealed")
