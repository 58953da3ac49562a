"""Tables of what people have paid: the months behind their accounts."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, Integer, Numeric, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.base import Base
from backend.kernel.ids import new_id


class ContributionMonth(Base):
    """One month of one insurance as the bureau assessed and booked it.

    `fee_period` (AAE003) is the month paid for, `accounting_period` (AAE002) the month it was booked in, both
    as first days. Amounts are fen: `base` (AAE180), `personal` into the personal account, `pooled` into the
    fund. `contribution_index` is the ratio to the average wage as assessed then. A correction is a new
    revision; the row it replaces names it in `superseded_by`.
    """

    __tablename__ = "contribution_month"
    __table_args__ = (
        CheckConstraint("extract(day from fee_period) = 1", name="fee_period_first"),
        CheckConstraint("extract(day from accounting_period) = 1", name="accounting_period_first"),
        CheckConstraint("base > 0 AND personal >= 0 AND pooled >= 0", name="amounts"),
        CheckConstraint("superseded_by <> id", name="not_itself"),
        Index(
            "uq_contribution_month_current",
            "person_id",
            "insurance",
            "fee_period",
            text("coalesce(employer_id, '00000000-0000-0000-0000-000000000000'::uuid)"),
            unique=True,
            postgresql_where=text("superseded_by IS NULL"),
        ),
        Index("ix_contribution_month_person", "person_id", "insurance", "fee_period"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"))
    employer_id: Mapped[UUID | None] = mapped_column(ForeignKey("employer.id"))
    insurance: Mapped[str]
    fee_period: Mapped[date] = mapped_column(Date)
    accounting_period: Mapped[date] = mapped_column(Date)
    origin_region: Mapped[str]
    base: Mapped[int] = mapped_column(BigInteger)
    personal: Mapped[int] = mapped_column(BigInteger)
    pooled: Mapped[int] = mapped_column(BigInteger)
    contribution_index: Mapped[Decimal | None] = mapped_column(Numeric(8, 4))
    revision: Mapped[int] = mapped_column(Integer, server_default="1")
    superseded_by: Mapped[UUID | None] = mapped_column(
        ForeignKey("contribution_month.id", deferrable=True, initially="DEFERRED")
    )
    journal_id: Mapped[UUID] = mapped_column(ForeignKey("journal.id"))
    recorded_at: Mapped[datetime]
