"""The business at a glance: counts within one's reach, kept for a while."""

from __future__ import annotations

from uuid import UUID

from flask.testing import FlaskClient
from sqlalchemy import text

from backend.people import commands as people_commands
from backend.web.house import House
from tests.admin.conftest import Hire
from tests.support.people import SYSTEM, make_person
from tests.support.staff import URL, sign_in_staff


def people(client: FlaskClient, headers: dict[str, str]) -> dict[str, int]:
    answer = client.get(f"{URL}/dashboard", headers=headers)
    assert answer.status_code == 200, answer.text
    return {one["code"]: one["count"] for one in answer.json["people"]}


def test_people_are_counted_within_reach(client: FlaskClient, house: House, hire: Hire) -> None:
    made: list[UUID] = []
    for category in ("flexible", "flexible", "pensioner"):
        with house.database.work() as work:
            made.append(make_person(work, category=category))
    here = sign_in_staff(client, hire("supervisor", at="460100"))
    elsewhere = sign_in_staff(client, hire("supervisor", at="469000"))
    counts = people(client, here)
    assert (counts["flexible"], counts["pensioner"], counts["employee"]) == (2, 1, 0)
    assert set(people(client, elsewhere).values()) == {0}


def test_a_voided_enrolment_counts_no_more(client: FlaskClient, house: House, hire: Hire) -> None:
    headers = sign_in_staff(client, hire("supervisor", at="460100"))
    with house.database.work() as work:
        person_id = make_person(work, category="flexible")
        month = work.clock.today().replace(day=1)
        enrolment_id = people_commands.enrol(
            work, by=SYSTEM, person_id=person_id, insurance="110", from_month=month
        )
        work.session.execute(
            text("UPDATE enrolment SET voided_at = now() WHERE id = :id"), {"id": enrolment_id}
        )
    assert client.get(f"{URL}/dashboard", headers=headers).json["enrolments"] == []


def test_a_count_is_kept_and_reads_the_same(client: FlaskClient, house: House, hire: Hire) -> None:
    headers = sign_in_staff(client, hire("supervisor", at="460100"))
    first = client.get(f"{URL}/dashboard", headers=headers).json
    with house.database.work() as work:
        make_person(work)
    assert client.get(f"{URL}/dashboard", headers=headers).json == first
    house.redis.delete(*house.redis.scan_iter("dashboard:*"))
    assert client.get(f"{URL}/dashboard", headers=headers).json != first


def test_outside_systems_are_all_there(client: FlaskClient, hire: Hire) -> None:
    headers = sign_in_staff(client, hire("system_administrator", at="46"))
    items = client.get(f"{URL}/outside-systems", headers=headers).json["items"]
    wechat, others = ["微信小程序", "微信公众号", "微信支付"], ["短信平台", "社银直联", "税务征收接口"]
    assert [one["name"] for one in items] == wechat + others
    assert {one["state_name"] for one in items} == {"近期没有调用"}
