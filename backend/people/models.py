"""Tables of the registry: persons, their numbers, cards and enrolments."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.base import Base
from backend.kernel.ids import new_id
from backend.kernel.sealed import SealedText


class Person(Base):
    """An insured person (AAC001). Names and numbers are encrypted; digests find them."""

    __tablename__ = "person"
    __table_args__ = (
        CheckConstraint("sex IN ('male', 'female')", name="sex"),
        CheckConstraint(
            "category IN ('employee', 'flexible', 'resident', 'pensioner', 'resident_pensioner')",
            name="category",
        ),
        CheckConstraint("state IN ('active', 'moved', 'deceased', 'merged')", name="state"),
        CheckConstraint("state = 'merged' OR (state = 'deceased') = (died_on IS NOT NULL)", name="died"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    name_sealed: Mapped[bytes]
    name_digest: Mapped[bytes] = mapped_column(index=True)
    phone_sealed: Mapped[bytes | None]
    phone_digest: Mapped[bytes | None] = mapped_column(index=True)
    former_phone_sealed: Mapped[bytes | None]
    address_sealed: Mapped[bytes | None]
    birth_date: Mapped[date] = mapped_column(Date)
    sex: Mapped[str]
    category: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="active")
    died_on: Mapped[date | None] = mapped_column(Date)
    registered_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(Integer, server_default="1")

    name = SealedText("name_sealed")
    phone = SealedText("phone_sealed")
    former_phone = SealedText("former_phone_sealed")
    address = SealedText("address_sealed")


class PersonIdentifier(Base):
    """A number that names a person (AAC002). One active row per number; corrections end the old row."""

    __tablename__ = "person_identifier"
    __table_args__ = (
        CheckConstraint("kind IN ('resident_id', 'hmt_residence', 'permanent_residence')", name="kind"),
        Index(
            "uq_person_identifier_digest_active",
            "number_digest",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str]
    number_sealed: Mapped[bytes]
    number_digest: Mapped[bytes]
    since: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    number = SealedText("number_sealed")


class PersonMerge(Base):
    """Two records that are one person. Nothing is deleted: the duplicate points to the record that stays."""

    __tablename__ = "person_merge"
    __table_args__ = (CheckConstraint("from_id <> to_id", name="two_records"),)

    from_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    to_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    merged_at: Mapped[datetime]


class BankCard(Base):
    """The card that benefits are paid to. One active card a person."""

    __tablename__ = "bank_card"
    __table_args__ = (
        Index(
            "uq_bank_card_person_active", "person_id", unique=True, postgresql_where=text("ended_at IS NULL")
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    bank: Mapped[str]
    number_sealed: Mapped[bytes]
    number_digest: Mapped[bytes] = mapped_column(index=True)
    since: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    number = SealedText("number_sealed")


class Enrolment(Base):
    """A span in which a person is insured: by an employer, or, without one, by themselves.

    `insurance` is AAE140 (110 employee pension, 210 unemployment, 310 medical, 410 work injury,
    510 maternity, 170 residents' pension); months are first days of months, `until_month` is the first month
    no longer covered.
    """

    __tablename__ = "enrolment"
    __table_args__ = (
        CheckConstraint("extract(day from from_month) = 1", name="from_first"),
        CheckConstraint("until_month IS NULL OR extract(day from until_month) = 1", name="until_first"),
        CheckConstraint("until_month IS NULL OR until_month > from_month", name="not_empty"),
        ExcludeConstraint(
            ("person_id", "="),
            ("insurance", "="),
            (
                func.coalesce(text("employer_id"), text("'00000000-0000-0000-0000-000000000000'::uuid")),
                "=",
            ),
            (func.daterange(text("from_month"), text("until_month")), "&&"),
            name="no_overlap",
            using="gist",
            where=text("voided_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    employer_id: Mapped[UUID | None] = mapped_column(ForeignKey("employer.id"), index=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"))
    insurance: Mapped[str]
    from_month: Mapped[date] = mapped_column(Date)
    until_month: Mapped[date | None] = mapped_column(Date)
    voided_at: Mapped[datetime | None]


class DeclaredBase(Base):
    """The contribution base (AAE180, in fen a month) declared for an enrolment from a month on."""

    __tablename__ = "declared_base"
    __table_args__ = (
        CheckConstraint("base > 0", name="base"),
        CheckConstraint("extract(day from from_month) = 1", name="from_first"),
        UniqueConstraint("enrolment_id", "from_month"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolment.id"))
    from_month: Mapped[date] = mapped_column(Date)
    base: Mapped[int] = mapped_column(BigInteger)
