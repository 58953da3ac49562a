"""The audit administrator finds who did what, leaves a trace of looking, and may do nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from backend.audit.commands import record
from backend.audit.sealing import seal_waiting
from backend.kernel.clock import FixedClock
from backend.kernel.ids import new_id
from backend.web.access import Access
from backend.web.house import House
from tests.admin.conftest import Hire
from tests.support.staff import URL, Member, actor_of, sign_in_staff


@pytest.fixture
def auditor(client: FlaskClient, hire: Hire) -> dict[str, str]:
    return sign_in_staff(client, hire("audit_administrator"))


@pytest.fixture
def search(client: FlaskClient, hire: Hire) -> Callable[..., list[dict[str, Any]]]:
    member = hire("audit_administrator")

    def run(**filters: object) -> list[dict[str, Any]]:
        headers = sign_in_staff(client, member)  # anew, since days may have passed
        answer = client.get(f"{URL}/audit/events", query_string=filters, headers=headers)
        assert answer.status_code == 200, answer.json
        return list(answer.json["items"])

    return run


@pytest.fixture
def look(house: House) -> Callable[[Member, UUID], None]:
    def make(member: Member, person_id: UUID) -> None:
        with house.database.work() as work:
            record(
                work,
                "person.opened",
                by=actor_of(work, member),
                subject=person_id,
                object_kind="person",
                object_id=person_id,
                after={"phone": "13876543210"},
                purpose="counter",
            )

    return make


def test_events_are_found_by_who_whom_what_where_and_when(
    clock: FixedClock, hire: Hire, look: Callable, search: Callable, agency: Callable[[str], UUID]
) -> None:
    haikou, sanya, person = hire("clerk", at="460100", name="陈海"), hire("clerk", at="460200"), new_id()
    look(haikou, person)
    clock.advance(timedelta(days=1))
    look(sanya, person)
    look(sanya, new_id())
    opened = {"action": "person.opened"}
    assert len(search(**opened)) == 3
    assert len(search(subject_id=person)) == 2
    assert [one["actor_name"] for one in search(**opened, actor_id=haikou.staff_id)] == ["陈海"]
    assert [one["actor_name"] for one in search(**opened, agency_id=agency("460100"))] == ["陈海"]
    assert len(search(**opened, agency_id=agency("46"))) == 3
    assert len(search(**opened, since="2026-11-23")) == 2
    assert len(search(**opened, until="2026-11-22")) == 1
    assert search(action="person.merged") == []


def test_days_are_those_of_haikou(clock: FixedClock, hire: Hire, look: Callable, search: Callable) -> None:
    clerk = hire("clerk")
    clock.advance(timedelta(hours=13, minutes=59))  # 23:59 on the 22nd
    look(clerk, new_id())
    assert len(search(action="person.opened", until="2026-11-22")) == 1
    assert search(action="person.opened", since="2026-11-23") == []


def test_a_request_is_followed_by_its_id(client: FlaskClient, hire: Hire, search: Callable) -> None:
    headers = {**sign_in_staff(client, hire()), "X-Request-Id": "a-request-to-follow"}
    client.delete(f"{URL}/session", headers=headers)
    assert [one["action"] for one in search(request_id="a-request-to-follow")] == ["staff.signed_out"]


def test_the_list_tells_no_values_and_opening_leaves_a_trace(
    client: FlaskClient, hire: Hire, look: Callable, search: Callable, auditor: dict[str, str]
) -> None:
    person = new_id()
    look(hire("clerk"), person)
    found = search(action="person.opened")
    assert "13876543210" not in str(found)
    assert not {"before", "after", "values"} & set(found[0])
    event_id = found[0]["audit_event_id"]
    opened = client.get(f"{URL}/audit/events/{event_id}", headers=auditor).json
    assert (opened["before"], opened["after"]) == (None, {"phone": "13876543210"})
    assert opened["purpose"] == "counter"
    traces = search(action="audit_event.opened")
    assert [(one["object_id"], one["subject_id"]) for one in traces] == [(event_id, str(person))]


def test_an_event_that_was_changed_is_reported(
    client: FlaskClient, house: House, hire: Hire, look: Callable, search: Callable, auditor: dict[str, str]
) -> None:
    look(hire("clerk"), new_id())
    (genuine,) = search(action="person.opened")
    copy = text(
        "INSERT INTO audit_event SELECT (jsonb_populate_record(one, :changes)).*"
        " FROM audit_event one WHERE id = :id"
    )
    forged = new_id()
    with house.database.work() as work:
        work.session.execute(copy, {"changes": f'{{"id": "{forged}"}}', "id": genuine["audit_event_id"]})
    answer = client.get(f"{URL}/audit/events/{forged}", headers=auditor)
    assert (answer.status_code, answer.json["code"]) == (409, "audit_event_changed")


def test_an_auditor_of_one_agency_sees_what_its_people_did(
    client: FlaskClient, hire: Hire, look: Callable, search: Callable, agency: Callable[[str], UUID]
) -> None:
    look(hire("clerk", at="460100"), new_id())
    look(hire("clerk", at="460200"), new_id())
    headers = sign_in_staff(client, hire("audit_administrator", at="460100"))
    seen = client.get(f"{URL}/audit/events", headers=headers).json["items"]
    assert {one["agency_path"] for one in seen} == {"46.460100"}
    other = search(action="person.opened", agency_id=agency("460200"))[0]["audit_event_id"]
    assert client.get(f"{URL}/audit/events/{other}", headers=headers).status_code == 404
    assert "system" in {one["actor_kind"] for one in search()}, "who reaches the root sees the system's acts"


def test_seals_are_listed_newest_first(
    client: FlaskClient, house: House, hire: Hire, look: Callable, auditor: dict[str, str]
) -> None:
    for _ in range(3):
        look(hire("clerk"), new_id())
        with house.database.work() as work:
            assert seal_waiting(work)
    first = client.get(f"{URL}/audit/seals?limit=2", headers=auditor).json
    assert [one["number"] for one in first["items"]] == [3, 2]
    assert first["items"][0]["previous"] == first["items"][1]["head"]
    rest = client.get(f"{URL}/audit/seals?before={first['next_before']}", headers=auditor).json
    assert [one["number"] for one in rest["items"]] == [1]
    assert rest["next_before"] is None


def test_the_audit_administrator_may_read_audit_and_nothing_else(
    app: Flask, client: FlaskClient, auditor: dict[str, str]
) -> None:
    asked = 0
    for rule in app.url_map.iter_rules():
        access = getattr(app.view_functions[rule.endpoint], "access", None)
        if not isinstance(access, Access) or access.who != "staff" or not access.function:
            continue
        path = rule.build({name: new_id() for name in rule.arguments}, append_unknown=False)[1]
        method = next(iter(rule.methods - {"HEAD", "OPTIONS"}))
        answer = client.open(path, method=method, json={}, headers=auditor)
        asked += 1
        assert (answer.status_code == 403) != (access.function in ("audit.read", "audit.export")), (
            f"{method} {path}"
        )
    assert asked > 20


def test_nobody_else_reads_the_trail(client: FlaskClient, hire: Hire) -> None:
    for role in ("system_administrator", "security_administrator", "supervisor"):
        headers = sign_in_staff(client, hire(role))
        for path in ("events", "events.xlsx", f"events/{new_id()}", "seals"):
            assert client.get(f"{URL}/audit/{path}", headers=headers).status_code == 403
