"""The edge refuses what no view should see, and answers every error as a problem."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from marshmallow import fields
from redis import Redis

from backend.channels.models import Channel
from backend.kernel.errors import Conflict, Unavailable
from backend.kernel.ids import new_id
from backend.web.access import BOUND, CITIZEN, PUBLIC, open_to
from backend.web.application import build_application
from backend.web.edge import Blueprint, Call
from backend.web.house import House
from backend.web.parsing import Day, Number, Schema, Text
from backend.web.sessions import csrf_token


class Note(Schema):
    text = Text(most=20, required=True)
    day = Day()
    count = Number(least=1, most=5)


class NoteQuery(Schema):
    count = Number(least=1, most=5)


class Answer(Schema):
    text = fields.String()


class TooLate(Conflict):
    code = "too_late"
    title = "已经过期"


def probe() -> Blueprint:
    blueprint = Blueprint("probe", __name__, url_prefix="/probe")

    @blueprint.write("POST", "/notes", access=PUBLIC, body=Note, answer=Answer, status=201)
    def write_note(call: Call, body: dict[str, Any]) -> dict[str, Any]:
        if body["text"] == "late":
            raise TooLate
        if body["text"] == "broken":
            raise RuntimeError("person 460105194308150027 with phone 13876543210")
        return body

    @blueprint.read("/notes", access=PUBLIC, query=NoteQuery, answer=Answer)
    def read_note(call: Call, query: dict[str, Any]) -> dict[str, Any]:
        return {"text": str(query)}

    @blueprint.write("POST", "/mine", access=CITIZEN, answer=Answer)
    def mine(call: Call) -> dict[str, Any]:
        return {"text": str(call.actor.channel_id)}

    @blueprint.read("/bound", access=BOUND, answer=Answer)
    def bound(call: Call) -> dict[str, Any]:
        return {"text": "bound"}

    @blueprint.steps("POST", "/outside", access=PUBLIC)
    def outside(call: Call) -> None:
        raise Unavailable

    return blueprint


@pytest.fixture
def client(house: House) -> FlaskClient:
    return build_application(house, [probe()]).test_client(use_cookies=False)


@pytest.fixture
def channel(house: House) -> UUID:
    with house.database.work() as work:
        now = work.clock.now()
        row = Channel(
            id=new_id(), kind="miniprogram", subject_digest=uuid4().bytes, first_seen_at=now, last_seen_at=now
        )
        row.subject = "oPROBE"
        work.session.add(row)
    return row.id


def problem_of(answer: Any) -> dict[str, Any]:
    assert answer.content_type == "application/problem+json", answer.data
    body = answer.json
    assert body["status"] == answer.status_code
    assert body["request_id"] == answer.headers["X-Request-Id"]
    assert any("\u4e00" <= char <= "\u9fff" for char in body["title"])
    return body


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b'{"text": NaN}',
        b'{"text": "a\\u0000b"}',
        b'{"text": "a\\ud800b"}',
        b'{"\\u0000": "a"}',
        b'{"text": "a", "text": "b"}',
        b'{"text": "\xff"}',
        b"[" * 100_000,
        b'{"count": ' + b"9" * 5000 + b"}",
    ],
    ids=["cut", "nan", "nul", "surrogate", "nul-key", "repeated", "not-utf8", "deep", "long-number"],
)
def test_unclean_json_is_a_bad_request(client: FlaskClient, raw: bytes) -> None:
    answer = client.post("/probe/notes", data=raw, content_type="application/json")
    assert answer.status_code == 400
    assert problem_of(answer)["code"] == "bad_request"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "text"),
        ({"text": "a", "owner": "x"}, "owner"),
        ({"text": ["a"]}, "text"),
        ({"text": ""}, "text"),
        ({"text": "长" * 21}, "text"),
        ({"text": "a\tb"}, "text"),
        ({"text": "a", "day": "1899-12-31"}, "day"),
        ({"text": "a", "day": "2026-02-30"}, "day"),
        ({"text": "a", "count": True}, "count"),
        ({"text": "a", "count": 1.5}, "count"),
        ({"text": "a", "count": 6}, "count"),
    ],
)
def test_refused_fields_are_named_with_a_chinese_sentence(
    client: FlaskClient, body: dict[str, Any], field: str
) -> None:
    answer = client.post("/probe/notes", json=body)
    assert answer.status_code == 422
    errors = problem_of(answer)["errors"]
    assert [error["field"] for error in errors] == [field]
    assert any("\u4e00" <= char <= "\u9fff" for char in errors[0]["message"]), errors


def test_other_content_types_and_large_bodies(client: FlaskClient) -> None:
    assert client.post("/probe/notes", data="text=a").status_code == 415
    large = json.dumps({"text": "a" * 2_000_000})
    answer = client.post("/probe/notes", data=large, content_type="application/json")
    assert answer.status_code == 413
    assert problem_of(answer)["code"] == "too_large"


def test_unknown_query_parameters_are_refused(client: FlaskClient) -> None:
    assert client.get("/probe/notes?count=3").status_code == 200
    assert client.get("/probe/notes?count=3&sort=x").status_code == 422
    assert client.get("/probe/notes?count=%00").status_code == 422


def test_domain_errors_keep_their_code(client: FlaskClient) -> None:
    answer = client.post("/probe/notes", json={"text": "late"})
    assert (answer.status_code, problem_of(answer)["code"]) == (409, "too_late")


def test_unexpected_errors_tell_nothing_and_log_nobody(
    client: FlaskClient, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = client.post("/probe/notes", json={"text": "broken"})
    assert (answer.status_code, problem_of(answer)["code"]) == (500, "internal_error")
    written = answer.text + capsys.readouterr().out
    assert "RuntimeError" in written
    assert "460105194308150027" not in written
    assert "13876543210" not in written


def test_unavailable_says_when_to_come_back(client: FlaskClient) -> None:
    answer = client.post("/probe/outside")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


def test_wrong_method_names_the_right_ones(client: FlaskClient) -> None:
    answer = client.delete("/probe/notes")
    assert answer.status_code == 405
    assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))


def test_a_token_opens_and_a_stranger_does_not(client: FlaskClient, house: House, channel: UUID) -> None:
    token = house.sessions.open("citizen", channel, label="test", address="-")
    assert client.post("/probe/mine").status_code == 401
    assert client.post("/probe/mine", headers={"Authorization": "Bearer wrong"}).status_code == 401
    answer = client.post("/probe/mine", headers={"Authorization": f"Bearer {token}"})
    assert answer.json == {"text": str(channel)}
    unbound = client.get("/probe/bound", headers={"Authorization": f"Bearer {token}"})
    assert (unbound.status_code, problem_of(unbound)["code"]) == (403, "binding_required")


def test_a_cookie_needs_its_csrf_token(client: FlaskClient, house: House, channel: UUID) -> None:
    token = house.sessions.open("citizen", channel, label="test", address="-")
    cookie = {"Cookie": f"citizen_session={token}"}
    refused = client.post("/probe/mine", headers=cookie)
    assert (refused.status_code, problem_of(refused)["code"]) == (403, "csrf_failed")
    allowed = client.post("/probe/mine", headers={**cookie, "X-CSRF-Token": csrf_token(token)})
    assert allowed.status_code == 200


def test_a_staff_session_opens_no_citizen_route(client: FlaskClient, house: House, channel: UUID) -> None:
    token = house.sessions.open("staff", channel, label="test", address="-")
    assert client.post("/probe/mine", headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_redis_gone_is_unavailable_not_an_error(house: House, channel: UUID, client: FlaskClient) -> None:
    token = house.sessions.open("citizen", channel, label="test", address="-")
    house.sessions._redis = Redis.from_url("unix:///nowhere/redis.sock")
    answer = client.post("/probe/mine", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, problem_of(answer)["code"]) == (503, "unavailable")


def test_a_view_without_access_rule_does_not_start(house: House) -> None:
    blueprint = Blueprint("open", __name__)
    blueprint.route("/open")(lambda: "open")
    with pytest.raises(RuntimeError, match="who may call it"):
        build_application(house, [blueprint])


def test_marking_a_view_is_what_starting_looks_for(house: House) -> None:
    blueprint = Blueprint("marked", __name__)
    blueprint.route("/marked")(open_to(PUBLIC)(lambda: "marked"))
    client = build_application(house, [blueprint]).test_client()
    assert client.get("/marked").text == "marked"
