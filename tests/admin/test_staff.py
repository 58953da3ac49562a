"""Accounts are kept by those whose reach covers them; their secrets are told once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pyotp
import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from backend.kernel.db import BoundDatabase
from backend.staff import rules
from backend.web.house import House
from tests.admin.conftest import Hire
from tests.support.staff import URL, Member, give_role, sign_in_staff, try_sign_in
from tests.support.statements import statements


@pytest.fixture
def system(client: FlaskClient, hire: Hire) -> dict[str, str]:
    return sign_in_staff(client, hire("system_administrator"))


@pytest.fixture
def security(client: FlaskClient, hire: Hire) -> dict[str, str]:
    return sign_in_staff(client, hire("security_administrator"))


def version(client: FlaskClient, headers: dict[str, str], member: Member) -> int:
    found: int = client.get(f"{URL}/staff/{member.staff_id}", headers=headers).json["version"]
    return found


def patch(client: FlaskClient, headers: dict[str, str], member: Member, **changes: Any) -> Any:
    body = {"version": version(client, headers, member)} | changes
    return client.patch(f"{URL}/staff/{member.staff_id}", json=body, headers=headers)


def test_a_new_member_signs_in_with_what_was_told_and_may_do_nothing(
    client: FlaskClient, house: House, system: dict[str, str], agency: Callable[[str], UUID]
) -> None:
    body = {"username": "Wu.Qing", "name": "吴清", "agency_id": str(agency("460100"))}
    made = client.post(f"{URL}/staff", json=body, headers=system)
    assert made.status_code == 201, made.json
    assert made.json["username"] == "wu.qing"
    secret = pyotp.parse_uri(made.json["otpauth_uri"]).secret
    member = Member(UUID(made.json["staff_id"]), "wu.qing", made.json["one_time_password"], secret)
    answer = try_sign_in(client, member)
    assert answer.json["must_change_password"] is True
    shown = client.get(f"{URL}/staff/{member.staff_id}", headers=system).json
    assert (shown["name"], shown["grants"], shown["agency_name"]) == ("吴清", [], "机构460100")
    assert "one_time_password" not in shown and "otpauth_uri" not in shown


def test_secrets_are_stored_nowhere_readable(
    client: FlaskClient, house: House, system: dict[str, str], agency: Callable[[str], UUID]
) -> None:
    body = {"username": "wu.qing", "name": "吴清", "agency_id": str(agency("46"))}
    keyed = {**system, "Idempotency-Key": "a-key-of-the-console"}
    made = client.post(f"{URL}/staff", json=body, headers=keyed).json
    secret = pyotp.parse_uri(made["otpauth_uri"]).secret
    with house.database.reading() as work:
        rows = work.session.scalars(text("SELECT to_jsonb(staff)::text FROM staff")).all()
        saved = work.session.scalar(text("SELECT count(*) FROM idempotency"))
    assert not any(secret in row or made["one_time_password"] in row for row in rows)
    assert saved == 0, "an answer that holds secrets is not kept for replay"


def test_user_names_are_unique_and_of_one_form(
    client: FlaskClient, system: dict[str, str], hire: Hire, agency: Callable[[str], UUID]
) -> None:
    taken = hire().username
    body = {"name": "吴清", "agency_id": str(agency("46"))}
    again = client.post(f"{URL}/staff", json=body | {"username": taken}, headers=system)
    assert again.json["code"] == "username_taken"
    odd = client.post(f"{URL}/staff", json=body | {"username": "吴清"}, headers=system)
    assert odd.json["code"] == "invalid_username"
    nowhere = body | {"username": "wu.qing", "agency_id": str(UUID(int=7))}
    assert client.post(f"{URL}/staff", json=nowhere, headers=system).json["errors"][0]["field"] == "agency_id"


def test_a_clerk_neither_sees_nor_keeps_accounts(
    client: FlaskClient, hire: Hire, agency: Callable[[str], UUID]
) -> None:
    headers, other = sign_in_staff(client, hire("clerk")), hire()
    body = {"username": "wu.qing", "name": "吴清", "agency_id": str(agency("46"))}
    assert client.get(f"{URL}/staff", headers=headers).status_code == 403
    assert client.get(f"{URL}/staff/{other.staff_id}", headers=headers).status_code == 403
    assert client.post(f"{URL}/staff", json=body, headers=headers).status_code == 403


def test_another_subtree_is_not_there(client: FlaskClient, hire: Hire, agency: Callable[[str], UUID]) -> None:
    haikou = hire("system_administrator", at="460100")
    colleague, stranger, superior = hire(at="460100"), hire(at="460200"), hire(at="46")
    headers = sign_in_staff(client, haikou)
    seen = {one["staff_id"] for one in client.get(f"{URL}/staff", headers=headers).json["items"]}
    assert seen == {str(haikou.staff_id), str(colleague.staff_id)}
    for other in (stranger, superior):
        assert client.get(f"{URL}/staff/{other.staff_id}", headers=headers).status_code == 404
        for verb in ("reset-password",):
            path = f"{URL}/staff/{other.staff_id}/{verb}"
            assert client.post(path, headers=headers).status_code == 404
        body = {"version": 1, "state": "disabled"}
        path = f"{URL}/staff/{other.staff_id}"
        assert client.patch(path, json=body, headers=headers).status_code == 404
    body = {"username": "wu.qing", "name": "吴清", "agency_id": str(agency("460200"))}
    assert client.post(f"{URL}/staff", json=body, headers=headers).status_code == 403
    moved = patch(client, headers, colleague, agency_id=str(agency("460200")))
    assert moved.status_code == 403


def test_rights_beyond_the_keepers_reach_protect_an_account(
    client: FlaskClient, house: House, hire: Hire, agency: Callable[[str], UUID]
) -> None:
    headers = sign_in_staff(client, hire("system_administrator", at="460100"))
    mighty = hire(at="460100")
    with house.database.work() as work:
        give_role(work, mighty.staff_id, "supervisor", agency("46"))
    refused = client.post(f"{URL}/staff/{mighty.staff_id}/reset-password", headers=headers)
    assert refused.status_code == 403


def test_staff_are_filtered_and_paged(client: FlaskClient, system: dict[str, str], hire: Hire) -> None:
    members = [hire(at="460100", username=f"page.{letter}") for letter in "abc"]
    assert patch(client, system, members[1], state="disabled").status_code == 200

    def listed(query: str) -> list[str]:
        answer = client.get(f"{URL}/staff?{query}", headers=system)
        assert answer.status_code == 200, answer.json
        return [one["username"] for one in answer.json["items"]]

    assert sorted(listed("username=PAGE.")) == ["page.a", "page.b", "page.c"]
    assert listed("username=page.&state=disabled") == ["page.b"]
    first = client.get(f"{URL}/staff?username=page.&limit=2", headers=system).json
    rest = listed(f"username=page.&limit=2&cursor={first['next_cursor']}")
    assert sorted([one["username"] for one in first["items"]] + rest) == ["page.a", "page.b", "page.c"]


def test_disabling_ends_sessions_at_once_and_for_good(
    client: FlaskClient, system: dict[str, str], hire: Hire
) -> None:
    member = hire("clerk")
    theirs = sign_in_staff(client, member)
    assert patch(client, system, member, state="disabled").json["state"] == "disabled"
    assert client.get(f"{URL}/me", headers=theirs).status_code == 401
    assert try_sign_in(client, member).status_code == 401
    assert patch(client, system, member, state="active").json["state"] == "active"
    assert client.get(f"{URL}/me", headers=theirs).status_code == 401, "the old session stays ended"
    assert try_sign_in(client, member).status_code == 201


def test_changes_need_the_version_that_was_read(
    client: FlaskClient, system: dict[str, str], hire: Hire
) -> None:
    member = hire()
    assert patch(client, system, member, name="陈海涛").json["name"] == "陈海涛"
    body = {"version": 1, "name": "陈海洋"}
    stale = client.patch(f"{URL}/staff/{member.staff_id}", json=body, headers=system)
    assert (stale.status_code, stale.json["code"]) == (409, "stale_version")


def test_a_reset_password_is_good_once_and_ends_sessions(
    client: FlaskClient, system: dict[str, str], hire: Hire
) -> None:
    member = hire("clerk")
    theirs = sign_in_staff(client, member)
    issued = client.post(f"{URL}/staff/{member.staff_id}/reset-password", headers=system).json
    assert issued["otpauth_uri"] is None
    assert client.get(f"{URL}/me", headers=theirs).status_code == 401
    assert try_sign_in(client, member).status_code == 401
    answer = try_sign_in(client, member, password=issued["one_time_password"])
    assert answer.json["must_change_password"] is True
    body = {"current_password": issued["one_time_password"], "password": member.password}
    headers = {"Authorization": f"Bearer {answer.json['token']}"}
    refused = client.put(f"{URL}/me/password", json=body, headers=headers)
    assert refused.json["code"] == "weak_password", "the password from before the reset is still remembered"


def test_a_reset_code_replaces_the_old_one(
    client: FlaskClient, system: dict[str, str], security: dict[str, str], hire: Hire
) -> None:
    member = hire("clerk")
    path = f"{URL}/staff/{member.staff_id}/reset-totp"
    assert client.post(path, headers=system).status_code == 403, "who resets passwords cannot reset codes"
    issued = client.post(path, headers=security).json
    assert issued["one_time_password"] is None
    assert try_sign_in(client, member).status_code == 401
    secret = pyotp.parse_uri(issued["otpauth_uri"]).secret
    renewed = Member(member.staff_id, member.username, member.password, secret)
    assert try_sign_in(client, renewed).status_code == 201
    assert client.post(f"{URL}/staff/{member.staff_id}/reset-password", headers=security).status_code == 403


def test_a_locked_member_is_shown_and_unlocked(
    client: FlaskClient, security: dict[str, str], hire: Hire
) -> None:
    member = hire()
    for _ in range(rules.FREE_FAILURES):
        try_sign_in(client, member, password="Wrong-Anchor-77")
    shown = client.get(f"{URL}/staff/{member.staff_id}", headers=security).json
    assert shown["locked_until"] is not None
    path = f"{URL}/staff/{member.staff_id}/unlock"
    assert client.post(path, headers=security).status_code == 204
    shown = client.get(f"{URL}/staff/{member.staff_id}", headers=security).json
    assert shown["locked_until"] is None
    assert try_sign_in(client, member).status_code == 201


def test_nobody_keeps_their_own_account(client: FlaskClient, hire: Hire) -> None:
    system, security = hire("system_administrator"), hire("security_administrator")
    mine = sign_in_staff(client, system)
    assert patch(client, mine, system, state="disabled").json["code"] == "own_account"
    path = f"{URL}/staff/{system.staff_id}/reset-password"
    assert client.post(path, headers=mine).json["code"] == "own_account"
    path = f"{URL}/staff/{security.staff_id}/reset-totp"
    assert client.post(path, headers=sign_in_staff(client, security)).json["code"] == "own_account"


def test_the_list_takes_as_many_queries_for_many_as_for_one(
    client: FlaskClient, database: BoundDatabase, system: dict[str, str], hire: Hire
) -> None:
    def cost() -> int:
        with statements(database.engine) as said:
            client.get(f"{URL}/staff?limit=100", headers=system)
        return len(said)

    before = cost()
    for _ in range(5):
        hire("clerk", at="460100")
    assert before > 1
    assert cost() == before
