"""Two records that are one person: nothing is lost, nothing counts twice."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.kernel.db import Work
from backend.kernel.errors import Forbidden, Invalid, NotFound
from backend.people import commands, queries
from backend.people.errors import LifeDiffers, PersonMergedAway
from backend.people.events import BankCardChanged, PersonMerged
from backend.people.models import Enrolment, Person, PersonIdentifier
from backend.web.house import House
from backend.worklist import commands as worklist
from backend.worklist.errors import ApprovalStale
from tests.support.people import (
    SYSTEM,
    card_number,
    id_number,
    listen,
    make_agency,
    make_person,
    staff_actor,
    told,
    traces,
)

MAKER = staff_actor("people.open", "people.correct", "people.merge", "cards.change")
CHECKER = staff_actor("people.merge_approve", "cards.approve")

pytestmark = pytest.mark.usefixtures("house")


def merge(work: Work, duplicate: UUID, kept: UUID) -> None:
    approval_id = commands.propose_merge(work, by=MAKER, person_id=duplicate, into_id=kept)
    worklist.approve(work, by=CHECKER, approval_id=approval_id)


def month(number: int) -> date:
    return date(2020 + number // 12, number % 12 + 1, 1)


def test_both_numbers_name_the_record_that_stays(house: House, work: Work) -> None:
    listen(house.registry, PersonMerged)
    first, second = id_number(), id_number()
    kept, duplicate = make_person(work, id_number=first), make_person(work, id_number=second)
    merge(work, duplicate, kept)
    assert queries.find_by_id_number(work, first) == kept
    assert queries.find_by_id_number(work, second) == kept
    assert queries.resolve(work, duplicate) == kept
    assert queries.with_merged(work, kept) == {kept, duplicate}
    assert queries.identity_matches(work, name="王秀英", id_number=second) == kept
    assert told(work, PersonMerged) == [{"from_id": str(duplicate), "to_id": str(kept)}]
    assert [one.subject_id for one in traces(work, "person.merged")] == [kept]


def test_nothing_is_deleted(work: Work) -> None:
    kept, duplicate = make_person(work), make_person(work)
    merge(work, duplicate, kept)
    record = queries.record(work, duplicate)
    assert (record.state, record.merged_into, record.name) == ("merged", kept, "王秀英")
    assert work.session.query(Person).count() == work.session.query(PersonIdentifier).count() == 2


def test_merges_are_followed_as_long_as_they_go(work: Work) -> None:
    numbers = [id_number() for _ in range(4)]
    people = [make_person(work, id_number=number) for number in numbers]
    for duplicate, kept in pairwise(people):
        merge(work, duplicate, kept)
    assert {queries.find_by_id_number(work, number) for number in numbers} == {people[-1]}
    assert {queries.resolve(work, one) for one in people} == {people[-1]}


def test_what_was_merged_takes_no_further_change(work: Work) -> None:
    kept, duplicate, other = (make_person(work) for _ in range(3))
    merge(work, duplicate, kept)
    with pytest.raises(PersonMergedAway):
        commands.correct(work, by=MAKER, person_id=duplicate, version=2, name="李四")
    for pair in ((duplicate, other), (other, duplicate)):
        with pytest.raises(PersonMergedAway):
            commands.propose_merge(work, by=MAKER, person_id=pair[0], into_id=pair[1])


def test_who_is_found_by_name_is_found_once(work: Work) -> None:
    kept, duplicate = make_person(work), make_person(work)
    merge(work, duplicate, kept)
    assert [one.person_id for one in queries.search(work, reach=["46"], name="王秀英")] == [kept]


def test_two_merges_in_a_circle_cannot_both_happen(work: Work) -> None:
    one, other = make_person(work), make_person(work)
    there = commands.propose_merge(work, by=MAKER, person_id=one, into_id=other)
    back = commands.propose_merge(work, by=MAKER, person_id=other, into_id=one)
    worklist.approve(work, by=CHECKER, approval_id=there)
    with pytest.raises(ApprovalStale):
        worklist.approve(work, by=CHECKER, approval_id=back)


def test_a_change_of_either_record_makes_the_merge_stale(work: Work) -> None:
    for changed in (0, 1):
        pair = [make_person(work), make_person(work)]
        approval_id = commands.propose_merge(work, by=MAKER, person_id=pair[0], into_id=pair[1])
        commands.correct(work, by=MAKER, person_id=pair[changed], version=1, name="李四")
        with pytest.raises(ApprovalStale):
            worklist.approve(work, by=CHECKER, approval_id=approval_id)


def test_the_checker_sees_both_records(work: Work) -> None:
    kept, duplicate = make_person(work, name="王秀英"), make_person(work, name="王秀瑛")
    approval_id = commands.propose_merge(work, by=MAKER, person_id=duplicate, into_id=kept)
    seen = worklist.open_approval(work, by=CHECKER, approval_id=approval_id)
    assert ("姓名", "王秀瑛", "王秀英") in [(one.label, one.before, one.after) for one in seen.changes]


def test_a_merge_across_agencies_is_for_those_above_both(work: Work) -> None:
    kept, duplicate = make_person(work), make_person(work, agency_id=make_agency(work, "469000", under="46"))
    with pytest.raises(NotFound):
        narrow = staff_actor("people.merge", path="46.460100")
        commands.propose_merge(work, by=narrow, person_id=duplicate, into_id=kept)
    approval_id = commands.propose_merge(work, by=MAKER, person_id=duplicate, into_id=kept)
    for path in ("46.460100", "46.469000"):
        with pytest.raises(NotFound):
            checker = staff_actor("people.merge_approve", path=path)
            worklist.approve(work, by=checker, approval_id=approval_id)
    worklist.approve(work, by=CHECKER, approval_id=approval_id)


def test_nobody_merges_a_record_with_itself_or_the_living_with_the_dead(work: Work) -> None:
    living, dead, deader = (make_person(work) for _ in range(3))
    for one in (dead, deader):
        commands.decease(work, by=SYSTEM, person_id=one, died_on=date(2026, 11, 1))
    with pytest.raises(Invalid):
        commands.propose_merge(work, by=MAKER, person_id=living, into_id=living)
    for pair in ((living, dead), (dead, living)):
        with pytest.raises(LifeDiffers):
            commands.propose_merge(work, by=MAKER, person_id=pair[0], into_id=pair[1])
    with pytest.raises(Forbidden):
        commands.propose_merge(work, by=staff_actor("people.open"), person_id=dead, into_id=deader)
    merge(work, dead, deader)
    assert queries.record(work, dead).died_on == date(2026, 11, 1)


def test_a_person_who_is_here_stays_here(work: Work) -> None:
    kept, duplicate = make_person(work), make_person(work)
    commands.leave(work, by=SYSTEM, person_id=kept, left_on=date(2026, 11, 1))
    merge(work, duplicate, kept)
    assert queries.record(work, kept).state == "active"


@pytest.mark.parametrize("kept_has_one", [True, False])
def test_of_two_cards_the_kept_records_stays(house: House, work: Work, kept_has_one: bool) -> None:
    kept, duplicate = make_person(work), make_person(work)
    theirs, ours = card_number(), card_number()
    commands.set_bank_card(work, by=SYSTEM, person_id=duplicate, bank="中国银行", number=theirs)
    if kept_has_one:
        commands.set_bank_card(work, by=SYSTEM, person_id=kept, bank="农业银行", number=ours)
    listen(house.registry, BankCardChanged)
    merge(work, duplicate, kept)
    assert queries.record(work, kept).bank_card.number == (ours if kept_has_one else theirs)
    assert queries.record(work, duplicate).bank_card is None
    assert len(told(work, BankCardChanged)) == (0 if kept_has_one else 1)


def test_a_change_of_card_asked_for_on_the_duplicate_can_no_longer_pass(work: Work) -> None:
    kept, duplicate = make_person(work), make_person(work)
    change = commands.propose_bank_card(
        work, by=MAKER, person_id=duplicate, bank="中国银行", number=card_number()
    )
    merge(work, duplicate, kept)
    with pytest.raises(ApprovalStale):
        worklist.approve(work, by=CHECKER, approval_id=change)


def enrol(work: Work, person_id: UUID, start: int, end: int | None, bases: dict[int, int]) -> None:
    enrolment_id = commands.enrol(
        work,
        by=SYSTEM,
        person_id=person_id,
        insurance="110",
        from_month=month(start),
        until_month=None if end is None else month(end),
    )
    commands.declare_bases(
        work,
        by=SYSTEM,
        person_id=person_id,
        enrolment_id=enrolment_id,
        bases={month(one): base for one, base in bases.items()},
    )


def bases_by_month(work: Work, person_id: UUID, end: int = 30) -> dict[int, int | None]:
    """The base that counts in each insured month."""
    found: dict[int, int | None] = {}
    for one in queries.enrolments(work, person_id):
        assert all(one.from_month <= base.from_month < (one.until_month or date.max) for base in one.bases)
        for number in range(end):
            inside = one.from_month <= month(number) and (
                one.until_month is None or month(number) < one.until_month
            )
            if inside:
                assert number not in found
                known = [base.base for base in one.bases if base.from_month <= month(number)]
                found[number] = known[0] if known else None
    return found


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[int, int | None, dict[int, int]]]:
    """Enrolments that do not overlap, each with bases declared from some of its months on."""
    cuts = sorted(draw(st.sets(st.integers(0, 24), max_size=6)))
    ends = [*cuts[1::2], None] if len(cuts) % 2 else cuts[1::2]
    return [
        (
            start,
            end,
            draw(st.dictionaries(st.integers(start, (end or 30) - 1), st.integers(1, 9), max_size=3)),
        )
        for start, end in zip(cuts[::2], ends, strict=True)
    ]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(histories(), histories())
def test_no_month_is_lost_or_counted_twice(work: Work, ours: list, theirs: list) -> None:
    with work.session.begin_nested() as savepoint:
        kept, duplicate = make_person(work), make_person(work)
        for person_id, history in ((kept, ours), (duplicate, theirs)):
            for start, end, bases in history:
                enrol(work, person_id, start, end, bases)
        expected = bases_by_month(work, duplicate) | bases_by_month(work, kept)
        rows = work.session.query(Enrolment).count()
        merge(work, duplicate, kept)
        assert bases_by_month(work, kept) == expected
        assert bases_by_month(work, duplicate) == {}
        assert work.session.query(Enrolment).count() >= rows
        savepoint.rollback()
