"""What no honest client sends, at every door that takes a body."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.support.citizens import Citizen, Insured

PUBLIC_DOORS = {
    "/sign-in/miniprogram": "code",
    "/sign-in/official-account/start": "return_to",
    "/sign-in/official-account": "state",
    "/sign-in/phone/codes": "phone",
    "/sign-in/phone": "code",
}
CITIZENS_DOORS = {"/phone/wechat": "code", "/phone/codes": "phone", "/binding": "name", "/family": "name"}
DOORS = [(path, field) for doors in (PUBLIC_DOORS, CITIZENS_DOORS) for path, field in doors.items()]


@pytest.fixture
def citizen(insured: Callable[..., Insured]) -> Insured:
    return insured()


def post_raw(citizen: Citizen, path: str, raw: bytes, content_type: str = "application/json"):
    headers = {"Authorization": f"Bearer {citizen.token}", "X-Device-Id": citizen.device}
    return citizen.client.post(f"/api/v1{path}", data=raw, content_type=content_type, headers=headers)


@pytest.mark.parametrize(("path", "field"), DOORS)
def test_is_refused_at_every_door(citizen: Insured, path: str, field: str) -> None:
    for raw, statuses in (
        (b'{"%s": "\\ud800"}' % field.encode(), {400}),  # a lone surrogate
        (b'{"%s": "a\\u0000b"}' % field.encode(), {400}),  # NUL
        (b'{"%s": "a", "%s": "b"}' % (field.encode(), field.encode()), {400}),
        (b'{"%s": NaN}' % field.encode(), {400}),
        (b'{"%s": "\xff\xfe"}' % field.encode(), {400}),
        (b"[" * 100_000, {400}),
        (b"{", {400}),
        (b"[]", {400, 422}),
        (b'"text"', {400, 422}),
        (b"", {422}),
        (b'{"%s": %s}' % (field.encode(), b'"' + b"9" * 5000 + b'"'), {422}),
        (b'{"%s": {"a": 1}}' % field.encode(), {422}),
        (b'{"%s": null}' % field.encode(), {422}),
        (b'{"%s": 13800138000}' % field.encode(), {422}),
        (b'{"%s": "   "}' % field.encode(), {422}),
        (b'{"%s": "line\\nbreak"}' % field.encode(), {422}),
        (b'{"%s": "%s"}' % (field.encode(), b"x" * 1_100_000), {413}),
    ):
        answer = post_raw(citizen, path, raw)
        assert answer.status_code in statuses, (raw[:40], answer.get_data(as_text=True))
        assert answer.content_type == "application/problem+json"
        assert answer.json["code"] and answer.json["title"]
    assert post_raw(citizen, path, b"code=1", "application/x-www-form-urlencoded").status_code == 415


@pytest.mark.parametrize("label", ["华为\u0007", "a" * 41, "\r\n"])
def test_labels_are_clean_and_short(citizen: Insured, label: str) -> None:
    citizen.token = None
    assert citizen.open_miniprogram(label=label).status_code in (400, 422)


@pytest.mark.parametrize(
    "device", ["<script>alert(1)</script>", "' OR 1=1 --", "装置" * 4, "a" * 65, "1234567"]
)
def test_a_device_id_is_letters_and_digits_or_none_at_all(client: FlaskClient, device: str) -> None:
    answer = client.post(
        "/api/v1/sign-in/phone/codes",
        json={"phone": "13800138000"},
        headers={"X-Device-Id": device.encode().decode("latin-1")},
    )
    assert answer.status_code == 422
    assert device not in answer.get_data(as_text=True)


@pytest.mark.parametrize("token", ["", "x", "Bearer", "a" * 10_000, "\u00ff"])
def test_a_token_that_is_none(client: FlaskClient, token: str) -> None:
    answer = client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_a_staff_session_is_no_citizens(citizen: Insured, house) -> None:
    token = house.sessions.open("staff", citizen.person_id, label="", address="")
    answer = citizen.client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401


@pytest.mark.parametrize("key", ["short", "x" * 65, "with space", "schlüssel"])
def test_a_key_that_is_none(citizen: Insured, key: str) -> None:
    answer = citizen.post("/binding", {}, Idempotency_Key=key)
    assert answer.status_code == 422


def test_answers_are_not_kept_by_anybody_on_the_way(citizen: Insured) -> None:
    assert citizen.get("/me").headers["Cache-Control"] == "no-store"
