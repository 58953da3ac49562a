"""The door that WeChat knocks at: who is let in, and that nobody breaks it."""

from __future__ import annotations

import time
from pathlib import Path
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from redis import Redis
from sqlalchemy import func, select

from backend.callbacks import wechat
from backend.kernel.clock import FixedClock
from backend.kernel.db import Work
from backend.kernel.inbox import ProviderEvent
from backend.kernel.settings import Settings
from backend.messages import replies
from backend.messages.models import Follower
from backend.web.house import House
from tests.support.wechat import MINI, sealed, signed, tell, words, xml_of

PATH = "/callbacks/wechat"
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    "<xml><Encrypt>&b;</Encrypt></xml>"
)
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><Encrypt>&a;</Encrypt></xml>'


@pytest.fixture(autouse=True)
def real_time(clock: FixedClock) -> None:
    """WeChat's side of these tests signs by the machine's clock."""
    clock.set(clock.now().fromtimestamp(time.time(), clock.now().tzinfo))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """No sandbox is needed to be called."""
    return Settings(_env_file=None, environment="test", data_dir=tmp_path)


def said(text: str, **more: str) -> str:
    return xml_of(MsgType="text", Content=text, **{"MsgId": str(uuid4().int)[:17], **more})


def event(name: str, **more: object) -> str:
    return xml_of(MsgType="event", Event=name, **more)


def test_the_address_is_checked(client: FlaskClient) -> None:
    answer = client.get(PATH, query_string={**signed(), "echostr": "12345"})
    assert (answer.status_code, answer.text) == (200, "12345")
    assert answer.content_type.startswith("text/plain")


@pytest.mark.parametrize("without", ["signature", "timestamp", "nonce"])
def test_the_address_check_needs_everything(client: FlaskClient, without: str) -> None:
    query = {**signed(), "echostr": "1", without: ""}
    assert client.get(PATH, query_string=query).status_code == 422


def test_forged_address_checks_are_refused(client: FlaskClient) -> None:
    for query in (signed(token="guess"), signed(at=time.time() - 400), signed(at=time.time() + 400)):
        answer = client.get(PATH, query_string={**query, "echostr": "1"})
        assert (answer.status_code, answer.json["code"]) == (403, "callback_refused")


def test_words_are_answered_sealed(client: FlaskClient) -> None:
    answer = tell(client, said("我的养老金余额是多少"))
    assert "查询" in words(answer)
    assert "查询" not in answer.text


def test_a_message_told_again_changes_nothing_and_is_answered_the_same(
    client: FlaskClient, work: Work
) -> None:
    message = said("认证怎么办")
    first, again = tell(client, message), tell(client, message)
    assert words(first) == words(again) == replies.CERTIFY
    assert count(work) == 1


def test_a_replayed_request_is_refused(client: FlaskClient, work: Work) -> None:
    query, body = sealed(said("你好"))
    assert client.post(PATH, query_string=query, data=body).status_code == 200
    for _ in range(2):
        answer = client.post(PATH, query_string=query, data=body)
        assert (answer.status_code, answer.json["code"]) == (403, "callback_refused")
    assert count(work) == 1


def test_a_replay_after_redis_forgot_changes_nothing(client: FlaskClient, work: Work, redis: Redis) -> None:
    query, body = sealed(event("subscribe", EventKey=""))
    client.post(PATH, query_string=query, data=body)
    redis.flushall()
    assert client.post(PATH, query_string=query, data=body).status_code == 200
    assert count(work) == 1
    assert work.session.scalar(select(func.count()).select_from(Follower)) == 1


def test_without_redis_messages_are_still_taken(client: FlaskClient, house: House) -> None:
    house.redis.connection_pool.connection_kwargs["path"] = "/nowhere"
    house.redis.connection_pool.disconnect()
    assert words(tell(client, said("缴费"))) == replies.PAY


def test_when_we_stumble_the_same_words_may_come_again(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    query, body = sealed(said("人工"))
    with monkeypatch.context() as broken:
        broken.setattr(wechat.happenings, "apply", lambda *_: 1 / 0)
        assert client.post(PATH, query_string=query, data=body).status_code == 500
    assert words(client.post(PATH, query_string=query, data=body)) == replies.CONTACT


@pytest.mark.parametrize(
    "change",
    [
        {"signature": "0" * 40},
        {"signature": ""},
        {"msg_signature": "0" * 40},
        {"msg_signature": ""},
        {"msg_signature": "签名"},
        {"timestamp": "1"},
        {"nonce": "other"},
        {"nonce": "\0"},
    ],
)
def test_forged_queries_are_refused(client: FlaskClient, work: Work, change: dict[str, str]) -> None:
    query, body = sealed(said("你好"))
    answer = client.post(PATH, query_string={**query, **change}, data=body)
    assert answer.status_code in (403, 422)
    assert answer.content_type == "application/problem+json"
    assert count(work) == 0


def test_signed_by_somebody_else(client: FlaskClient, work: Work) -> None:
    assert tell(client, said("你好"), token="guess").status_code == 403
    assert tell(client, said("你好"), appid="wxsomebodyelse").status_code == 403
    assert tell(client, said("你好"), at=time.time() - 400).status_code == 403
    assert count(work) == 0


def test_plain_messages_are_refused(client: FlaskClient, work: Work) -> None:
    answer = client.post(PATH, query_string=signed(), data=said("你好"))
    assert answer.status_code == 422
    assert count(work) == 0


@pytest.mark.parametrize(
    "body",
    [
        *(
            "",
            "x",
            "<xml>",
            "<xml></xml>",
            "<xml><Encrypt></Encrypt></xml>",
            BOMB,
            OUTSIDE,
            "\0",
            "<a>" * 5000,
        ),
        *(b"\xff\xfe", b'<?xml version="1.0" encoding="no-such"?><xml/>', b"<xml>\xe4\xb8</xml>"),
    ],
)
def test_bodies_that_are_no_envelope(client: FlaskClient, body: str | bytes) -> None:
    query, _ = sealed(said("你好"))
    answer = client.post(PATH, query_string=query, data=body)
    assert answer.status_code == 422
    assert answer.json["code"] == "malformed_callback"


@pytest.mark.parametrize(
    "inside",
    [
        *("", "你好", "<xml/>", "<xml><MsgType>text</MsgType></xml>", BOMB, OUTSIDE),
        *(xml_of(MsgType=""), xml_of(MsgType="text", FromUserName="")),
    ],
)
def test_rightly_sealed_rubbish(client: FlaskClient, work: Work, inside: str) -> None:
    assert tell(client, inside).status_code in (403, 422)
    assert count(work) == 0


def test_great_bodies_are_not_read(client: FlaskClient) -> None:
    query, _ = sealed(said("你好"))
    answer = client.post(PATH, query_string=query, data="x" * (wechat.MOST_BYTES + 1))
    assert (answer.status_code, answer.json["code"]) == (413, "too_large")


@pytest.mark.parametrize("kind", ["image", "voice", "location", "link"])
def test_other_kinds_of_messages_get_the_help(client: FlaskClient, kind: str) -> None:
    assert words(tell(client, xml_of(MsgType=kind, MsgId="1"))) == replies.HELP


@pytest.mark.parametrize("name", ["VIEW", "LOCATION", "SCAN", "something_new"])
def test_events_that_nobody_waits_for_are_taken_in_silence(client: FlaskClient, name: str) -> None:
    answer = tell(client, event(name, EventKey="x"))
    assert (answer.status_code, answer.text) == (200, "success")


def test_the_mini_program_is_not_answered(client: FlaskClient) -> None:
    assert tell(client, said("你好"), appid=MINI).text == "success"


def test_names_in_a_message_cannot_break_out_of_the_reply(client: FlaskClient) -> None:
    evil = "]]></FromUserName><Content>假</Content>"
    assert words(tell(client, said("缴费", FromUserName=evil))) == replies.PAY


def test_the_body_is_kept_sealed(client: FlaskClient, work: Work) -> None:
    tell(client, said("我叫王秀英"))
    kept = work.session.scalars(select(ProviderEvent)).one()
    assert "王秀英" in kept.body
    assert "oPerson" not in kept.event_id
    assert "王秀英".encode() not in kept.body_sealed


def test_the_door_is_not_part_of_the_api(client: FlaskClient) -> None:
    assert PATH not in client.get("/api/openapi.json").json["paths"]


def count(work: Work) -> int:
    return work.session.scalar(select(func.count()).select_from(ProviderEvent)) or 0
