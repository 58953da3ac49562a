"""Loads the demo province through the rooms' own commands, each at the date it would have happened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from backend.demo import desk, history, offices
from backend.demo.careers import DemoEnrolment
from backend.demo.people_data import DemoPerson, Situation, generate
from backend.demo.personas import personas
from backend.kernel.actor import Actor, system
from backend.kernel.clock import FixedClock
from backend.kernel.db import Database, Work
from backend.kernel.money import Fen
from backend.people import commands as people
from backend.people import queries as people_queries
from backend.staff.passwords import Passwords

POPULATION = 320
SEED = 20161122
OPENED = datetime(1991, 12, 2, 1, 0, tzinfo=UTC)
NINE_IN_HAIKOU = time(1, 0, tzinfo=UTC)
BY = system("demo")


def is_loaded(database: Database) -> bool:
    """Whether the province is there."""
    known = personas(database.clock.today())[0].person.id_number
    with database.reading() as work:
        return people_queries.find_by_id_number(work, known) is not None


def load(database: Database, *, population: int = POPULATION, seed: int = SEED) -> int:
    """Loads agencies, staff, employers and people; the number of people. The same seed gives the same people.

    All or nothing: one transaction, so that a start that was interrupted begins anew.
    """
    today = database.clock.today()
    clock = FixedClock(OPENED)
    extras = generate(population, seed, today)
    crowd = (*(one.person for one in personas(today)), *extras)
    with database.work() as opened:
        work = Work(opened.session, clock)
        # Weak hashes save half a minute; the first sign-in of each member makes a strong one.
        clerk = offices.open_bureau(work, Passwords(cheap=True)).actor(work, "clerk.province")
        employers = offices.register_employers(work, clerk)
        for person in crowd:
            _live(work, clock, clerk, person, employers, today)
        clock.set(_morning(today - timedelta(days=2)))
        desk.leave_work(work, clock, clerk, extras, seed=seed)
    return len(crowd)


def _live(
    work: Work,
    clock: FixedClock,
    clerk: Actor,
    person: DemoPerson,
    employers: Sequence[UUID],
    today: date,
) -> None:
    clock.set(_morning(min([one.from_month for one in person.enrolments], default=clock.today())))
    person_id = people.register(
        work,
        by=clerk,
        name=person.name,
        id_number=person.id_number,
        agency_id=offices.agency_id(work, person.district),
        category=_first_category(person),
        phone=person.phone,
        address=person.address,
        sex=person.sex,
    )
    people.set_bank_card(work, by=BY, person_id=person_id, bank=person.bank, number=person.card_number)
    for enrolment in sorted(person.enrolments, key=lambda one: one.from_month):
        _insure(work, clock, clerk, person_id, enrolment, employers)
    clock.set(_morning(today - timedelta(days=1)))
    history.give(work, by=BY, person_id=person_id, person=person, employers=employers, today=today)
    if person.category != _first_category(person):
        clock.set(_morning(person.retired_on or max(one.from_month for one in person.enrolments)))
        version = people_queries.record(work, person_id).version
        people.correct(work, by=clerk, person_id=person_id, version=version, category=person.category)
    if person.situation is Situation.MOVED and person.moved_on:
        clock.set(_morning(person.moved_on))
        people.leave(work, by=clerk, person_id=person_id, left_on=person.moved_on)
    if person.died_on:
        clock.set(_morning(person.died_on + timedelta(days=5)))
        people.decease(work, by=clerk, person_id=person_id, died_on=person.died_on)


def _insure(
    work: Work,
    clock: FixedClock,
    clerk: Actor,
    person_id: UUID,
    enrolment: DemoEnrolment,
    employers: Sequence[UUID],
) -> None:
    clock.set(_morning(enrolment.from_month))
    enrolment_id = people.enrol(
        work,
        by=clerk,
        person_id=person_id,
        insurance=enrolment.insurance,
        from_month=enrolment.from_month,
        employer_id=None if enrolment.employer is None else employers[enrolment.employer],
        until_month=enrolment.until_month,
    )
    if enrolment.bases:
        clock.set(_morning(max(one.from_month for one in enrolment.bases)))
        people.declare_bases(
            work,
            by=clerk,
            person_id=person_id,
            enrolment_id=enrolment_id,
            bases={one.from_month: Fen(one.base) for one in enrolment.bases},
        )


def _first_category(person: DemoPerson) -> str:
    """What somebody was when they were registered, whatever they became."""
    if not person.enrolments:
        return person.category.value
    first = min(person.enrolments, key=lambda one: one.from_month)
    if first.insurance == "170":
        return "resident"
    return "flexible" if first.employer is None else "employee"


def _morning(day: date) -> datetime:
    return datetime.combine(day, NINE_IN_HAIKOU)
