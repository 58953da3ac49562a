"""Many clerks at once, with real commits: what must happen once happens once."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from backend.bootstrap import create_app_of
from backend.people import commands as people
from backend.people import queries as registry
from backend.web.house import House
from backend.worklist import queries as worklist
from tests.support.people import SYSTEM, card_number, id_number, make_agency, make_person, traces
from tests.support.racing import at_once
from tests.support.staff import URL, Member, actor_of, make_staff, sign_in_staff


@pytest.fixture
def real_app(real_house: House) -> Flask:
    return create_app_of(real_house)


def staff(house: House, *roles: str) -> Member:
    with house.database.work() as work:
        return make_staff(work, roles=roles, agency_id=make_agency(work, "460100", under="46"))


def headers_of(app: Flask, member: Member) -> dict[str, str]:
    return sign_in_staff(app.test_client(), member)


def asked_for_a_card(house: House, maker: Member, number: str) -> tuple[UUID, UUID]:
    with house.database.work() as work:
        person_id = make_person(work)
        actor = actor_of(work, maker)
        approval_id = people.propose_bank_card(
            work, by=actor, person_id=person_id, bank="中国银行", number=number
        )
    return person_id, approval_id


def post(app: Flask, path: str, headers: dict[str, str], body: Any = None) -> Any:
    return app.test_client(use_cookies=False).post(URL + path, headers=headers, json=body)


def test_fifty_tries_to_approve_ones_own_change_at_once(real_app: Flask, real_house: House) -> None:
    maker = staff(real_house, "clerk", "supervisor")
    person_id, approval_id = asked_for_a_card(real_house, maker, card_number())
    headers = headers_of(real_app, maker)
    answers = at_once(50, lambda _: post(real_app, f"/approvals/{approval_id}/approve", headers))
    assert Counter((one.status_code, one.json["code"]) for one in answers) == {(403, "own_approval"): 50}
    with real_house.database.work() as work:
        assert registry.record(work, person_id).bank_card is None
        assert len(traces(work, "approval.own_decision_refused")) == 50
        assert traces(work, "bank_card.changed") == []


def test_ten_checkers_decide_at_once_and_one_word_counts(real_app: Flask, real_house: House) -> None:
    maker, number = staff(real_house, "clerk"), card_number()
    person_id, approval_id = asked_for_a_card(real_house, maker, number)
    checkers = [headers_of(real_app, staff(real_house, "supervisor")) for _ in range(10)]

    def decide(turn: int) -> Any:
        verdict, body = ("approve", None) if turn % 2 else ("reject", {"reason": "材料不齐"})
        return post(real_app, f"/approvals/{approval_id}/{verdict}", checkers[turn], body)

    answers = at_once(10, decide)
    assert sorted(one.status_code for one in answers) == [200] + [409] * 9
    (said,) = (one.json["state"] for one in answers if one.status_code == 200)
    with real_house.database.work() as work:
        card = registry.record(work, person_id).bank_card
        assert (card.number if card else None) == (number if said == "approved" else None)
        assert len(traces(work, "bank_card.changed")) == (1 if said == "approved" else 0)


def test_two_clerks_take_one_task(real_app: Flask, real_house: House) -> None:
    _, approval_id = asked_for_a_card(real_house, staff(real_house, "clerk"), card_number())
    rivals = [staff(real_house, "supervisor") for _ in range(2)]
    with real_house.database.work() as work:
        (task,) = work.session.scalars(worklist.tasks(by=actor_of(work, rivals[0])))
        assert task.object_id == approval_id
    headers = [headers_of(real_app, one) for one in rivals]
    answers = at_once(
        2, lambda turn: post(real_app, f"/tasks/{task.id}/claim", headers[turn], {"version": 1})
    )
    assert sorted(one.status_code for one in answers) == [200, 409]
    (lost,) = (one.json for one in answers if one.status_code == 409)
    assert lost["code"] == "task_taken"
    for rival in rivals:
        assert str(rival.staff_id) not in str(lost)


def test_two_clerks_register_one_number(real_app: Flask, real_house: House) -> None:
    clerks = [headers_of(real_app, staff(real_house, "clerk")) for _ in range(2)]
    with real_house.database.work() as work:
        agency_id = make_agency(work, "460100", under="46")
    number = id_number()
    body = {"name": "王秀英", "id_number": number, "agency_id": str(agency_id), "category": "flexible"}
    answers = at_once(2, lambda turn: post(real_app, "/people", clerks[turn], body))
    assert sorted(one.status_code for one in answers) == [201, 409]
    (lost,) = (one.json for one in answers if one.status_code == 409)
    assert (lost["code"], lost["title"]) == ("person_exists", "该证件号码已登记，请先查询已有记录")
    with real_house.database.work() as work:
        assert len(registry.search(work, reach=["46"], name="王秀英")) == 1
        assert len(traces(work, "person.registered")) == 1


def test_of_two_corrections_from_one_reading_one_stands(real_app: Flask, real_house: House) -> None:
    clerks = [headers_of(real_app, staff(real_house, "clerk")) for _ in range(2)]
    with real_house.database.work() as work:
        person_id = make_person(work)
    names = ["李冬梅", "王冬雪"]

    def correct(turn: int) -> Any:
        client = real_app.test_client(use_cookies=False)
        body = {"version": 1, "name": names[turn]}
        return client.patch(f"{URL}/people/{person_id}", headers=clerks[turn], json=body)

    answers = at_once(2, correct)
    assert sorted(one.status_code for one in answers) == [200, 409]
    winner = next(turn for turn, one in enumerate(answers) if one.status_code == 200)
    with real_house.database.work() as work:
        assert registry.record(work, person_id).name == names[winner]


def test_two_merges_in_a_circle_at_once(real_house: House, real_app: Flask) -> None:
    maker, checkers = staff(real_house, "supervisor"), [staff(real_house, "supervisor") for _ in range(2)]
    with real_house.database.work() as work:
        pair = [make_person(work), make_person(work)]
        actor = actor_of(work, maker)
        merges = [
            people.propose_merge(work, by=actor, person_id=one, into_id=other)
            for one, other in (pair, pair[::-1])
        ]
    headers = [headers_of(real_app, one) for one in checkers]
    answers = at_once(2, lambda turn: post(real_app, f"/approvals/{merges[turn]}/approve", headers[turn]))
    assert sorted(one.status_code for one in answers) == [200, 409]
    with real_house.database.work() as work:
        states = sorted(registry.record(work, one).state for one in pair)
        assert states == ["active", "merged"]


def test_overlapping_enrolments_at_once(real_house: House) -> None:
    with real_house.database.work() as work:
        person_id = make_person(work)
        today = work.clock.today().replace(day=1)

    def enrol(_: int) -> Any:
        with real_house.database.work() as work:
            return people.enrol(work, by=SYSTEM, person_id=person_id, insurance="310", from_month=today)

    answers = at_once(8, enrol)
    assert sum(isinstance(one, UUID) for one in answers) == 1
    assert {getattr(one, "code", "") for one in answers if not isinstance(one, UUID)} == {
        "enrolment_overlaps"
    }
