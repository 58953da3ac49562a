"""Staff prove who they are with two factors, and nobody learns why a wrong one was refused."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pyotp
import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from backend.kernel.clock import FixedClock
from backend.staff import rules
from backend.staff.passwords import Passwords
from backend.web.house import House
from tests.admin.conftest import Hire
from tests.support.staff import PASSWORD, URL, Member, sign_in_staff, try_sign_in

WRONG = "Wrong-Anchor-77"


def actions(house: House) -> list[str]:
    with house.database.reading() as work:
        return list(work.session.scalars(text("SELECT action FROM audit_event ORDER BY id")))


def lock(client: FlaskClient, member: Member) -> None:
    for _ in range(rules.FREE_FAILURES):
        assert try_sign_in(client, member, password=WRONG).status_code == 401


def test_both_factors_open_a_session(client: FlaskClient, house: House, hire: Hire) -> None:
    member = hire("clerk")
    answer = try_sign_in(client, member)
    assert answer.status_code == 201, answer.json
    assert answer.json["csrf"] is None and answer.json["must_change_password"] is False
    me = client.get(f"{URL}/me", headers={"Authorization": f"Bearer {answer.json['token']}"})
    assert me.json["username"] == member.username
    assert me.json["agency_name"] == "机构46"
    assert [grant["role"] for grant in me.json["grants"]] == ["clerk"]
    assert "people.search" in me.json["functions"]
    assert "staff.signed_in" in actions(house)


def test_user_names_have_one_spelling(client: FlaskClient, hire: Hire) -> None:
    member = hire()
    assert try_sign_in(client, member, username=f" {member.username.upper()} ").status_code == 201


def test_cookies_keep_a_session_for_browsers(client: FlaskClient, app: Any, hire: Hire) -> None:
    member, browser = hire(), app.test_client()
    answer = try_sign_in(browser, member, keep="cookie")
    assert answer.json["token"] is None
    assert browser.get(f"{URL}/me").status_code == 200
    assert browser.delete(f"{URL}/session").json["code"] == "csrf_failed"
    assert browser.delete(f"{URL}/session", headers={"X-CSRF-Token": answer.json["csrf"]}).status_code == 204
    assert browser.get(f"{URL}/me").status_code == 401


@pytest.mark.parametrize(
    "wrong",
    [{"password": WRONG}, {"totp": "000000"}, {"username": "nobody.here"}, {"username": "x y"}],
    ids=["password", "code", "unknown name", "impossible name"],
)
def test_every_refusal_reads_the_same(client: FlaskClient, house: House, hire: Hire, wrong: Any) -> None:
    member = hire()
    answer = try_sign_in(client, member, **wrong)
    assert answer.status_code == 401
    assert answer.json["code"] == "sign_in_refused"
    assert set(answer.json) == {"type", "title", "status", "code", "request_id"}
    assert actions(house)[-1] == "staff.sign_in_refused"


def test_unknown_names_cost_a_hash_too(
    client: FlaskClient, house: House, hire: Hire, monkeypatch: pytest.MonkeyPatch
) -> None:
    member, verified = hire(), []
    real = Passwords.verify
    monkeypatch.setattr(
        Passwords, "verify", lambda self, hashed, given: verified.append(given) or real(self, hashed, given)
    )
    try_sign_in(client, member, username="nobody.here", password="first")
    try_sign_in(client, member, password="second")
    try_sign_in(client, member, password=PASSWORD, totp="000000")
    assert verified == ["first", "second", PASSWORD]


def test_disabled_members_stay_outside(client: FlaskClient, house: House, hire: Hire) -> None:
    member = hire()
    with house.database.work() as work:
        work.session.execute(
            text("UPDATE staff SET state = 'disabled' WHERE id = :id"), {"id": member.staff_id}
        )
    assert try_sign_in(client, member).json["code"] == "sign_in_refused"


def test_a_code_is_good_once(client: FlaskClient, clock: FixedClock, hire: Hire) -> None:
    member = hire()
    assert try_sign_in(client, member).status_code == 201
    assert try_sign_in(client, member).json["code"] == "sign_in_refused"
    clock.advance(timedelta(seconds=30))
    assert try_sign_in(client, member).status_code == 201


def test_a_code_older_than_the_last_used_is_no_good(
    client: FlaskClient, clock: FixedClock, hire: Hire
) -> None:
    member = hire()
    earlier = member.code(clock)
    clock.advance(timedelta(seconds=30))
    assert try_sign_in(client, member).status_code == 201
    assert try_sign_in(client, member, totp=earlier).status_code == 401


@pytest.mark.parametrize(("seconds", "status"), [(-60, 401), (-30, 201), (30, 201), (60, 401)])
def test_clocks_of_phones_may_be_one_step_off(
    client: FlaskClient, clock: FixedClock, hire: Hire, seconds: int, status: int
) -> None:
    member = hire()
    code = pyotp.TOTP(member.secret).at(clock.now() + timedelta(seconds=seconds))
    assert try_sign_in(client, member, totp=code).status_code == status


@pytest.mark.parametrize("known", [True, False], ids=["known name", "unknown name"])
def test_wrong_passwords_lock_any_name(
    client: FlaskClient, house: House, clock: FixedClock, hire: Hire, known: bool
) -> None:
    member = hire()
    name = member.username if known else "nobody.here"
    for _ in range(rules.FREE_FAILURES):
        assert try_sign_in(client, member, username=name, password=WRONG).status_code == 401
    locked = try_sign_in(client, member, username=name)
    assert locked.status_code == 429
    assert locked.json["code"] == "sign_in_locked"
    assert locked.headers["Retry-After"] == str(int(rules.FIRST_LOCK.total_seconds()))
    clock.advance(rules.FIRST_LOCK)
    assert try_sign_in(client, member, username=name).status_code == (201 if known else 401)


def test_each_further_failure_locks_twice_as_long(client: FlaskClient, clock: FixedClock, hire: Hire) -> None:
    member = hire()
    lock(client, member)
    clock.advance(rules.FIRST_LOCK)
    assert try_sign_in(client, member, password=WRONG).status_code == 401
    again = try_sign_in(client, member)
    assert again.headers["Retry-After"] == str(2 * int(rules.FIRST_LOCK.total_seconds()))


def test_trying_while_locked_does_not_lock_longer(client: FlaskClient, clock: FixedClock, hire: Hire) -> None:
    member = hire()
    lock(client, member)
    clock.advance(rules.FIRST_LOCK / 2)
    assert try_sign_in(client, member, password=WRONG).status_code == 429
    clock.advance(rules.FIRST_LOCK / 2)
    assert try_sign_in(client, member).status_code == 201


def test_a_right_sign_in_forgives(client: FlaskClient, clock: FixedClock, hire: Hire) -> None:
    member = hire()
    for _ in range(rules.FREE_FAILURES - 1):
        try_sign_in(client, member, password=WRONG)
    assert try_sign_in(client, member).status_code == 201
    clock.advance(timedelta(minutes=1))
    lock(client, member)


def test_one_address_cannot_try_many_names(client: FlaskClient, hire: Hire) -> None:
    member = hire()
    answers = [try_sign_in(client, member, username=f"name{number}") for number in range(101)]
    assert {answer.status_code for answer in answers[:100]} == {401}
    assert answers[100].json["code"] == "too_many_attempts"


def test_older_hashes_are_made_anew(
    client: FlaskClient, house: House, hire: Hire, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = hire()
    stored = text("SELECT password_hash FROM staff WHERE username = :name")
    monkeypatch.setattr(Passwords, "outdated", lambda self, hashed: True)
    with house.database.reading() as work:
        before = work.session.scalar(stored, {"name": member.username})
    assert try_sign_in(client, member).status_code == 201
    with house.database.reading() as work:
        after = work.session.scalar(stored, {"name": member.username})
    assert after != before
    assert Passwords(cheap=True).verify(after, member.password)


def test_a_one_time_password_opens_nothing_but_its_change(
    client: FlaskClient, clock: FixedClock, hire: Hire
) -> None:
    member = hire("system_administrator", must_change_password=True)
    answer = try_sign_in(client, member)
    assert answer.json["must_change_password"] is True
    headers = {"Authorization": f"Bearer {answer.json['token']}"}
    for path in ("/staff", "/sessions", "/agencies"):
        assert client.get(URL + path, headers=headers).json["code"] == "password_change_required"
    assert client.get(f"{URL}/me", headers=headers).status_code == 200
    body = {"current_password": member.password, "password": PASSWORD}
    assert client.put(f"{URL}/me/password", json=body, headers=headers).status_code == 204
    assert client.get(f"{URL}/staff", headers=headers).status_code == 200


def test_signing_out_ends_the_session(client: FlaskClient, house: House, hire: Hire) -> None:
    headers = sign_in_staff(client, hire())
    assert client.delete(f"{URL}/session", headers=headers).status_code == 204
    assert client.get(f"{URL}/me", headers=headers).status_code == 401
    assert actions(house)[-1] == "staff.signed_out"


def test_sessions_are_listed_and_ended(client: FlaskClient, hire: Hire) -> None:
    member, stranger = hire(), hire()
    here, there, other = (sign_in_staff(client, one) for one in (member, member, stranger))
    listed = client.get(f"{URL}/sessions", headers=here).json["items"]
    assert sorted(one["current"] for one in listed) == [False, True]
    away = next(one["id"] for one in listed if not one["current"])
    assert client.delete(f"{URL}/sessions/{away}", headers=other).status_code == 404
    assert client.get(f"{URL}/me", headers=there).status_code == 200
    assert client.delete(f"{URL}/sessions/{away}", headers=here).status_code == 204
    assert client.get(f"{URL}/me", headers=there).status_code == 401
    assert client.delete(f"{URL}/sessions/{away}", headers=here).status_code == 404


def test_a_new_password_ends_the_other_sessions(client: FlaskClient, hire: Hire) -> None:
    member = hire()
    here, there = sign_in_staff(client, member), sign_in_staff(client, member)
    body = {"current_password": member.password, "password": "Quiet-Lantern-31"}
    assert client.put(f"{URL}/me/password", json=body, headers=here).status_code == 204
    assert client.get(f"{URL}/me", headers=here).status_code == 200
    assert client.get(f"{URL}/me", headers=there).status_code == 401
    assert try_sign_in(client, member).status_code == 401
    assert try_sign_in(client, member, password="Quiet-Lantern-31").status_code == 201


@pytest.mark.parametrize("password", ["Short-1", "chenhaisheng-Dragon-8", "Password!2026", PASSWORD])
def test_weak_and_used_passwords_are_refused(client: FlaskClient, hire: Hire, password: str) -> None:
    headers = sign_in_staff(client, hire(name="陈海生"))
    body = {"current_password": PASSWORD, "password": password}
    answer = client.put(f"{URL}/me/password", json=body, headers=headers)
    assert (answer.status_code, answer.json["code"]) == (422, "weak_password"), answer.json


def test_five_passwords_are_remembered(client: FlaskClient, hire: Hire) -> None:
    headers = sign_in_staff(client, hire())
    chosen = [PASSWORD, *(f"Harbour-Lantern-{number}" for number in range(1, 6))]

    def change(current: str, new: str) -> int:
        body = {"current_password": current, "password": new}
        return client.put(f"{URL}/me/password", json=body, headers=headers).status_code

    for current, new in pairwise(chosen):
        assert change(current, new) == 204
    assert change(chosen[-1], chosen[1]) == 422
    assert change(chosen[-1], chosen[0]) == 204


def test_guessing_the_present_password_locks_too(client: FlaskClient, hire: Hire) -> None:
    headers = sign_in_staff(client, hire())
    body = {"current_password": WRONG, "password": "Quiet-Lantern-31"}
    tries = [client.put(f"{URL}/me/password", json=body, headers=headers) for _ in range(6)]
    assert [answer.status_code for answer in tries] == [422] * 5 + [429]
    assert tries[0].json["errors"][0]["field"] == "current_password"


def test_passwords_are_taken_as_typed(client: FlaskClient, hire: Hire) -> None:
    member = hire()
    headers = sign_in_staff(client, member)
    body = {"current_password": member.password, "password": "  Quiet-Lantern-31 "}
    assert client.put(f"{URL}/me/password", json=body, headers=headers).status_code == 204
    assert try_sign_in(client, member, password="Quiet-Lantern-31").status_code == 401
    assert try_sign_in(client, member, password="  Quiet-Lantern-31 ").status_code == 201


def test_a_citizens_session_opens_no_staff_page(client: FlaskClient, house: House, hire: Hire) -> None:
    token = house.sessions.open("citizen", hire().staff_id, label="-", address="-")
    assert client.get(f"{URL}/me", headers={"Authorization": f"Bearer {token}"}).status_code == 401
