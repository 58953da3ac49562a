"""One key, one effect, one answer: over real HTTP, many at once, and when things go wrong."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

import marshmallow as ma
import pytest
import requests
from sqlalchemy import func, select
from werkzeug.serving import make_server

from backend.kernel import idempotency, limits
from backend.kernel.db import Work
from backend.kernel.errors import Conflict, Limited
from backend.kernel.idempotency import IdempotencyRecord, KeyInFlight, KeyReused, SavedAnswer
from backend.kernel.jobs import Job, enqueue
from backend.kernel.limits import Limit
from backend.web.access import PUBLIC
from backend.web.application import build_application
from backend.web.edge import Blueprint, Call
from backend.web.house import House
from backend.web.parsing import Schema, Text
from tests.support.racing import at_once

KIND = "test.effect"
ONE_AN_HOUR = Limit(1, timedelta(hours=1))


class Note(Schema):
    """Something to write down."""

    text = Text(most=20)


class Written(Schema):
    """What was written."""

    job_id = ma.fields.UUID()


@pytest.fixture
def blueprint() -> Blueprint:
    """Writes that each leave one job behind, or are refused in one of two ways."""
    blp = Blueprint("effects", __name__, url_prefix="/effects", description="Effects")

    @blp.write("POST", "", access=PUBLIC, body=Note, answer=Written, status=201, key="required")
    def effect(call: Call, body: dict[str, str]) -> dict[str, object]:
        return {"job_id": enqueue(call.work, KIND, body)}

    @blp.write("POST", "/refused", access=PUBLIC, body=Note, key="required")
    def refused(call: Call, body: dict[str, str]) -> None:
        enqueue(call.work, KIND, body)
        if body["text"] == "no":
            raise Conflict

    @blp.write("POST", "/counted", access=PUBLIC, body=Note, key="required")
    def counted(call: Call, body: dict[str, str]) -> None:
        limits.count(call.work, "test", {"who": body["text"]}, {"who": ONE_AN_HOUR})

    return blp


@pytest.fixture
def post(real_house: House, blueprint: Blueprint) -> Iterator[Callable[..., requests.Response]]:
    """Sends a note to a real server on a port of its own."""
    app = build_application(real_house, [blueprint])
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()

    def send(key: str, text: str = "a", path: str = "") -> requests.Response:
        return requests.post(
            f"http://127.0.0.1:{server.port}/effects{path}",
            json={"text": text},
            headers={"Idempotency-Key": key},
            timeout=30,
        )

    yield send
    server.shutdown()
    thread.join()
    server.server_close()


def effects(house: House) -> int:
    with house.database.reading() as work:
        return work.session.scalar(select(func.count()).select_from(Job).where(Job.kind == KIND)) or 0


def test_fifty_at_once_have_one_effect_and_one_answer(
    post: Callable[..., requests.Response], real_house: House
) -> None:
    key = str(uuid4())
    answers = at_once(50, lambda _: post(key))
    assert Counter(answer.status_code for answer in answers) == {201: 50}
    assert len({answer.content for answer in answers}) == 1
    assert Counter(answer.headers.get("Idempotency-Replayed") for answer in answers) == {None: 1, "true": 49}
    assert effects(real_house) == 1


def test_each_of_many_keys_has_its_own_effect(
    post: Callable[..., requests.Response], real_house: House
) -> None:
    keys = [str(uuid4()) for _ in range(20)]
    answers = at_once(40, lambda number: post(keys[number % 20]))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == effects(real_house) == 20


def test_another_body_under_the_same_key_is_refused(
    post: Callable[..., requests.Response], real_house: House
) -> None:
    key = str(uuid4())
    assert post(key, "a").status_code == 201
    again = post(key, "b")
    assert (again.status_code, again.json()["code"]) == (422, "idempotency_key_reused")
    assert post(key, "a").headers["Idempotency-Replayed"] == "true"
    assert effects(real_house) == 1


def test_a_refusal_that_was_rolled_back_leaves_the_key_free(
    post: Callable[..., requests.Response], real_house: House
) -> None:
    key = str(uuid4())
    assert post(key, "no", "/refused").status_code == 409
    assert effects(real_house) == 0
    assert post(key, "yes", "/refused").status_code == 200
    assert effects(real_house) == 1


def test_a_refusal_that_was_counted_is_replayed_and_not_counted_again(
    post: Callable[..., requests.Response],
) -> None:
    first, key = str(uuid4()), str(uuid4())
    assert post(first, "me", "/counted").status_code == 200
    refusals = [post(key, "me", "/counted") for _ in range(3)]
    assert {refusal.status_code for refusal in refusals} == {429}
    assert len({refusal.content for refusal in refusals}) == 1
    assert [refusal.headers.get("Idempotency-Replayed") for refusal in refusals] == [None, "true", "true"]
    assert refusals[2].headers["Content-Type"] == "application/problem+json"
    assert post(first, "me", "/counted").status_code == 200


def test_the_saved_answer_is_encrypted(post: Callable[..., requests.Response], real_house: House) -> None:
    body = post(str(uuid4())).text
    with real_house.database.reading() as work:
        record = work.session.scalars(select(IdempotencyRecord)).one()
    assert record.answer == body
    assert body.encode() not in record.answer_sealed


def begin(work: Work, body: bytes = b"h") -> SavedAnswer | object:
    return idempotency.begin(work, principal="p", operation="o", key="k", body_hash=body)


@contextmanager
def someone_else_under_way(house: House) -> Iterator[Work]:
    with house.database.work() as work:
        assert not isinstance(begin(work), SavedAnswer)
        yield work


def test_the_second_waits_and_gets_its_turn_when_the_first_is_rolled_back(real_house: House) -> None:
    waiting = threading.Event()
    got: list[object] = []

    def second() -> None:
        with real_house.database.work() as work:
            waiting.set()
            got.append(begin(work))

    thread = threading.Thread(target=second)
    with pytest.raises(ZeroDivisionError), someone_else_under_way(real_house):
        thread.start()
        waiting.wait()
        raise ZeroDivisionError
    thread.join()
    assert len(got) == 1
    assert not isinstance(got[0], SavedAnswer)


def test_one_that_stays_under_way_is_in_flight(real_house: House) -> None:
    with someone_else_under_way(real_house), pytest.raises(KeyInFlight):  # noqa: SIM117
        with real_house.database.work() as work:
            work.session.connection().exec_driver_sql("SET LOCAL lock_timeout = '50ms'")
            begin(work)


def test_keys_of_others_and_of_other_operations_are_others(work: Work) -> None:
    claims = [
        idempotency.begin(work, principal=principal, operation=operation, key="k", body_hash=b"h")
        for principal in ("citizen:1", "citizen:2")
        for operation in ("POST a", "POST b")
    ]
    assert len(set(claims)) == 4
    with pytest.raises(KeyReused):
        idempotency.begin(work, principal="citizen:1", operation="POST a", key="k", body_hash=b"other")


def test_limited_keeps_its_count(real_house: House) -> None:
    def count() -> None:
        with real_house.database.work() as work:
            limits.count(work, "test", {"who": "me"}, {"who": ONE_AN_HOUR})

    count()
    for _ in range(2):
        with pytest.raises(Limited):
            count()
    with real_house.database.reading() as work:
        assert work.session.scalar(select(limits.AttemptWindow.count)) == 3
