"""Tables of agencies and employers."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.base import Base
from backend.kernel.ids import new_id


class Agency(Base):
    """A social-insurance agency. `path` holds the codes from the root down: `46.4601.460105`."""

    __tablename__ = "agency"
    __table_args__ = (CheckConstraint(r"path ~ '^[0-9]+(\.[0-9]+)*$'", name="path"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    path: Mapped[str] = mapped_column(unique=True)
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("agency.id"))


class Employer(Base):
    """A payer that employs people (AAB001 is its number)."""

    __tablename__ = "employer"
    __table_args__ = (
        CheckConstraint("state IN ('active', 'closed')", name="state"),
        Index(
            "uq_employer_credit_code", "credit_code", unique=True, postgresql_where=text("state = 'active'")
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    credit_code: Mapped[str]
    name: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="active")
