"""What the registry tells of a person. None of these shows personal data when printed by accident."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from backend.kernel.money import Fen
from backend.people.rules.insured import Category, Insurance, PersonState


@dataclass(frozen=True, repr=False)
class PersonSummary:
    """Enough to tell persons apart; name, numbers and card are masked."""

    person_id: UUID
    name: str
    id_number: str
    phone: str | None
    bank_card: str | None
    agency_id: UUID
    agency_name: str
    category: Category
    state: PersonState
    version: int


@dataclass(frozen=True, repr=False)
class BankCardView:
    """The card that benefits are paid to, unmasked."""

    bank: str
    number: str
    since: datetime


@dataclass(frozen=True, repr=False)
class PersonRecord:
    """A whole record, unmasked. `merged_into` names the record that stands for this one."""

    person_id: UUID
    name: str
    id_number: str
    id_kind: str
    birth_date: date
    sex: str
    phone: str | None
    address: str | None
    bank_card: BankCardView | None
    agency_id: UUID
    agency_name: str
    category: Category
    state: PersonState
    died_on: date | None
    registered_at: datetime
    merged_into: UUID | None
    version: int


@dataclass(frozen=True, repr=False)
class Identity:
    """Who somebody is, unmasked: a name and a citizen ID."""

    name: str
    id_number: str


@dataclass(frozen=True)
class BaseView:
    """A declared contribution base, in fen a month, from a month on."""

    from_month: date
    base: Fen


@dataclass(frozen=True)
class EnrolmentView:
    """A span in which a person is insured. `until_month` is the first month no longer covered."""

    enrolment_id: UUID
    insurance: Insurance
    employer_id: UUID | None
    employer_name: str | None
    agency_id: UUID
    agency_name: str
    from_month: date
    until_month: date | None
    bases: tuple[BaseView, ...]
