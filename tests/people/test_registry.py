"""Registering persons and keeping what is registered right."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import text

from backend.kernel.db import Work
from backend.kernel.errors import FieldError, Forbidden, Invalid, NotFound
from backend.kernel.ids import new_id
from backend.people import commands, queries
from backend.people.errors import PersonChanged, PersonDead, PersonExists
from backend.people.events import PersonDeceased, PersonMoved, PhoneChanged
from backend.people.rules.id_numbers import old_card_check_digit
from backend.web.house import House
from tests.support.people import (
    SYSTEM,
    id_number,
    listen,
    make_agency,
    make_person,
    staff_actor,
    told,
    traces,
)

CLERK = staff_actor("people.open", "people.correct", "people.register", path="46.460100")
STRANGER = staff_actor("people.open", "people.correct", "people.register", path="46.469000")


def old_card(born: date = date(1980, 5, 6)) -> str:
    body = f"USA4601{born:%y%m%d}1"
    return body + old_card_check_digit(body)


def fields_of(error: pytest.ExceptionInfo[Invalid]) -> list[str]:
    return [one.field for one in error.value.fields]


def test_birth_date_and_sex_come_from_the_number(work: Work) -> None:
    person_id = make_person(work, id_number=id_number(born=date(1958, 2, 3), female=False))
    record = queries.record(work, person_id)
    assert (record.birth_date, record.sex, record.id_kind) == (date(1958, 2, 3), "male", "resident_id")
    assert (record.name, record.category, record.state, record.version) == (
        "王秀英",
        "resident_pensioner",
        "active",
        1,
    )


def test_a_number_that_tells_no_sex_needs_it_said(work: Work) -> None:
    with pytest.raises(Invalid) as refusal:
        make_person(work, name="MARY ANN SMITH", id_number=old_card())
    assert fields_of(refusal) == ["sex"]
    person_id = make_person(work, name="mary ann smith", id_number=old_card(), sex="female")
    assert queries.record(work, person_id).name == "MARY ANN SMITH"
    with pytest.raises(Invalid) as refusal:
        make_person(work, id_number=id_number(female=True), sex="male")
    assert fields_of(refusal) == ["sex"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"id_number": "460106196603140027"},
        {"name": "王123"},
        {"phone": "12345"},
        {"category": "king"},
        {"address": "路" * 201},
        {"sex": "other"},
    ],
)
def test_what_breaks_a_rule_is_not_registered(work: Work, wrong: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        make_person(work, **wrong)


def test_a_number_is_registered_once_however_it_is_typed(work: Work) -> None:
    number = id_number()
    make_person(work, id_number=number)
    with pytest.raises(PersonExists) as refusal:
        make_person(work, id_number=" " + number[:6] + " " + number[6:])
    assert number not in str(refusal.value)


def test_personal_data_are_readable_nowhere_in_the_database(work: Work) -> None:
    given = {"name": "林冬梅", "id_number": id_number(), "phone": "13876543210", "address": "文明东路8号"}
    person_id = make_person(work, **given)
    commands.change_phone(work, by=SYSTEM, person_id=person_id, version=1, phone="13811112222")
    tables = work.session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
    assert {"person", "person_identifier", "audit_event"} <= set(tables)
    for table in tables:
        for row in work.session.scalars(text(f'SELECT t::text FROM "{table}" t')):
            for value in (*given.values(), "13811112222"):
                assert value not in row
                assert value.encode().hex() not in row


def test_only_clerks_of_the_agency_register_there(work: Work) -> None:
    given = {"name": "王秀英", "id_number": id_number(), "category": "flexible"}
    agency_id = make_agency(work, "460100", under="46")
    for by in (STRANGER, staff_actor("people.open", path="46.460100")):
        with pytest.raises(Forbidden):
            commands.register(work, by=by, agency_id=agency_id, **given)
    with pytest.raises(NotFound):
        commands.register(work, by=CLERK, agency_id=new_id(), **given)
    assert commands.register(work, by=CLERK, agency_id=agency_id, **given)


def test_a_correction_changes_what_is_given_and_leaves_the_rest(work: Work) -> None:
    person_id = make_person(work, phone="13812345678", address="文明东路8号")
    version = commands.correct(work, by=CLERK, person_id=person_id, version=1, name="王秀英子", address="")
    record = queries.record(work, person_id)
    assert (record.name, record.address, record.phone, record.version) == (
        "王秀英子",
        None,
        "13812345678",
        version,
    )
    trace = traces(work, "person.corrected")[0]
    assert trace.subject_id == person_id
    assert trace.values == {
        "before": {"name": "王秀英", "address": "文明东路8号"},
        "after": {"name": "王秀英子", "address": None},
    }


def test_a_corrected_number_names_the_person_and_the_old_one_nobody(work: Work) -> None:
    old, new = id_number(), id_number(born=date(1970, 1, 1), female=False)
    person_id = make_person(work, id_number=old)
    commands.correct(work, by=CLERK, person_id=person_id, version=1, id_number=new)
    assert queries.find_by_id_number(work, new) == person_id
    assert queries.find_by_id_number(work, old) is None
    record = queries.record(work, person_id)
    assert (record.birth_date, record.sex) == (date(1970, 1, 1), "male")
    other = make_person(work, id_number=old)
    with pytest.raises(PersonExists):
        commands.correct(work, by=CLERK, person_id=other, version=1, id_number=new)


def test_a_sex_once_said_outlives_a_correction_to_such_a_number(work: Work) -> None:
    person_id = make_person(work, name="MARY ANN SMITH", id_number=id_number(female=True))
    commands.correct(work, by=CLERK, person_id=person_id, version=1, id_number=old_card())
    assert queries.record(work, person_id).sex == "female"
    commands.correct(work, by=CLERK, person_id=person_id, version=2, sex="male")
    assert queries.record(work, person_id).sex == "male"


def test_a_stale_version_changes_nothing(work: Work) -> None:
    person_id = make_person(work)
    commands.correct(work, by=CLERK, person_id=person_id, version=1, category="flexible")
    with pytest.raises(PersonChanged):
        commands.correct(work, by=CLERK, person_id=person_id, version=1, category="employee")
    with pytest.raises(PersonChanged):
        commands.change_phone(work, by=CLERK, person_id=person_id, version=1, phone="13812345678")
    assert queries.summary(work, person_id).category == "flexible"


@pytest.mark.parametrize("command", ["correct", "change_phone", "move", "decease"])
def test_a_record_out_of_reach_is_not_there_and_one_in_sight_is_forbidden(work: Work, command: str) -> None:
    person_id, agency_id = make_person(work), make_agency(work, "460100", under="46")
    given = {
        "correct": {"version": 1, "name": "李四"},
        "change_phone": {"version": 1, "phone": None},
        "move": {"agency_id": agency_id},
        "decease": {"died_on": date(2026, 1, 1)},
    }[command]
    act = getattr(commands, command)
    with pytest.raises(NotFound):
        act(work, by=STRANGER, person_id=person_id, **given)
    with pytest.raises(NotFound):
        act(work, by=STRANGER, person_id=new_id(), **given)
    with pytest.raises(Forbidden):
        act(work, by=staff_actor("people.open"), person_id=person_id, **given)


def test_a_changed_phone_is_told(house: House, work: Work) -> None:
    listen(house.registry, PhoneChanged)
    person_id = make_person(work, phone="13812345678")
    version = commands.change_phone(work, by=CLERK, person_id=person_id, version=1, phone="+86 139-1234-5678")
    assert queries.record(work, person_id).phone == "13912345678"
    commands.change_phone(work, by=CLERK, person_id=person_id, version=version, phone=None)
    assert queries.record(work, person_id).phone is None
    assert told(work, PhoneChanged) == [{"person_id": str(person_id)}] * 2


def test_a_move_hands_the_record_over(house: House, work: Work) -> None:
    listen(house.registry, PersonMoved)
    person_id, old = make_person(work), make_agency(work, "460100", under="46")
    new = make_agency(work, "469000", under="46")
    commands.move(work, by=CLERK, person_id=person_id, agency_id=new)
    assert queries.agency_path_of(work, person_id) == "46.469000"
    assert told(work, PersonMoved) == [
        {"person_id": str(person_id), "from_agency_id": str(old), "to_agency_id": str(new)}
    ]
    with pytest.raises(NotFound):
        commands.move(work, by=CLERK, person_id=person_id, agency_id=old)


def enrolled(work: Work, person_id: UUID, insurance: str, start: date, end: date | None) -> None:
    commands.enrol(
        work, by=SYSTEM, person_id=person_id, insurance=insurance, from_month=start, until_month=end
    )


def test_a_death_ends_what_runs_and_voids_what_was_to_come(house: House, work: Work) -> None:
    listen(house.registry, PersonDeceased)
    person_id = make_person(work)
    enrolled(work, person_id, "110", date(2020, 1, 1), None)
    enrolled(work, person_id, "310", date(2020, 1, 1), date(2021, 1, 1))
    enrolled(work, person_id, "170", date(2027, 1, 1), None)
    commands.decease(work, by=CLERK, person_id=person_id, died_on=date(2026, 10, 31))
    record = queries.record(work, person_id)
    assert (record.state, record.died_on) == ("deceased", date(2026, 10, 31))
    spans = {one.insurance.value: one.until_month for one in queries.enrolments(work, person_id)}
    assert spans == {"110": date(2026, 11, 1), "310": date(2021, 1, 1)}
    assert told(work, PersonDeceased) == [{"person_id": str(person_id)}]
    with pytest.raises(PersonDead):
        commands.decease(work, by=CLERK, person_id=person_id, died_on=date(2026, 10, 30))
    with pytest.raises(PersonDead):
        commands.enrol(work, by=SYSTEM, person_id=person_id, insurance="310", from_month=date(2022, 1, 1))


@pytest.mark.parametrize("day", [date(1966, 3, 13), date(2026, 11, 23)])
def test_nobody_dies_before_birth_or_after_today(work: Work, day: date) -> None:
    person_id = make_person(work, id_number=id_number(born=date(1966, 3, 14)))
    with pytest.raises(Invalid) as refusal:
        commands.decease(work, by=CLERK, person_id=person_id, died_on=day)
    assert refusal.value.fields == (FieldError("died_on", "死亡日期应在出生日期之后，且不晚于今天"),)
