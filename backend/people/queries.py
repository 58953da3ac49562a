"""Reading the registry."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from hmac import compare_digest
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, literal, select

from backend.agencies import queries as agencies
from backend.kernel.actor import Actor
from backend.kernel.crypto import keyring
from backend.kernel.db import Work
from backend.kernel.errors import Forbidden, NotFound
from backend.kernel.masking import mask_card, mask_id_number, mask_name, mask_phone
from backend.kernel.money import Fen
from backend.people.errors import PersonDead, PersonMergedAway
from backend.people.models import BankCard, DeclaredBase, Enrolment, Person, PersonIdentifier, PersonMerge
from backend.people.rules.cards import normalize_card_number
from backend.people.rules.insured import Category, Insurance, PersonState
from backend.people.rules.names import normalize_name
from backend.people.rules.phones import normalize_phone
from backend.people.rules.typed import compact
from backend.people.views import (
    BankCardView,
    BaseView,
    EnrolmentView,
    Identity,
    PersonRecord,
    PersonSummary,
)

MOST_FOUND = 20


def find_by_id_number(work: Work, number: str) -> UUID | None:
    """The person whom a number names now, merges followed; None for one that nobody bears."""
    return work.session.scalars(_named_by(number)).one_or_none()


def resolve(work: Work, person_id: UUID) -> UUID:
    """The record that stands for a person after all merges; the id itself when there were none."""
    merged = work.session.get(PersonMerge, person_id)
    while merged is not None:
        person_id = merged.to_id
        merged = work.session.get(PersonMerge, person_id)
    return person_id


def with_merged(work: Work, person_id: UUID) -> set[UUID]:
    """A record and all records that were merged into it, whose history is its own."""
    records = select(literal(person_id).label("id")).cte("records", recursive=True)
    records = records.union(select(PersonMerge.from_id).join(records, PersonMerge.to_id == records.c.id))
    return set(work.session.scalars(select(records.c.id)))


def identity_matches(
    work: Work, *, name: str, id_number: str, phone: str | None = None, card: str | None = None
) -> UUID | None:
    """The living person of this number and name, whose registered phone or card is the one given, if any.

    Does the same work whether or not there is such a person, so that its time tells nothing. Raises Invalid
    for a name, phone or card that cannot be one, which depends on what was typed alone.
    """
    proofs = [keyring().digest("name", normalize_name(name, single_character=True))]
    proofs.append(keyring().digest("phone", normalize_phone(phone)) if phone is not None else b"")
    proofs.append(keyring().digest("card", normalize_card_number(card)) if card is not None else b"")
    row = work.session.execute(
        select(Person.id, Person.name_digest, Person.phone_digest, BankCard.number_digest)
        .outerjoin(BankCard, (BankCard.person_id == Person.id) & BankCard.ended_at.is_(None))
        .where(Person.id.in_(_named_by(id_number)), Person.state.in_(("active", "moved")))
    ).one_or_none()
    person_id, *known = (None, None, None, None) if row is None else row
    matches = [
        not proof or compare_digest(proof, value or b"") for proof, value in zip(proofs, known, strict=True)
    ]
    return person_id if all(matches) else None


def summary(work: Work, person_id: UUID) -> PersonSummary:
    """A person with everything personal masked; raises NotFound."""
    found = summaries(work, [person_id])
    if not found:
        raise NotFound
    return found[0]


def summaries(work: Work, person_ids: Collection[UUID]) -> Sequence[PersonSummary]:
    """Persons masked, latest registered first, in a fixed number of queries."""
    people = work.session.scalars(
        select(Person).where(Person.id.in_(person_ids)).order_by(Person.registered_at.desc(), Person.id)
    ).all()
    numbers = {row.person_id: row.number for row in work.session.scalars(_current_numbers(person_ids))}
    cards = {row.person_id: row.number for row in work.session.scalars(_current_cards(person_ids))}
    homes = agencies.names(work, {person.agency_id for person in people})
    return [
        PersonSummary(
            person_id=person.id,
            name=mask_name(person.name),
            id_number=mask_id_number(numbers[person.id]),
            phone=mask_phone(person.phone) if person.phone else None,
            bank_card=mask_card(cards[person.id]) if person.id in cards else None,
            agency_id=person.agency_id,
            agency_name=homes[person.agency_id],
            category=Category(person.category),
            state=PersonState(person.state),
            version=person.version,
        )
        for person in people
    ]


def names(work: Work, person_ids: Collection[UUID]) -> dict[UUID, str]:
    """The whole names of persons, by id; for people who know each other already."""
    rows = work.session.scalars(select(Person).where(Person.id.in_(person_ids)))
    return {row.id: row.name for row in rows}


def identities(work: Work, person_ids: Collection[UUID]) -> dict[UUID, Identity]:
    """Names and citizen IDs of persons, whole, by id; for partners who must know whom it is about."""
    numbers = {row.person_id: row.number for row in work.session.scalars(_current_numbers(person_ids))}
    return {one: Identity(name, numbers[one]) for one, name in names(work, person_ids).items()}


def phones(work: Work, person_id: UUID) -> Sequence[str]:
    """The numbers that the bureau has for a person: the registered one, then the one before it."""
    person = work.session.get_one(Person, person_id)
    return [phone for phone in (person.phone, person.former_phone) if phone]


def record(work: Work, person_id: UUID) -> PersonRecord:
    """A person's whole record, unmasked; raises NotFound. Whoever shows it to staff writes down the look."""
    person = work.session.get(Person, person_id)
    if person is None:
        raise NotFound
    identifier = current_identifier(work, person_id)
    card = work.session.scalars(_current_cards([person_id])).one_or_none()
    merged = work.session.get(PersonMerge, person_id)
    return PersonRecord(
        person_id=person.id,
        name=person.name,
        id_number=identifier.number,
        id_kind=identifier.kind,
        birth_date=person.birth_date,
        sex=person.sex,
        phone=person.phone,
        address=person.address,
        bank_card=BankCardView(card.bank, card.number, card.since) if card else None,
        agency_id=person.agency_id,
        agency_name=agencies.get(work, person.agency_id).name,
        category=Category(person.category),
        state=PersonState(person.state),
        died_on=person.died_on,
        registered_at=person.registered_at,
        merged_into=merged.to_id if merged else None,
        version=person.version,
    )


def enrolments(work: Work, person_id: UUID) -> Sequence[EnrolmentView]:
    """A person's enrolments that count, latest first."""
    rows = work.session.scalars(
        select(Enrolment)
        .where(Enrolment.person_id == person_id, Enrolment.voided_at.is_(None))
        .order_by(Enrolment.from_month.desc(), Enrolment.insurance, Enrolment.id)
    ).all()
    payers = agencies.employers(work, {row.employer_id for row in rows if row.employer_id})
    homes = agencies.names(work, {row.agency_id for row in rows})
    bases: dict[UUID, list[BaseView]] = {row.id: [] for row in rows}
    for base in work.session.scalars(
        select(DeclaredBase)
        .where(DeclaredBase.enrolment_id.in_(bases))
        .order_by(DeclaredBase.from_month.desc())
    ):
        bases[base.enrolment_id].append(BaseView(base.from_month, Fen(base.base)))
    return [
        EnrolmentView(
            enrolment_id=row.id,
            insurance=Insurance(row.insurance),
            employer_id=row.employer_id,
            employer_name=payers[row.employer_id].name if row.employer_id else None,
            agency_id=row.agency_id,
            agency_name=homes[row.agency_id],
            from_month=row.from_month,
            until_month=row.until_month,
            bases=tuple(bases[row.id]),
        )
        for row in rows
    ]


def agency_id_of(work: Work, person_id: UUID) -> UUID:
    """The agency that a person's record belongs to; raises NotFound."""
    agency_id = work.session.scalars(select(Person.agency_id).where(Person.id == person_id)).one_or_none()
    if agency_id is None:
        raise NotFound
    return agency_id


def agency_path_of(work: Work, person_id: UUID) -> str:
    """The tree path of the agency that a person's record belongs to; raises NotFound."""
    return agencies.path(work, agency_id_of(work, person_id))


def require_reach(work: Work, person_id: UUID, *, by: Actor, function: str) -> None:
    """Raises NotFound for a person out of reach of `function`, Forbidden where `by` may open the record."""
    path = agency_path_of(work, person_id)
    if not by.allows(function, path):
        raise Forbidden if by.allows("people.open", path) else NotFound


def require_living(work: Work, person_id: UUID) -> None:
    """Raises NotFound, PersonMergedAway, PersonDead."""
    state = work.session.scalars(select(Person.state).where(Person.id == person_id)).one_or_none()
    if state is None:
        raise NotFound
    if state == PersonState.MERGED:
        raise PersonMergedAway
    if state == PersonState.DECEASED:
        raise PersonDead


def search(
    work: Work,
    *,
    reach: Collection[str],
    id_number: str | None = None,
    phone: str | None = None,
    name: str | None = None,
    card: str | None = None,
) -> Sequence[PersonSummary]:
    """Persons in the subtrees of `reach` that answer to one thing, masked; at most `MOST_FOUND`.

    Takes exactly one of the four; raises Invalid for a name, phone or card that cannot be one.
    """
    digest = keyring().digest
    wanted: ColumnElement[bool]
    if id_number is not None:
        wanted = Person.id.in_(_named_by(id_number))
    elif phone is not None:
        wanted = Person.phone_digest == digest("phone", normalize_phone(phone))
    elif name is not None:
        wanted = Person.name_digest == digest("name", normalize_name(name, single_character=True))
    elif card is not None:
        bearers = select(BankCard.person_id).where(
            BankCard.number_digest == digest("card", normalize_card_number(card)), BankCard.ended_at.is_(None)
        )
        wanted = Person.id.in_(bearers)
    else:
        raise ValueError("nothing to search for")
    found = work.session.scalars(
        select(Person.id)
        .where(wanted, Person.state != "merged", Person.agency_id.in_(agencies.ids_within(reach)))
        .order_by(Person.registered_at.desc(), Person.id)
        .limit(MOST_FOUND)
    ).all()
    return summaries(work, found)


def current_identifier(work: Work, person_id: UUID) -> PersonIdentifier:
    """The row of the number that a person bears now; for this room's own commands."""
    return work.session.scalars(_current_numbers([person_id])).one()


def _named_by(number: str) -> Select[UUID]:
    """Whom a number as typed names, merges followed, in one statement."""
    digest = keyring().digest("id_number", compact(number).upper())
    chain = (
        select(PersonIdentifier.person_id.label("id"))
        .where(PersonIdentifier.number_digest == digest, PersonIdentifier.ended_at.is_(None))
        .cte("chain", recursive=True)
    )
    chain = chain.union_all(select(PersonMerge.to_id).join(chain, PersonMerge.from_id == chain.c.id))
    return select(chain.c.id).where(~exists().where(PersonMerge.from_id == chain.c.id))


def _current_numbers(person_ids: Collection[UUID]) -> Select[PersonIdentifier]:
    return select(PersonIdentifier).where(
        PersonIdentifier.person_id.in_(person_ids), PersonIdentifier.ended_at.is_(None)
    )


def _current_cards(person_ids: Collection[UUID]) -> Select[BankCard]:
    return select(BankCard).where(BankCard.person_id.in_(person_ids), BankCard.ended_at.is_(None))
