"""The tree of agencies, and the employers in their care."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.agencies import commands, queries
from backend.agencies.models import Agency
from backend.agencies.rules import credit_code_check, normalize_credit_code
from backend.kernel.db import Work
from backend.kernel.errors import Forbidden, Invalid, NotFound
from backend.kernel.ids import new_id
from tests.support.people import SYSTEM, make_agency, staff_actor

REAL_CODE = "91350100M000100Y43"  # the standard's own example
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def codes(views) -> list[str]:
    return [view.code for view in views]


def test_an_agency_stands_below_its_parent(work: Work) -> None:
    make_agency(work, "4601", under="46")
    agency_id = make_agency(work, "460105", under="4601")
    view = queries.get(work, agency_id)
    assert (view.path, view.code) == ("46.4601.460105", "460105")
    assert view.parent_id == queries.by_code(work, "4601").agency_id
    assert queries.path(work, agency_id) == "46.4601.460105"
    assert codes(queries.tree(work)) == ["46", "4601", "460105"]


def test_nobody_is_found_where_nobody_is(work: Work) -> None:
    assert queries.by_code(work, "46") is None
    for look in (queries.get, queries.path, queries.employer):
        with pytest.raises(NotFound):
            look(work, new_id())


def test_a_subtree_is_told_by_components_not_by_letters(work: Work) -> None:
    for code, parent in (("4601", "46"), ("460105", "4601"), ("46010", "46"), ("4602", "46")):
        make_agency(work, code, under=parent)
    assert codes(queries.tree(work, ["46.4601"])) == ["4601", "460105"]
    assert codes(queries.tree(work, ["46.4601", "46.4602"])) == ["4601", "460105", "4602"]
    assert codes(queries.tree(work, [])) == []
    assert codes(queries.tree(work, ["46.%", "46._601"])) == []


def test_two_agencies_have_a_lowest_common_one(work: Work) -> None:
    city, town = make_agency(work, "4601", under="46"), make_agency(work, "460105", under="4601")
    other, root = make_agency(work, "4602", under="46"), make_agency(work, "46")
    assert queries.common(work, town, city) == city
    assert queries.common(work, town, other) == root
    assert queries.common(work, town, town) == town
    with pytest.raises(NotFound):
        queries.common(work, town, make_agency(work, "45"))


def test_only_the_system_founds_a_root_and_only_managers_the_rest(work: Work) -> None:
    root, other = make_agency(work, "46"), make_agency(work, "45")
    manager = staff_actor("agencies.manage", path="46")
    commands.create(work, by=manager, code="4601", name="海口市社保中心", parent_id=root)
    for by, parent in ((manager, None), (manager, other), (staff_actor("people.open"), root)):
        with pytest.raises(Forbidden):
            commands.create(work, by=by, code="4699", name="某某社保中心", parent_id=parent)


def test_a_code_is_taken_once(work: Work) -> None:
    root = make_agency(work, "46")
    with pytest.raises(commands.AgencyCodeTaken):
        commands.create(work, by=SYSTEM, code="46", name="又一个省中心", parent_id=root)
    assert work.session.query(Agency).count() == 1


@pytest.mark.parametrize(
    ("code", "name"), [("4", "某中心"), ("46a", "某中心"), ("4601", "某"), ("4601.1", "某中心")]
)
def test_a_code_is_digits_and_a_name_a_name(work: Work, code: str, name: str) -> None:
    with pytest.raises(Invalid):
        commands.create(work, by=SYSTEM, code=code, name=name)


def test_an_employer_is_registered_once(work: Work) -> None:
    agency_id = make_agency(work, "4601", under="46")
    keeper = staff_actor("enrolments.keep", path="46.4601")
    given_ = {"agency_id": agency_id, "credit_code": "91350100-m000100y43", "name": "海口某某酒店有限公司"}
    employer_id = commands.register_employer(work, by=keeper, **given_)
    view = queries.employer(work, employer_id)
    assert (view.credit_code, view.active, view.agency_id) == (REAL_CODE, True, agency_id)
    with pytest.raises(commands.EmployerExists):
        commands.register_employer(work, by=keeper, **given_)
    with pytest.raises(Forbidden):
        commands.register_employer(work, by=staff_actor("enrolments.keep", path="46.4602"), **given_)


@given(place=st.integers(0, 17), char=st.sampled_from(ALPHABET))
def test_one_wrong_character_of_a_credit_code_is_noticed(place: int, char: str) -> None:
    wrong = REAL_CODE[:place] + char + REAL_CODE[place + 1 :]
    if wrong == REAL_CODE:
        assert normalize_credit_code(wrong) == REAL_CODE
        return
    with pytest.raises(Invalid):
        normalize_credit_code(wrong)


def test_the_check_character_is_the_standards() -> None:
    assert credit_code_check("91350100M000100Y4") == "3"
    assert credit_code_check("91110000600037341") == "L"  # published in the national register
