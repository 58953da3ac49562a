"""What a counter does for people's sign-ins and helpers, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from backend.kernel.db import Work
from backend.people import commands as people
from backend.web.house import House
from tests.support.citizens import Citizen, Insured, make_insured
from tests.support.fakes import Outside
from tests.support.people import SYSTEM, make_agency, make_person, traces
from tests.support.staff import make_staff, sign_in_staff

URL = "/api/admin/v1"


@pytest.fixture
def outside(house: House) -> Outside:
    found = Outside()
    found.connect(house.ports)
    return found


@pytest.fixture
def citizen(work: Work, client: FlaskClient, outside: Outside) -> Insured:
    return make_insured(work, client, outside)


@pytest.fixture
def clerk(work: Work, client: FlaskClient) -> Callable[..., dict[str, str]]:
    """Headers of a signed-in member of staff; by default a clerk of the citizen's agency."""

    def make(role: str = "clerk", at: str = "460100") -> dict[str, str]:
        member = make_staff(work, roles=(role,), agency_id=make_agency(work, at, under="46"))
        work.session.flush()
        return sign_in_staff(client, member)

    return make


def test_a_printed_code_binds_a_new_phone(
    citizen: Insured, clerk, client: FlaskClient, outside: Outside, work: Work
) -> None:
    path = f"{URL}/people/{citizen.person_id}/binding-codes"
    answer = client.post(path, headers=clerk() | {"Idempotency-Key": "printing-0001"})
    assert answer.status_code == 201
    assert set(answer.json) == {"code", "expires_at"} and len(answer.json["code"]) == 11
    phone = Citizen(client, outside)
    phone.open_miniprogram()
    bound = phone.bind(citizen.name, citizen.id_number, "counter_code", counter_code=answer.json["code"])
    assert bound.status_code == 201
    (trace,) = traces(work, "binding_code.issued")
    assert trace.subject_id == citizen.person_id and answer.json["code"] not in str(trace.values)


def test_codes_are_for_the_living_in_reach(citizen: Insured, clerk, client: FlaskClient, work: Work) -> None:
    path = f"{URL}/people/{citizen.person_id}/binding-codes"
    assert client.post(path, headers=clerk(at="460200")).status_code == 404
    assert client.post(path, headers=clerk("supervisor")).status_code == 403
    assert client.post(path, headers=clerk("audit_administrator")).status_code == 403
    assert client.post(f"{URL}/people/{uuid4()}/binding-codes", headers=clerk()).status_code == 404
    people.decease(work, by=SYSTEM, person_id=citizen.person_id, died_on=date(2026, 11, 1))
    work.session.flush()
    assert client.post(path, headers=clerk()).json["code"] == "person_deceased"


def test_channels_are_seen_masked_and_the_look_is_written_down(
    citizen: Insured, clerk, client: FlaskClient, work: Work
) -> None:
    path = f"{URL}/people/{citizen.person_id}/channels"
    assert client.get(path, headers=clerk(at="460200")).status_code == 404
    assert traces(work, "channel.listed") == []
    answer = client.get(path, headers=clerk())
    (item,) = answer.json["items"]
    assert item["phone"] == f"{citizen.phone[:3]}****{citizen.phone[-4:]}"
    assert citizen.phone not in answer.text and citizen.openid not in answer.text
    (trace,) = traces(work, "channel.listed")
    assert trace.subject_id == citizen.person_id


def test_a_lost_phone_is_dropped(citizen: Insured, clerk, client: FlaskClient, work: Work) -> None:
    path = f"{URL}/people/{citizen.person_id}/channels/{citizen.channel_id}"
    other = make_person(work, name="李红")
    work.session.flush()
    assert client.delete(path, headers=clerk(at="460200")).status_code == 404
    wrong = f"{URL}/people/{other}/channels/{citizen.channel_id}"
    assert client.delete(wrong, headers=clerk()).status_code == 404
    assert citizen.get("/me").status_code == 200
    assert client.delete(path, headers=clerk()).status_code == 204
    assert citizen.get("/me").status_code == 401
    assert client.delete(path, headers=clerk()).status_code == 404


def test_a_delegation_is_confirmed_for_one_without_a_phone(
    citizen: Insured, clerk, client: FlaskClient, outside: Outside, work: Work
) -> None:
    helper = make_insured(work, client, outside, name="李小红")
    body = {
        "name": citizen.name,
        "id_number": citizen.id_number,
        "relation": "parent",
        "scopes": ["look"],
        "until": "2027-11-22",
    }
    asked = helper.post("/family", body).json["delegation_id"]
    assert client.get(f"{URL}/people/{citizen.person_id}/delegations", headers=clerk(at="460200")).json[
        "code"
    ] == ("not_found")
    (listed,) = client.get(f"{URL}/people/{citizen.person_id}/delegations", headers=clerk()).json["items"]
    assert (listed["delegation_id"], listed["name"], listed["state"]) == (asked, "李小红", "requested")
    path = f"{URL}/delegations/{asked}/confirm"
    assert client.post(path, headers=clerk(at="460200")).status_code == 404
    assert client.post(path, headers=clerk("supervisor")).status_code == 403
    assert client.post(path, headers=clerk()).status_code == 204
    assert helper.get(f"/people/{citizen.person_id}").status_code == 200
    assert client.post(path, headers=clerk()).json["code"] == "delegation_over"
    assert client.post(f"{URL}/delegations/{uuid4()}/confirm", headers=clerk()).status_code == 404
