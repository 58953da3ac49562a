"""Who is insured for what: no month twice, whatever is tried, in whatever order."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.agencies import commands as agencies
from backend.kernel.db import Work
from backend.kernel.errors import Forbidden, Invalid, NotFound
from backend.kernel.ids import new_id
from backend.people import commands, queries
from backend.people.errors import (
    AlreadyLeft,
    BaseDeclaredAlready,
    EnrolmentClosed,
    EnrolmentOverlaps,
    StillInsured,
)
from tests.support.people import SYSTEM, make_agency, make_person, staff_actor, traces

KEEPER = staff_actor("people.open", "enrolments.keep", path="46.460100")
CLERK = staff_actor("people.correct", path="46.460100")
CREDIT_CODES = ("91350100M000100Y43", "91110000600037341L")


def month(number: int) -> date:
    """A month by its number from January 2020."""
    return date(2020 + number // 12, number % 12 + 1, 1)


def employer(work: Work, number: int = 0) -> Any:
    agency_id = make_agency(work, "469000", under="46")
    return agencies.register_employer(
        work, by=SYSTEM, agency_id=agency_id, credit_code=CREDIT_CODES[number], name=f"某某酒店{number}"
    )


def test_an_enrolment_shows_payer_place_and_bases(work: Work) -> None:
    person_id, employer_id = make_person(work), employer(work)
    enrolment_id = commands.enrol(
        work,
        by=KEEPER,
        person_id=person_id,
        insurance="410",
        employer_id=employer_id,
        from_month=month(0),
        base=468200,
    )
    commands.declare_bases(
        work, by=KEEPER, person_id=person_id, enrolment_id=enrolment_id, bases={month(6): 500000}
    )
    view = queries.enrolments(work, person_id)[0]
    assert (view.insurance.label, view.employer_name, view.agency_name) == (
        "工伤保险",
        "某某酒店0",
        "机构469000",
    )
    assert [(one.from_month, one.base) for one in view.bases] == [(month(6), 500000), (month(0), 468200)]
    with pytest.raises(BaseDeclaredAlready):
        commands.declare_bases(
            work, by=KEEPER, person_id=person_id, enrolment_id=enrolment_id, bases={month(6): 1}
        )


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"insurance": "999"}, "insurance"),
        ({"insurance": "410"}, "employer_id"),
        ({"from_month": date(2020, 1, 2)}, "from_month"),
        ({"from_month": date(1950, 1, 1)}, "from_month"),
        ({"until_month": month(0)}, "until_month"),
        ({"until_month": date(2021, 1, 2)}, "until_month"),
        ({"base": 0}, "base"),
    ],
)
def test_what_cannot_be_insured_is_refused(work: Work, wrong: dict[str, Any], field: str) -> None:
    given_ = {"insurance": "110", "from_month": month(0)} | wrong
    with pytest.raises(Invalid) as refusal:
        commands.enrol(work, by=KEEPER, person_id=make_person(work), **given_)
    assert [one.field for one in refusal.value.fields] == [field]


def test_no_employer_pays_into_the_residents_pension(work: Work) -> None:
    with pytest.raises(Invalid):
        commands.enrol(
            work,
            by=KEEPER,
            person_id=make_person(work),
            insurance="170",
            employer_id=employer(work),
            from_month=month(0),
        )


def test_an_enrolment_ends_once(work: Work) -> None:
    person_id = make_person(work)
    enrolment_id = commands.enrol(work, by=KEEPER, person_id=person_id, insurance="110", from_month=month(0))
    given_ = {"by": KEEPER, "person_id": person_id, "enrolment_id": enrolment_id}
    with pytest.raises(Invalid):
        commands.end_enrolment(work, **given_, until_month=month(0))
    commands.end_enrolment(work, **given_, until_month=month(3))
    with pytest.raises(EnrolmentClosed):
        commands.end_enrolment(work, **given_, until_month=month(4))
    with pytest.raises(Invalid):
        commands.declare_bases(work, **given_, bases={month(3): 100})
    assert queries.enrolments(work, person_id)[0].until_month == month(3)
    assert [one.subject_id for one in traces(work, "enrolment.ended")] == [person_id]


def test_enrolments_are_kept_by_those_who_reach_the_person(work: Work) -> None:
    person_id, other = make_person(work), make_person(work)
    enrolment_id = commands.enrol(work, by=KEEPER, person_id=person_id, insurance="110", from_month=month(0))
    given_ = {"enrolment_id": enrolment_id, "until_month": month(1)}
    for by, whose, error in (
        (staff_actor("enrolments.keep", path="46.469000"), person_id, NotFound),
        (staff_actor("people.open"), person_id, Forbidden),
        (KEEPER, other, NotFound),
        (KEEPER, new_id(), NotFound),
    ):
        with pytest.raises(error):
            commands.end_enrolment(work, by=by, person_id=whose, **given_)


def test_whoever_is_insured_here_again_has_come_back(work: Work) -> None:
    person_id = make_person(work)
    commands.leave(work, by=CLERK, person_id=person_id, left_on=date(2026, 10, 31))
    assert queries.summary(work, person_id).state == "moved"
    with pytest.raises(AlreadyLeft):
        commands.leave(work, by=CLERK, person_id=person_id, left_on=date(2026, 10, 31))
    commands.enrol(work, by=KEEPER, person_id=person_id, insurance="110", from_month=date(2026, 11, 1))
    assert queries.summary(work, person_id).state == "active"
    with pytest.raises(StillInsured):
        commands.leave(work, by=CLERK, person_id=person_id, left_on=date(2026, 11, 1))


attempts = st.lists(
    st.tuples(
        st.sampled_from(["110", "310"]),
        st.sampled_from([None, 0, 1]),
        st.integers(0, 11),
        st.none() | st.integers(1, 6),
    ),
    max_size=8,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(attempts)
def test_no_month_is_insured_twice_by_the_same_payer(work: Work, tries: list[Any]) -> None:
    with work.session.begin_nested() as savepoint:
        person_id, payers = make_person(work), [employer(work, 0), employer(work, 1)]
        covered: set[Any] = set()
        for insurance, payer, start, length in tries:
            wanted = {(insurance, payer, one) for one in range(start, start + length if length else 40)}
            given_ = {
                "insurance": insurance,
                "employer_id": None if payer is None else payers[payer],
                "from_month": month(start),
                "until_month": None if length is None else month(start + length),
            }
            if wanted & covered:
                with pytest.raises(EnrolmentOverlaps):
                    commands.enrol(work, by=KEEPER, person_id=person_id, **given_)
            else:
                commands.enrol(work, by=KEEPER, person_id=person_id, **given_)
                covered |= wanted
        found = {
            (one.insurance.value, payers.index(one.employer_id) if one.employer_id else None, number)
            for one in queries.enrolments(work, person_id)
            for number in range(40)
            if one.from_month <= month(number)
            and (one.until_month is None or month(number) < one.until_month)
        }
        assert found == {(insurance, payer, one) for insurance, payer, one in covered if one < 40}
        savepoint.rollback()
