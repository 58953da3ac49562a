"""The staff's API on people, through HTTP: what shows, how far it reaches, and what stays in the trail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient

from backend.people import commands as registry
from backend.web.house import House
from tests.admin.conftest import Hire
from tests.support.people import SYSTEM, card_number, id_number, make_person, traces
from tests.support.staff import URL, sign_in_staff

PHONE = "13812345678"
Agency = Callable[[str], UUID]


@pytest.fixture
def clerk(client: FlaskClient, hire: Hire) -> dict[str, str]:
    """Headers of a clerk of 460100."""
    return sign_in_staff(client, hire("clerk", at="460100"))


@pytest.fixture
def supervisor(client: FlaskClient, hire: Hire) -> dict[str, str]:
    """Headers of a supervisor of 460100."""
    return sign_in_staff(client, hire("supervisor", at="460100"))


@pytest.fixture
def stranger(client: FlaskClient, hire: Hire) -> dict[str, str]:
    """Headers of somebody who is both, in another agency."""
    return sign_in_staff(client, hire("clerk", "supervisor", at="469000"))


def person(house: House, **given: Any) -> UUID:
    with house.database.work() as work:
        return make_person(work, **given)


def trail(house: House, action: str) -> list[Any]:
    with house.database.work() as work:
        return traces(work, action)


def post(client: FlaskClient, path: str, headers: dict[str, str], status: int, **body: Any) -> Any:
    answer = client.post(URL + path, headers=headers, json=body)
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.json


def test_a_clerk_registers_finds_and_opens(client: FlaskClient, house: House, agency: Agency, clerk) -> None:
    number = id_number(born=date(1966, 3, 14))
    made = post(
        client,
        "/people",
        clerk,
        201,
        name="王秀英",
        id_number=number,
        agency_id=str(agency("460100")),
        category="flexible",
        phone=PHONE,
    )
    assert (made["name"], made["category_name"], made["state_name"]) == ("**英", "灵活就业人员", "正常")
    found = post(client, "/people/search", clerk, 200, phone=PHONE)
    assert found == {"items": [made], "complete": True}
    for hidden in (number, PHONE, "王秀英"):
        assert hidden not in str(found)
    whole = post(client, f"/people/{made['person_id']}/open", clerk, 200, purpose="窗口业务办理")
    assert (whole["name"], whole["id_number"], whole["phone"]) == ("王秀英", number, PHONE)
    assert (whole["birth_date"], whole["sex"], whole["bank_card"]) == ("1966-03-14", "female", None)
    (trace,) = trail(house, "person.opened")
    assert (str(trace.subject_id), trace.purpose) == (made["person_id"], "窗口业务办理")
    assert trace.actor_kind == "staff" and trace.address == "127.0.0.1"


def test_a_number_is_registered_once(client: FlaskClient, house: House, agency: Agency, clerk) -> None:
    number = id_number()
    person(house, id_number=number, agency_id=agency("469000"))
    body = {"name": "王秀英", "id_number": number, "agency_id": str(agency("460100")), "category": "flexible"}
    problem = post(client, "/people", clerk, 409, **body)
    assert problem["code"] == "person_exists"
    assert number not in str(problem)


def test_what_is_wrong_is_said_in_chinese_without_repeating_it(client, agency: Agency, clerk) -> None:
    body = {"name": "王秀英", "id_number": "460106196603140027", "agency_id": str(agency("460100"))}
    problem = post(client, "/people", clerk, 422, **body, category="flexible")
    assert problem["code"] == "invalid_id_number"
    assert "460106196603140027" not in str(problem)
    missing = post(client, "/people", clerk, 422, **body)
    assert missing["errors"] == [{"field": "category", "message": "此项必填"}]


@pytest.mark.parametrize("body", [{}, {"name": "王秀英", "phone": PHONE}])
def test_a_search_is_by_one_thing(client: FlaskClient, clerk, body: dict[str, str]) -> None:
    assert post(client, "/people/search", clerk, 422, **body)["code"] == "invalid"


@pytest.mark.parametrize("purpose", [None, "", "查", " 查 ", "查" * 101])
def test_no_record_without_a_purpose(client: FlaskClient, house: House, clerk, purpose: str | None) -> None:
    body = {} if purpose is None else {"purpose": purpose}
    problem = post(client, f"/people/{person(house)}/open", clerk, 422, **body)
    assert problem["errors"][0]["field"] == "purpose"
    assert trail(house, "person.opened") == []


def test_people_of_another_agency_are_not_there(client: FlaskClient, house: House, agency, stranger) -> None:
    number = id_number()
    theirs = person(house, id_number=number, phone=PHONE)
    mine = person(house, agency_id=agency("469000"))
    for asked in ({"id_number": number}, {"phone": PHONE}):
        assert post(client, "/people/search", stranger, 200, **asked)["items"] == []
    tries: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "/open", {"purpose": "资料核对"}),
        ("PATCH", "", {"version": 1, "name": "李四"}),
        ("PUT", "/phone", {"version": 1, "phone": None}),
        ("POST", "/card-changes", {"bank": "中国银行", "number": card_number()}),
        ("POST", "/merge", {"into_id": str(mine)}),
        ("POST", "/move", {"agency_id": str(agency("469000"))}),
        ("POST", "/decease", {"died_on": "2026-11-01"}),
        ("POST", "/enrolments", {"insurance": "110", "from_month": "2026-01"}),
        ("POST", f"/enrolments/{uuid4()}/end", {"until_month": "2026-02"}),
    ]
    for method, path, body in tries:
        answers = [
            client.open(f"{URL}/people/{one}{path}", method=method, headers=stranger, json=body)
            for one in (theirs, uuid4())
        ]
        assert [answer.status_code for answer in answers] == [404, 404], path
        there, nowhere = ({**answer.json, "request_id": ""} for answer in answers)
        assert there == nowhere
    post(client, f"/people/{mine}/merge", stranger, 404, into_id=str(theirs))


def test_the_function_is_asked_for_first(client: FlaskClient, house: House, hire: Hire) -> None:
    person_id = person(house)
    auditor = sign_in_staff(client, hire("audit_administrator"))
    for path, body in (("search", {"phone": PHONE}), (f"{person_id}/open", {"purpose": "资料核对"})):
        assert post(client, f"/people/{path}", auditor, 403, **body)["code"] == "forbidden"
        assert client.post(f"{URL}/people/{path}", json=body).status_code == 401


def test_a_supervisor_reads_but_does_not_correct(client: FlaskClient, house: House, supervisor) -> None:
    person_id = person(house)
    post(client, f"/people/{person_id}/open", supervisor, 200, purpose="稽核检查")
    answer = client.patch(
        f"{URL}/people/{person_id}", headers=supervisor, json={"version": 1, "name": "李四"}
    )
    assert answer.status_code == 403


def test_a_correction_made_from_an_old_reading_is_refused(client: FlaskClient, house: House, clerk) -> None:
    person_id = person(house)
    url = f"{URL}/people/{person_id}"
    first = client.patch(url, headers=clerk, json={"version": 1, "name": "王秀瑛", "address": "文明东路8号"})
    assert (first.status_code, first.json["name"], first.json["version"]) == (200, "**瑛", 2)
    late = client.patch(url, headers=clerk, json={"version": 1, "category": "flexible"})
    assert (late.status_code, late.json["code"]) == (409, "person_changed")
    phone = client.put(f"{url}/phone", headers=clerk, json={"version": 2, "phone": "138-1234-5678"})
    assert (phone.status_code, phone.json["phone"], phone.json["version"]) == (200, "138****5678", 3)
    gone = client.put(f"{url}/phone", headers=clerk, json={"version": 3, "phone": None})
    assert gone.json["phone"] is None


def test_a_card_changes_with_two_people(client: FlaskClient, house: House, clerk, supervisor) -> None:
    person_id, old, new = person(house), card_number(), card_number()
    with house.database.work() as work:
        registry.set_bank_card(work, by=SYSTEM, person_id=person_id, bank="农业银行", number=old)
    asked = post(client, f"/people/{person_id}/card-changes", clerk, 201, bank="中国银行", number=new)
    seen = client.get(f"{URL}/approvals/{asked['approval_id']}", headers=supervisor)
    assert seen.json["changes"] == [
        {"label": "开户银行", "before": "农业银行", "after": "中国银行"},
        {"label": "银行卡号", "before": f"**** {old[-4:]}", "after": new},
    ]
    (trace,) = trail(house, "approval.opened")
    assert trace.subject_id == person_id
    own = client.post(f"{URL}/approvals/{asked['approval_id']}/approve", headers=clerk)
    assert (own.status_code, own.json["code"]) == (403, "own_approval")
    assert len(trail(house, "approval.own_decision_refused")) == 1
    post(client, f"/approvals/{asked['approval_id']}/approve", supervisor, 200)
    whole = post(client, f"/people/{person_id}/open", clerk, 200, purpose="待遇审核")
    assert (whole["bank_card"]["bank"], whole["bank_card"]["number"]) == ("中国银行", new)


def test_a_duplicate_becomes_the_record_that_stays(client: FlaskClient, house: House, hire, clerk) -> None:
    number = id_number()
    kept, duplicate = person(house), person(house, id_number=number)
    first, second = (sign_in_staff(client, hire("supervisor", at="460100")) for _ in range(2))
    asked = post(client, f"/people/{duplicate}/merge", first, 201, into_id=str(kept))
    post(client, f"/approvals/{asked['approval_id']}/approve", first, 403)
    post(client, f"/approvals/{asked['approval_id']}/approve", second, 200)
    (found,) = post(client, "/people/search", clerk, 200, id_number=number)["items"]
    assert found["person_id"] == str(kept)
    whole = post(client, f"/people/{duplicate}/open", clerk, 200, purpose="资料核对")
    assert (whole["state"], whole["merged_into"]) == ("merged", str(kept))


def test_a_person_is_handed_over_and_then_out_of_reach(client, house: House, agency: Agency, clerk) -> None:
    person_id = person(house)
    unknown = post(client, f"/people/{person_id}/move", clerk, 404, agency_id=str(uuid4()))
    assert unknown["code"] == "not_found"
    post(client, f"/people/{person_id}/move", clerk, 204, agency_id=str(agency("469000")))
    post(client, f"/people/{person_id}/open", clerk, 404, purpose="资料核对")


def test_a_death_ends_enrolments(client: FlaskClient, house: House, clerk) -> None:
    person_id = person(house)
    path = f"/people/{person_id}"
    post(client, f"{path}/enrolments", clerk, 201, insurance="110", from_month="2020-01", base=468200)
    done = post(client, f"{path}/decease", clerk, 200, died_on="2026-10-31")
    assert (done["state"], done["state_name"]) == ("deceased", "已登记死亡")
    whole = post(client, f"{path}/open", clerk, 200, purpose="待遇审核")
    (enrolment,) = whole["enrolments"]
    assert (enrolment["from_month"], enrolment["until_month"]) == ("2020-01", "2026-11")
    assert enrolment["insurance_name"] == "企业职工基本养老保险"
    assert enrolment["bases"] == [{"from_month": "2020-01", "base": 468200}]
    again = post(client, f"{path}/enrolments", clerk, 409, insurance="310", from_month="2020-01")
    assert again["code"] == "person_deceased"


def test_an_enrolment_starts_ends_and_does_not_overlap(client: FlaskClient, house: House, clerk) -> None:
    path = f"/people/{person(house)}/enrolments"
    made = post(client, path, clerk, 201, insurance="310", from_month="2026-01")
    overlap = post(client, path, clerk, 409, insurance="310", from_month="2026-03")
    assert overlap["code"] == "enrolment_overlaps"
    post(client, f"{path}/{made['enrolment_id']}/end", clerk, 204, until_month="2026-03")
    post(client, path, clerk, 201, insurance="310", from_month="2026-03")
    wrong = post(client, path, clerk, 422, insurance="410", from_month="2026-3")
    assert wrong["errors"][0]["field"] == "from_month"


def test_one_key_registers_once(client: FlaskClient, house: House, agency: Agency, clerk) -> None:
    body = {"name": "王秀英", "id_number": id_number(), "agency_id": str(agency("460100"))}
    headers = {**clerk, "Idempotency-Key": str(uuid4())}
    first = post(client, "/people", headers, 201, **body, category="flexible")
    assert post(client, "/people", headers, 201, **body, category="flexible") == first
    assert len(trail(house, "person.registered")) == 1


def test_the_document_names_every_operation(client: FlaskClient) -> None:
    paths = client.get("/api/openapi.json").json["paths"]
    mine = {
        (path, method)
        for path, operations in paths.items()
        if path.startswith(f"{URL}/people")
        for method, operation in operations.items()
        if isinstance(operation, dict)
        and operation.get("x-permission", "").split(".")[0] in ("people", "cards")
    }
    assert (f"{URL}/people/{{person_id}}/open", "post") in mine
    assert paths[f"{URL}/people/{{person_id}}"]["patch"]["responses"].keys() >= {"200", "404", "409", "422"}
