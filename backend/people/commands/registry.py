"""Registering persons, and keeping what is registered right."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from backend.agencies import queries as agencies
from backend.audit.commands import record
from backend.kernel.actor import Actor
from backend.kernel.crypto import keyring
from backend.kernel.db import Work
from backend.kernel.errors import FieldError, Invalid
from backend.kernel.ids import new_id
from backend.kernel.jobs import emit
from backend.kernel.rows import add
from backend.people.commands._records import held
from backend.people.errors import AlreadyLeft, AlreadyThere, PersonExists, StillInsured
from backend.people.events import PersonDeceased, PersonMoved, PhoneChanged
from backend.people.models import Enrolment, Person, PersonIdentifier
from backend.people.queries import current_identifier
from backend.people.rules.id_numbers import IdNumber, parse_id_number
from backend.people.rules.insured import Category
from backend.people.rules.months import month_after
from backend.people.rules.names import normalize_name
from backend.people.rules.phones import normalize_phone

LONGEST_ADDRESS = 200


def register(
    work: Work,
    *,
    by: Actor,
    name: str,
    id_number: str,
    agency_id: UUID,
    category: str,
    phone: str | None = None,
    address: str | None = None,
    sex: str | None = None,
) -> UUID:
    """Registers a person; birth date and sex come from the number (`sex` for one that does not tell).

    Needs `people.register` over the agency. Raises Invalid, NotFound (no such agency), PersonExists.
    """
    by.require("people.register", agencies.path(work, agency_id))
    parsed = parse_id_number(id_number, today=work.clock.today())
    person = Person(
        id=new_id(),
        agency_id=agency_id,
        birth_date=parsed.birth_date,
        sex=_sex(parsed, sex),
        category=_category(category),
        registered_at=work.clock.now(),
        version=1,
    )
    _set_name(person, name)
    _set_phone(person, phone)
    person.address = _address(address)
    work.session.add(person)
    work.session.flush()
    _add_identifier(work, person.id, parsed)
    record(work, "person.registered", by=by, subject=person.id, after=_values(person, parsed.number))
    return person.id


def correct(
    work: Work,
    *,
    by: Actor,
    person_id: UUID,
    version: int,
    name: str | None = None,
    id_number: str | None = None,
    sex: str | None = None,
    category: str | None = None,
    address: str | None = None,
) -> int:
    """Corrects what is given and leaves the rest; an empty address removes it. Gives the new version.

    A corrected number ends the old one, which names nobody from then on. Needs `people.correct`.
    Raises Invalid, PersonChanged (stale `version`), PersonExists, and what `held` raises.
    """
    person = held(work, person_id, by=by, function="people.correct", version=version)
    identifier = current_identifier(work, person_id)
    before = _values(person, identifier.number)
    number = identifier.number
    if name is not None:
        _set_name(person, name)
    if id_number is not None or sex is not None:
        parsed = parse_id_number(id_number or number, today=work.clock.today())
        person.birth_date, person.sex = parsed.birth_date, _sex(parsed, sex, known=person.sex)
        if parsed.number != number:
            number = parsed.number
            identifier.ended_at = work.clock.now()
            work.session.flush()
            _add_identifier(work, person_id, parsed)
    if category is not None:
        person.category = _category(category)
    if address is not None:
        person.address = _address(address)
    person.version += 1
    after = _values(person, number)
    changed = [key for key in after if after[key] != before[key]]
    record(
        work,
        "person.corrected",
        by=by,
        subject=person_id,
        before={key: before[key] for key in changed},
        after={key: after[key] for key in changed},
    )
    return person.version


def change_phone(work: Work, *, by: Actor, person_id: UUID, version: int, phone: str | None) -> int:
    """Registers another phone number, or with None that there is none. Gives the new version.

    Needs `people.correct`. Raises Invalid, PersonChanged, and what `held` raises.
    """
    person = held(work, person_id, by=by, function="people.correct", version=version, living=True)
    before = person.phone
    person.former_phone = before  # is told too: perhaps it was not the person who asked for the change
    _set_phone(person, phone)
    person.version += 1
    record(
        work,
        "person.phone_changed",
        by=by,
        subject=person_id,
        before={"phone": before},
        after={"phone": person.phone},
    )
    emit(work, PhoneChanged(person_id))
    return person.version


def move(work: Work, *, by: Actor, person_id: UUID, agency_id: UUID) -> int:
    """Hands a person over to another agency. Gives the new version.

    Needs `people.correct` over the agency that hands over. Raises NotFound, AlreadyThere, PersonDead.
    """
    person = held(work, person_id, by=by, function="people.correct", living=True)
    agencies.get(work, agency_id)
    before = person.agency_id
    if before == agency_id:
        raise AlreadyThere
    person.agency_id = agency_id
    person.version += 1
    record(
        work,
        "person.moved",
        by=by,
        subject=person_id,
        before={"agency_id": str(before)},
        after={"agency_id": str(agency_id)},
    )
    emit(work, PersonMoved(person_id, before, agency_id))
    return person.version


def leave(work: Work, *, by: Actor, person_id: UUID, left_on: date) -> int:
    """Registers that a person's insurance was carried to another province; enrolments must have ended.

    The record stays, and may become active again when they come back. Needs `people.correct`. Gives the new
    version. Raises Invalid, NotFound, PersonDead, AlreadyLeft, StillInsured.
    """
    person = held(work, person_id, by=by, function="people.correct", living=True)
    if person.state == "moved":
        raise AlreadyLeft
    if not person.birth_date <= left_on <= work.clock.today():
        raise Invalid(fields=(FieldError("left_on", "转出日期应在出生日期之后，且不晚于今天"),))
    running = select(Enrolment.id).where(
        Enrolment.person_id == person_id,
        Enrolment.voided_at.is_(None),
        or_(Enrolment.until_month.is_(None), Enrolment.until_month > left_on),
    )
    if work.session.scalar(running.limit(1)):
        raise StillInsured
    person.state = "moved"
    person.version += 1
    record(work, "person.left", by=by, subject=person_id, after={"left_on": left_on.isoformat()})
    return person.version


def decease(work: Work, *, by: Actor, person_id: UUID, died_on: date) -> int:
    """Registers a death: enrolments end with its month, later ones never counted. Gives the new version.

    Needs `people.correct`. Raises Invalid for a day before the birth or after today, PersonDead.
    """
    person = held(work, person_id, by=by, function="people.correct", living=True)
    if not person.birth_date <= died_on <= work.clock.today():
        raise Invalid(fields=(FieldError("died_on", "死亡日期应在出生日期之后，且不晚于今天"),))
    person.state, person.died_on = "deceased", died_on
    person.version += 1
    end = month_after(died_on)
    for enrolment in work.session.query(Enrolment).filter_by(person_id=person_id, voided_at=None):
        if enrolment.from_month >= end:
            enrolment.voided_at = work.clock.now()
        elif enrolment.until_month is None or enrolment.until_month > end:
            enrolment.until_month = end
    record(work, "person.deceased", by=by, subject=person_id, after={"died_on": died_on.isoformat()})
    emit(work, PersonDeceased(person_id))
    return person.version


def _add_identifier(work: Work, person_id: UUID, parsed: IdNumber) -> None:
    identifier = PersonIdentifier(
        id=new_id(),
        person_id=person_id,
        kind=parsed.kind.value,
        number_digest=keyring().digest("id_number", parsed.number),
        since=work.clock.now(),
    )
    identifier.number = parsed.number
    add(work, identifier, taken=PersonExists())


def _set_name(person: Person, text: str) -> None:
    person.name = normalize_name(text, single_character=True)  # the clerk has seen the document
    person.name_digest = keyring().digest("name", person.name)


def _set_phone(person: Person, text: str | None) -> None:
    phone = None if text is None else normalize_phone(text)
    person.phone = phone
    person.phone_digest = None if phone is None else keyring().digest("phone", phone)


def _address(text: str | None) -> str | None:
    address = (text or "").strip()
    if len(address) > LONGEST_ADDRESS:
        raise Invalid(fields=(FieldError("address", f"地址最多{LONGEST_ADDRESS}个字"),))
    return address or None


def _category(text: str) -> str:
    if text not in set(Category):
        raise Invalid(fields=(FieldError("category", "参保类别不在可选范围内"),))
    return text


def _sex(parsed: IdNumber, given: str | None, known: str | None = None) -> str:
    if given not in (None, "male", "female"):
        raise Invalid(fields=(FieldError("sex", "性别不在可选范围内"),))
    if parsed.sex is not None:
        if given not in (None, parsed.sex.value):
            raise Invalid(fields=(FieldError("sex", "性别与证件号码不一致，请核对"),))
        return parsed.sex.value
    if given is None and known is None:
        raise Invalid(fields=(FieldError("sex", "该证件号码不含性别，请选择"),))
    return given or known or ""


def _values(person: Person, number: str) -> dict[str, Any]:
    return {
        "name": person.name,
        "id_number": number,
        "sex": person.sex,
        "birth_date": person.birth_date.isoformat(),
        "agency_id": str(person.agency_id),
        "category": person.category,
        "phone": person.phone,
        "address": person.address,
    }
