"""Clerks find payouts, see what became of them, and are shown what they themselves may do now."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from backend.kernel.db import BoundDatabase
from backend.payouts.ports import Reason
from backend.people import commands as people
from backend.web.house import House
from tests.admin.conftest import Hire
from tests.support.payouts import carry
from tests.support.people import SYSTEM, card_number, make_agency, make_person
from tests.support.providers import MemoryProvider
from tests.support.staff import URL, sign_in_staff

Headers = dict[str, str]


@pytest.fixture
def clerk(client: FlaskClient, hire: Hire) -> Headers:
    return sign_in_staff(client, hire("clerk"))


@pytest.fixture
def chief(client: FlaskClient, hire: Hire) -> Headers:
    return sign_in_staff(client, hire("supervisor", name="冯静"))


def entered(client: FlaskClient, house: House, headers: Headers, reference: str, at: str = "460100") -> str:
    with house.database.work() as work:
        person_id = make_person(work, agency_id=make_agency(work, at, under="46"))
        people.set_bank_card(work, by=SYSTEM, person_id=person_id, bank="农业银行", number=card_number())
    body = {"amount": 52_000, "purpose": "丧葬补助金", "reference": reference}
    answer = client.post(
        f"{URL}/people/{person_id}/payouts", json=body, headers=headers | {"Idempotency-Key": reference * 2}
    )
    return str(answer.json["payout_id"])


def found(client: FlaskClient, headers: Headers, **query: Any) -> list[str]:
    answer = client.get(f"{URL}/payouts", query_string=query, headers=headers)
    assert answer.status_code == 200, answer.json
    return [one["source"] for one in answer.json["items"]]


def opened(client: FlaskClient, headers: Headers, payout_id: str) -> dict[str, Any]:
    answer: dict[str, Any] = client.get(f"{URL}/payouts/{payout_id}", headers=headers).json
    return answer


def release(client: FlaskClient, maker: Headers, checker: Headers, *payout_ids: str) -> str:
    body = {"payout_ids": payout_ids}
    approval_id = client.post(f"{URL}/payout-releases", json=body, headers=maker).json["approval_id"]
    client.post(f"{URL}/approvals/{approval_id}/approve", headers=checker)
    return str(approval_id)


def test_payouts_are_found_by_agency_day_and_paper(client: FlaskClient, house: House, clerk: Headers) -> None:
    entered(client, house, clerk, "A-2026-001")
    entered(client, house, clerk, "A-2026-002", at="460200")
    with house.database.work() as work:
        sanya, today = make_agency(work, "460200", under="46"), house.clock.today()
    assert found(client, clerk, agency_id=sanya) == ["A-2026-002"]
    assert found(client, clerk, source="A-2026-001") == ["A-2026-001"]
    assert len(found(client, clerk, since=today, until=today)) == 2
    assert found(client, clerk, until="2026-01-01") == []
    nobody = client.get(f"{URL}/payouts?approval_id={sanya}", headers=clerk)
    assert nobody.status_code == 404


def test_what_waits_for_a_second_person_says_so(
    client: FlaskClient, house: House, clerk: Headers, chief: Headers
) -> None:
    one, other = (entered(client, house, clerk, f"A-2026-00{number}") for number in (1, 2))
    assert opened(client, clerk, one)["actions"] == ["release", "cancel"]
    assert opened(client, chief, one)["actions"] == []
    body = {"payout_ids": [one]}
    approval_id = client.post(f"{URL}/payout-releases", json=body, headers=clerk).json["approval_id"]
    listed = client.get(f"{URL}/payouts", headers=chief).json["items"]
    assert {row["payout_id"]: row["approval"] and row["approval"]["maker_name"] for row in listed} == {
        one: "陈海",
        other: None,
    }
    assert found(client, chief, approval_id=approval_id) == ["A-2026-001"]
    assert opened(client, clerk, one)["actions"] == ["cancel"]
    assert opened(client, chief, one)["actions"] == ["decide"]


def test_a_failure_tells_its_reason_and_what_it_did_to_the_books(
    client: FlaskClient, house: House, database: BoundDatabase, clerk: Headers, chief: Headers
) -> None:
    payout_id = entered(client, house, clerk, "A-2026-001")
    release(client, clerk, chief, payout_id)
    bank = MemoryProvider()
    bank.fate = lambda: "failed"
    carry(database, bank)
    failed = opened(client, clerk, payout_id)
    assert failed["state"] == "failed"
    assert failed["actions"] == ["reissue", "cancel"]
    [attempt] = failed["attempts"]
    assert attempt["reason"] in {one.value for one in Reason}
    assert attempt["reason_label"]
    assert [one["step"] for one in attempt["journals"]] == ["sent", "failed"]
    assert opened(client, chief, payout_id)["actions"] == []
