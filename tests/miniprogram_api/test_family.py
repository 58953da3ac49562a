"""Acting for family over HTTP: asked, agreed, refused, ended, run out; and what asking tells (nothing)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from uuid import uuid4

import pytest

from backend.family import handlers
from backend.kernel.clock import FixedClock
from backend.kernel.db import Work
from backend.people import commands as people
from backend.web.house import House
from tests.support.citizens import Citizen, Insured
from tests.support.jobs import do_jobs
from tests.support.people import SYSTEM, id_number, make_person, traces
from tests.support.statements import statements

MakeInsured = Callable[..., Insured]
UNTIL = "2027-11-22"


def terms(**given) -> dict:
    """What a daughter asks for her mother."""
    return {
        "name": "王秀英",
        "id_number": id_number(),
        "relation": "parent",
        "scopes": ["look", "certify"],
        "until": UNTIL,
    } | given


@pytest.fixture
def mother(insured: MakeInsured) -> Insured:
    return insured(name="王秀英")


@pytest.fixture
def daughter(insured: MakeInsured) -> Insured:
    return insured(name="李小红")


@pytest.fixture
def asked(mother: Insured, daughter: Insured) -> str:
    """The id of the daughter's request."""
    answer = daughter.post("/family", terms(id_number=mother.id_number))
    assert answer.status_code == 201
    return answer.json["delegation_id"]


@pytest.fixture
def agreed(mother: Insured, asked: str) -> str:
    """The id of the delegation that the mother agreed to."""
    assert mother.post(f"/family/{asked}/agree").status_code == 204
    return asked


def sides(citizen: Citizen) -> tuple[list, list]:
    """Whom one helps, and by whom one is helped."""
    found = citizen.get("/family").json
    return found["helping"], found["helped_by"]


class TestAskingAndAnswering:
    """Both sides see it, and only the principal agrees."""

    def test_the_principal_sees_who_asks(self, mother: Insured, daughter: Insured, asked: str) -> None:
        assert mother.get("/me").json["attention"]["family_requests"] == 1
        ((), (seen,)) = sides(mother)
        assert (seen["delegation_id"], seen["state"]) == (asked, "requested")
        assert (seen["name"], seen["relation"], seen["scopes"]) == ("李小红", "parent", ["certify", "look"])
        assert (seen["person_id"], seen["id_number"]) == (None, None)
        ((mine,), ()) = sides(daughter)
        assert mine["name"] == "王秀英" and mine["person_id"] is None
        assert mine["id_number"] == f"{mother.id_number[:4]}**********{mother.id_number[-4:]}"

    def test_agreed_it_opens_what_was_agreed_to(
        self, mother: Insured, daughter: Insured, agreed: str
    ) -> None:
        assert mother.get("/me").json["attention"]["family_requests"] == 0
        (acts,) = daughter.get("/me").json["acts_for"]
        assert acts == {
            "person_id": str(mother.person_id),
            "name": "王秀英",
            "relation": "parent",
            "scopes": ["certify", "look"],
            "until": UNTIL,
        }
        assert daughter.get(f"/people/{mother.person_id}").status_code == 200
        assert mother.get(f"/people/{daughter.person_id}").status_code == 404

    def test_before_that_it_opens_nothing(self, mother: Insured, daughter: Insured, asked: str) -> None:
        assert daughter.get(f"/people/{mother.person_id}").status_code == 404
        assert daughter.get("/me").json["acts_for"] == []

    def test_the_helper_cannot_agree_for_them(self, daughter: Insured, asked: str) -> None:
        for verb in ("agree", "refuse"):
            assert daughter.post(f"/family/{asked}/{verb}").status_code == 404

    def test_a_third_person_learns_nothing(self, insured: MakeInsured, asked: str) -> None:
        third = insured(name="陈强")
        for target in (asked, str(uuid4())):
            for verb in ("agree", "refuse", "end"):
                answer = third.post(f"/family/{target}/{verb}")
                assert (answer.status_code, answer.json["code"]) == (404, "not_found")

    def test_refused_it_is_over(self, mother: Insured, daughter: Insured, asked: str) -> None:
        assert mother.post(f"/family/{asked}/refuse").status_code == 204
        late = mother.post(f"/family/{asked}/agree")
        assert (late.status_code, late.json["code"]) == (409, "delegation_over")
        assert sides(daughter)[0][0]["state"] == "refused"

    @pytest.mark.parametrize("side", ["mother", "daughter"])
    def test_either_side_ends_it(
        self, side: str, mother: Insured, daughter: Insured, agreed: str, request: pytest.FixtureRequest
    ) -> None:
        caller = request.getfixturevalue(side)
        assert caller.post(f"/family/{agreed}/end").status_code == 204
        assert daughter.get(f"/people/{mother.person_id}").status_code == 404
        assert caller.post(f"/family/{agreed}/end").status_code == 409
        assert sides(mother)[1][0]["state"] == sides(daughter)[0][0]["state"] == "ended"

    def test_a_withdrawn_request_cannot_be_agreed_to(
        self, mother: Insured, daughter: Insured, asked: str
    ) -> None:
        daughter.post(f"/family/{asked}/end")
        assert mother.post(f"/family/{asked}/agree").status_code == 409

    def test_every_step_is_written_down(self, mother: Insured, agreed: str, work: Work) -> None:
        for action in ("delegation.asked", "delegation.agreed"):
            (trace,) = traces(work, action)
            assert (trace.subject_id, str(trace.object_id)) == (mother.person_id, agreed)

    def test_one_key_is_one_request(self, mother: Insured, daughter: Insured) -> None:
        body = terms(id_number=mother.id_number)
        answers = [daughter.post("/family", body, Idempotency_Key="family-0001") for _ in range(2)]
        assert answers[0].data == answers[1].data
        assert len(sides(daughter)[0]) == 1


class TestAskingTellsNothing:
    """For somebody, for nobody, with the wrong name: the same answer by the same course."""

    def test_the_same_answer_by_the_same_course(self, mother: Insured, daughter: Insured, database) -> None:
        told = []
        for number in (mother.id_number, id_number()):
            with statements(database.engine) as said:
                answer = daughter.post("/family", terms(id_number=number))
            assert answer.status_code == 201
            assert daughter.post(f"/family/{answer.json['delegation_id']}/end").status_code == 204
            told.append(({**answer.json, "delegation_id": None, "id_number": None}, said))
        assert told[0] == told[1]

    def test_the_wrong_name_waits_like_any_other(self, mother: Insured, daughter: Insured) -> None:
        answer = daughter.post("/family", terms(id_number=mother.id_number, name="王秀莲"))
        assert (answer.status_code, answer.json["state"]) == (201, "requested")
        assert sides(mother)[1] == []
        again = daughter.post("/family", terms(id_number=mother.id_number))
        assert (again.status_code, again.json["code"]) == (409, "already_asked")

    def test_the_deceased_wait_like_any_other(self, daughter: Insured, work: Work) -> None:
        number = id_number()
        person_id = make_person(work, id_number=number)
        people.decease(work, by=SYSTEM, person_id=person_id, died_on=date(2026, 11, 1))
        assert daughter.post("/family", terms(id_number=number)).status_code == 201

    def test_a_request_for_nobody_can_be_withdrawn_and_runs_out(
        self, daughter: Insured, clock: FixedClock, house: House
    ) -> None:
        first = daughter.post("/family", terms()).json["delegation_id"]
        daughter.post("/family", terms())
        assert daughter.post(f"/family/{first}/end").status_code == 204
        clock.advance(timedelta(days=7))
        daughter.open_miniprogram()
        assert {one["state"] for one in sides(daughter)[0]} == {"ended", "expired"}


class TestBounds:
    """Five people, one request each, never oneself, never longer than five years."""

    def test_five_at_most(self, daughter: Insured) -> None:
        asked = [daughter.post("/family", terms()) for _ in range(6)]
        assert [answer.status_code for answer in asked] == [201] * 5 + [409]
        assert asked[5].json["code"] == "too_many_helped"
        daughter.post(f"/family/{asked[2].json['delegation_id']}/end")
        assert daughter.post("/family", terms()).status_code == 201

    def test_ten_requests_a_day(self, daughter: Insured) -> None:
        codes = []
        for _ in range(11):
            answer = daughter.post("/family", terms())
            codes.append(answer.status_code)
            if answer.status_code == 201:
                daughter.post(f"/family/{answer.json['delegation_id']}/end")
        assert codes == [201] * 10 + [429]

    def test_never_oneself(self, daughter: Insured) -> None:
        answer = daughter.post("/family", terms(id_number=daughter.id_number, name=daughter.name))
        assert answer.status_code == 422
        assert answer.json["errors"][0]["field"] == "id_number"

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"until": "2026-11-21"}, "until"),
            ({"until": "2031-11-23"}, "until"),
            ({"until": "soon"}, "until"),
            ({"scopes": []}, "scopes"),
            ({"scopes": ["look", "look"]}, "scopes"),
            ({"scopes": ["everything"]}, "scopes.0"),
            ({"relation": "boss"}, "relation"),
            ({"id_number": "460106196603140021"}, "id_number"),
            ({"name": "1"}, "name"),
        ],
    )
    def test_terms_that_cannot_be(self, daughter: Insured, given: dict, field: str) -> None:
        answer = daughter.post("/family", terms(**given))
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json["errors"]] == [field]

    def test_five_years_to_the_day(self, daughter: Insured) -> None:
        assert daughter.post("/family", terms(until="2031-11-22")).status_code == 201


class TestTime:
    """Requests hold seven days, delegations until their last day."""

    def test_a_request_runs_out(self, mother: Insured, asked: str, clock: FixedClock) -> None:
        clock.advance(timedelta(days=7))
        mother.open_miniprogram()
        assert mother.post(f"/family/{asked}/agree").json["code"] == "delegation_over"
        assert sides(mother)[1][0]["state"] == "expired"
        assert mother.get("/me").json["attention"]["family_requests"] == 0

    def test_a_delegation_holds_on_its_last_day_and_no_longer(
        self, mother: Insured, daughter: Insured, agreed: str, clock: FixedClock, house: House
    ) -> None:
        clock.advance(timedelta(days=365))
        daughter.open_miniprogram()
        assert daughter.get(f"/people/{mother.person_id}").status_code == 200
        clock.advance(timedelta(days=1))
        assert daughter.get(f"/people/{mother.person_id}").status_code == 404
        assert daughter.get("/me").json["acts_for"] == []
        assert house.registry.periodics["family.expire"].kind == handlers.EXPIRE
        with house.database.work() as work:
            handlers.expire(work, {})
            assert [trace.actor_role for trace in traces(work, "delegation.expired")] == ["family.expire"]

    def test_what_ran_out_makes_room_before_the_night(self, daughter: Insured, clock: FixedClock) -> None:
        for _ in range(5):
            daughter.post("/family", terms())
        clock.advance(timedelta(days=7))
        daughter.open_miniprogram()
        assert daughter.post("/family", terms()).status_code == 201


def test_death_ends_it_on_both_sides(
    mother: Insured, daughter: Insured, agreed: str, work: Work, house: House
) -> None:
    people.decease(work, by=SYSTEM, person_id=mother.person_id, died_on=date(2026, 11, 1))
    work.session.flush()
    do_jobs(house, handlers.PERSON_DECEASED)
    assert daughter.get(f"/people/{mother.person_id}").status_code == 404
    assert sides(daughter)[0][0]["state"] == "ended"
    late = mother.post("/family", terms())
    assert (late.status_code, late.json["code"]) == (409, "person_deceased")


def test_a_visitor_has_no_family(visitor: Citizen) -> None:
    for answer in (visitor.get("/family"), visitor.post("/family", terms())):
        assert (answer.status_code, answer.json["code"]) == (403, "binding_required")
