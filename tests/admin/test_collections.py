"""Clerks ask for money, see what became of it, and are shown what they themselves may do now."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from backend.collections.ports import Receipt
from backend.collections.receipts import take
from backend.kernel.clock import FixedClock
from backend.kernel.db import BoundDatabase
from backend.web.house import House
from tests.admin.conftest import Hire
from tests.support.collections import paid, send_back
from tests.support.people import make_agency, make_person
from tests.support.providers import MemoryProvider
from tests.support.staff import URL, sign_in_staff
from tests.support.tills import MemoryTill

Headers = dict[str, str]
AMOUNT = 97_572


@pytest.fixture
def clerk(client: FlaskClient, hire: Hire) -> Headers:
    return sign_in_staff(client, hire("clerk"))


@pytest.fixture
def chief(client: FlaskClient, hire: Hire) -> Headers:
    return sign_in_staff(client, hire("supervisor", name="冯静"))


@pytest.fixture
def till(clock: FixedClock) -> MemoryTill:
    return MemoryTill(clock)


def asked(
    client: FlaskClient,
    house: House,
    headers: Headers,
    reference: str,
    at: str = "460100",
    amount: int = AMOUNT,
) -> UUID:
    with house.database.work() as work:
        person_id = make_person(work, agency_id=make_agency(work, at, under="46"))
    body = {"amount": amount, "description": "灵活就业养老保险费", "reference": reference}
    path = f"{URL}/people/{person_id}/collections"
    answer = client.post(path, json=body, headers=headers | {"Idempotency-Key": reference * 2})
    assert answer.status_code == 201, answer.json
    return UUID(answer.json["collection_id"])


def found(client: FlaskClient, headers: Headers, **query: Any) -> list[str]:
    answer = client.get(f"{URL}/collections", query_string=query, headers=headers)
    assert answer.status_code == 200, answer.json
    return [one["source"] for one in answer.json["items"]]


def opened(client: FlaskClient, headers: Headers, bill_id: UUID) -> dict[str, Any]:
    answer: dict[str, Any] = client.get(f"{URL}/collections/{bill_id}", headers=headers).json
    return answer


def done(client: FlaskClient, headers: Headers, bill_id: UUID, what: str, **body: Any) -> TestResponse:
    version = body.pop("version", None) or opened(client, headers, bill_id)["version"]
    path = f"{URL}/collections/{bill_id}/{what}"
    return client.post(path, json={"version": version, **body}, headers=headers)


def test_collections_are_found_by_agency_day_state_and_sorted(
    client: FlaskClient, house: House, clerk: Headers
) -> None:
    asked(client, house, clerk, "H-2026-001", amount=2_000)
    asked(client, house, clerk, "H-2026-002", at="460200", amount=1_000)
    with house.database.work() as work:
        sanya, today = make_agency(work, "460200", under="46"), house.clock.today()
    assert found(client, clerk, agency_id=sanya) == ["H-2026-002"]
    assert len(found(client, clerk, since=today, until=today, state="open", kind="counter_bill")) == 2
    assert found(client, clerk, until="2026-01-01") == found(client, clerk, state="paid") == []
    assert found(client, clerk, sort="amount") == ["H-2026-002", "H-2026-001"]
    page = client.get(f"{URL}/collections?limit=1&sort=-amount", headers=clerk).json
    assert found(client, clerk, sort="-amount", cursor=page["next_cursor"]) == ["H-2026-002"]


def test_the_same_paper_asks_once(client: FlaskClient, house: House, clerk: Headers) -> None:
    bill_id = asked(client, house, clerk, "H-2026-001")
    person_id = opened(client, clerk, bill_id)["person_id"]
    path = f"{URL}/people/{person_id}/collections"
    body = {"amount": AMOUNT, "description": "灵活就业养老保险费", "reference": "H-2026-001"}
    assert client.post(path, json=body, headers=clerk).status_code == 422, "a key is needed"
    again = client.post(path, json=body, headers=clerk | {"Idempotency-Key": "another-key"})
    assert again.json == {"collection_id": str(bill_id)}
    body |= {"amount": 1}
    other = client.post(path, json=body, headers=clerk | {"Idempotency-Key": "a-third-key"})
    assert (other.status_code, other.json["code"]) == (409, "collection_source_differs")


def test_one_that_was_paid_tells_all_and_goes_back_once_it_is_released(
    client: FlaskClient,
    house: House,
    database: BoundDatabase,
    clerk: Headers,
    chief: Headers,
    till: MemoryTill,
) -> None:
    bill_id = asked(client, house, clerk, "H-2026-001")
    assert opened(client, clerk, bill_id)["actions"] == ["withdraw", "look_again"]
    number = paid(database, till, bill_id)
    shown = opened(client, clerk, bill_id)
    assert (shown["state"], shown["actions"]) == ("paid", ["refund", "look_again"])
    assert [one["number"] for one in shown["orders"]] == [number]
    assert [(one["order_number"], one["use"]) for one in shown["payments"]] == [(number, "applied")]
    assert opened(client, chief, bill_id)["actions"] == []
    assert done(client, clerk, bill_id, "withdraw", reason="重新开具").status_code == 409
    assert done(client, chief, bill_id, "refunds", reason="参保人申请退费").status_code == 403

    assert done(client, clerk, bill_id, "refunds", reason="参保人申请退费").status_code == 201
    [refund] = opened(client, clerk, bill_id)["payments"][0]["refunds"]
    [attempt] = client.get(f"{URL}/payouts/{refund['payout_id']}", headers=clerk).json["attempts"]
    assert (attempt["provider"], attempt["account"]) == ("wechat_refund", number)
    body = {"payout_ids": [refund["payout_id"]]}
    approval = client.post(f"{URL}/payout-releases", json=body, headers=clerk).json["approval_id"]
    assert client.post(f"{URL}/approvals/{approval}/approve", headers=chief).status_code == 200
    send_back(database, MemoryProvider())
    gone = opened(client, clerk, bill_id)
    assert (gone["state"], gone["actions"]) == ("refunded", [])
    assert (
        done(client, clerk, bill_id, "refunds", reason="参保人申请退费").json["code"] == "nothing_to_refund"
    )


def test_what_was_seen_before_is_refused(
    client: FlaskClient, house: House, database: BoundDatabase, clerk: Headers, till: MemoryTill
) -> None:
    bill_id = asked(client, house, clerk, "H-2026-001")
    paid(database, till, bill_id)
    for what, body in (
        ("withdraw", {"reason": "重新开具"}),
        ("refunds", {"reason": "参保人申请退费"}),
        ("look-again", {}),
        ("close-case", {"reason": "已核对"}),
    ):
        late = done(client, clerk, bill_id, what, version=1, **body)
        assert (late.status_code, late.json["code"]) == (409, "collection_changed"), what


def test_a_case_is_found_looked_into_and_closed(
    client: FlaskClient, house: House, database: BoundDatabase, clerk: Headers, till: MemoryTill
) -> None:
    bill_id = asked(client, house, clerk, "H-2026-001")
    asked(client, house, clerk, "H-2026-002")
    paid(database, till, bill_id)
    with database.work() as work:
        take(work, bill_id, Receipt(None, code="3002"))
    assert found(client, clerk, case="any") == found(client, clerk, case="receipt_refused") == ["H-2026-001"]
    assert found(client, clerk, case="receipt_late") == []
    [task] = client.get(f"{URL}/tasks?kind=collection_case", headers=clerk).json["items"]
    assert task["object_id"] == str(bill_id)
    board = client.get(f"{URL}/collection-board", headers=clerk).json
    assert (board["cases"], board["unbooked"], board["unowed"]) == (1, 1, 0)
    assert {(one["state"], one["count"], one["amount"]) for one in board["cells"]} == {
        ("open", 1, AMOUNT),
        ("paid", 1, AMOUNT),
    }
    assert opened(client, clerk, bill_id)["actions"] == ["refund", "look_again", "close_case"]
    assert done(client, clerk, bill_id, "look-again").status_code == 204
    assert done(client, clerk, bill_id, "close-case", reason="已与税务核对").status_code == 204
    assert found(client, clerk, case="any") == []
