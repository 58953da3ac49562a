from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn import uscc

from backend.demo.careers import DemoEnrolment
from backend.demo.material import employers, material, wage
from backend.demo.people_data import DemoPerson, Situation, generate
from backend.demo.personas import Persona, personas
from backend.people.rules.cards import normalize_card_number
from backend.people.rules.id_numbers import IdKind, Sex, parse_id_number
from backend.people.rules.names import normalize_name
from backend.people.rules.phones import normalize_phone
from backend.people.rules.regions import division_name

TODAY = date(2026, 11, 22)
FAR = date.max
DISTRICTS = {row["code"] for row in material()["district"]}


@pytest.fixture(scope="module")
def people() -> tuple[DemoPerson, ...]:
    return generate(600, seed=46, today=TODAY)


@pytest.fixture(scope="module")
def named() -> dict[str, Persona]:
    return {persona.key: persona for persona in personas(TODAY)}


def age(person: DemoPerson, at: date) -> int:
    had_birthday = (at.month, at.day) >= (person.birth_date.month, person.birth_date.day)
    return at.year - person.birth_date.year - (not had_birthday)


def assert_numbers_hold(person: DemoPerson, today: date) -> None:
    number = parse_id_number(person.id_number, today=today)
    assert (number.number, number.birth_date, number.sex) == (person.id_number, person.birth_date, person.sex)
    assert normalize_name(person.name) == person.name
    assert normalize_card_number(person.card_number) == person.card_number
    assert person.phone is None or normalize_phone(person.phone) == person.phone
    assert person.district in DISTRICTS
    assert person.address.startswith("海南省")


def assert_spans_hold(person: DemoPerson, today: date) -> None:
    lines: defaultdict[tuple[str, int | None], list[DemoEnrolment]] = defaultdict(list)
    for span in person.enrolments:
        lines[span.insurance, span.employer].append(span)
        assert span.from_month.day == 1
        assert span.until_month is None or (span.until_month.day == 1 and span.from_month < span.until_month)
        assert span.from_month <= today
        assert_bases_hold(span)
    for spans in lines.values():
        spans.sort(key=lambda span: span.from_month)
        assert all((one.until_month or FAR) <= other.from_month for one, other in pairwise(spans))


def assert_bases_hold(span: DemoEnrolment) -> None:
    if span.insurance == "170":
        assert span.bases == ()
        return
    months = [base.from_month for base in span.bases]
    assert months[0] == span.from_month
    assert months == sorted(set(months))
    assert months[-1] < (span.until_month or FAR)
    assert len(months) == months[-1].year - months[0].year + 1, "one for every year"
    for base in span.bases:
        yuan, cents = divmod(base.base, 100)
        assert cents == 0
        assert wage(base.from_month.year) * 0.6 <= yuan <= wage(base.from_month.year) * 3


def assert_situation_holds(person: DemoPerson, today: date) -> None:
    open_spans = [span for span in person.enrolments if span.until_month is None]
    assert bool(open_spans) == (person.situation in (Situation.FLEXIBLE, Situation.EMPLOYEE))
    assert all((span.employer is None) == (person.situation is Situation.FLEXIBLE) for span in open_spans)
    assert (person.died_on is not None) == (person.situation is Situation.DECEASED)
    assert (person.moved_on is not None) == (person.situation is Situation.MOVED)
    retired = person.category in (Situation.PENSIONER, Situation.RESIDENT_PENSIONER)
    assert (person.retired_on is not None) == retired
    if person.retired_on:
        assert person.retired_on <= (person.died_on or today)
        assert all((span.until_month or FAR) <= person.retired_on for span in person.enrolments)
    if person.died_on:
        assert person.birth_date < person.died_on < today
    if person.situation in (Situation.FLEXIBLE, Situation.EMPLOYEE):
        assert 18 <= age(person, today) < (60 if person.sex is Sex.MALE else 55)


@settings(max_examples=25, deadline=None)
@given(
    count=st.integers(1, 40),
    seed=st.integers(0, 2**32),
    today=st.dates(date(2026, 1, 1), date(2028, 12, 31)) | st.just(date(2028, 2, 29)),
)
def test_whoever_is_generated_holds_together(count: int, seed: int, today: date) -> None:
    people = generate(count, seed, today)
    assert len(people) == count
    for person in people:
        assert_numbers_hold(person, today)
        assert_spans_hold(person, today)
        assert_situation_holds(person, today)


def test_the_same_arguments_give_the_same_people(people: tuple[DemoPerson, ...]) -> None:
    assert generate(600, seed=46, today=TODAY) == people
    assert generate(600, seed=47, today=TODAY) != people


def test_numbers_are_never_shared(people: tuple[DemoPerson, ...], named: dict[str, Persona]) -> None:
    everybody = [*people, *(persona.person for persona in named.values())]
    for numbers in (
        [person.id_number for person in everybody],
        [person.card_number for person in everybody],
        [person.phone for person in everybody if person.phone],
    ):
        assert len(set(numbers)) == len(numbers)


def test_the_population_looks_like_hainan(people: tuple[DemoPerson, ...]) -> None:
    situations = Counter(person.situation for person in people)
    assert set(situations) == set(Situation)
    assert situations[Situation.FLEXIBLE] > len(people) * 0.25
    kinds = Counter(parse_id_number(person.id_number, today=TODAY).kind for person in people)
    assert kinds[IdKind.RESIDENT_ID] > len(people) * 0.9
    assert kinds[IdKind.HMT_RESIDENCE] >= 3
    assert kinds[IdKind.PERMANENT_RESIDENCE] >= 2
    assert 0.75 < sum(person.id_number.startswith("46") for person in people) / len(people) < 0.97
    assert sum("·" in person.name for person in people) >= 2
    assert sum(any(char > "\uffff" for char in person.name) for person in people) >= 3
    surnames = Counter(person.name[0] for person in people)
    assert {surname for surname, _ in surnames.most_common(8)} >= {"陈", "王", "李", "林", "吴"}
    assert surnames["符"] > len(people) * 0.03
    assert {person.district for person in people} == DISTRICTS
    assert 0.4 < sum(person.sex is Sex.MALE for person in people) / len(people) < 0.6
    assert any(span.insurance == "170" for person in people for span in person.enrolments)
    changed = [person for person in people if len({span.employer for span in person.enrolments}) > 1]
    assert len(changed) > len(people) * 0.2, "people change employers"


def test_employers_hold() -> None:
    assert len({employer.credit_code for employer in employers()}) == len(employers())
    for employer in employers():
        assert uscc.validate(employer.credit_code) == employer.credit_code
        assert employer.credit_code[2:8] == employer.district
        assert employer.district in DISTRICTS
        assert 1 <= employer.industry_class <= 8


def test_an_organisation_code_has_its_own_check_character() -> None:
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    for employer in employers():
        organisation = employer.credit_code[8:17]
        total = sum(int(char, 36) * weight for char, weight in zip(organisation, weights, strict=False))
        check = {"X": 10}.get(organisation[8]) or int(organisation[8])
        assert (total + check) % 11 == 0


def test_every_code_in_the_tables_is_a_division() -> None:
    tables = material()
    codes = [row[key] for row in tables["district"] for key in ("code", "born", "since")]
    codes += [*tables["elsewhere"], *(row["region"] for row in tables["dotted"])]
    assert all(division_name(code) for code in codes)


@pytest.mark.parametrize("today", [TODAY, date(2028, 2, 29), date(2027, 1, 1)])
def test_personas_hold_together(today: date) -> None:
    assert len(personas(today)) == 10
    for persona in personas(today):
        assert_numbers_hold(persona.person, today)
        assert_spans_hold(persona.person, today)
        assert_situation_holds(persona.person, today)
        assert normalize_phone(persona.phone_in_use) == persona.phone_in_use
        assert (persona.phone_in_use == persona.person.phone) == (persona.key != "stale_phone")


def test_personas_are_who_they_are_said_to_be(named: dict[str, Persona]) -> None:
    ages = {key: age(persona.person, TODAY) for key, persona in named.items()}
    assert ages == {
        "courier": 32,
        "grandmother": 83,
        "daughter": 53,
        "two_employers": 38,
        "due_soon": 67,
        "suspended": 66,
        "stale_phone": 47,
        "dotted_name": 36,
        "taiwan_resident": 41,
        "late_report": 78,
    }
    assert named["grandmother"].person.sex is Sex.FEMALE
    assert named[named["daughter"].helps or ""].person.name == "王秀英"
    assert len({span.employer for span in named["two_employers"].person.enrolments}) == 2
    assert "·" in named["dotted_name"].person.name
    assert named["taiwan_resident"].person.id_number.startswith("830000")
    assert named["courier"].person.situation is Situation.FLEXIBLE


def test_what_happened_lately_fits_the_story(named: dict[str, Persona]) -> None:
    assert named["due_soon"].certified_on == date(2025, 12, 2), "good for twelve months"
    assert named["suspended"].certified_on == date(2025, 9, 8)
    assert named["suspended"].suspended_from == date(2026, 10, 1)
    late = named["late_report"]
    assert late.person.died_on == date(2026, 8, 14)
    assert late.reported_on == date(2026, 11, 17)
    assert late.person.situation is Situation.DECEASED
