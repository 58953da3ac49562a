"""What the registry tells other rooms, after the commit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID


@dataclass(frozen=True)
class PersonMerged:
    """`from_id` was a duplicate; from now on it is `to_id`."""

    name: ClassVar[str] = "person.merged"
    from_id: UUID
    to_id: UUID


@dataclass(frozen=True)
class PersonDeceased:
    """A death was registered."""

    name: ClassVar[str] = "person.deceased"
    person_id: UUID


@dataclass(frozen=True)
class PersonMoved:
    """A person is in the care of another agency."""

    name: ClassVar[str] = "person.moved"
    person_id: UUID
    from_agency_id: UUID
    to_agency_id: UUID


@dataclass(frozen=True)
class PhoneChanged:
    """The registry has another phone number for a person, or none."""

    name: ClassVar[str] = "person.phone_changed"
    person_id: UUID


@dataclass(frozen=True)
class BankCardChanged:
    """Benefits go to another card."""

    name: ClassVar[str] = "bank_card.changed"
    person_id: UUID
