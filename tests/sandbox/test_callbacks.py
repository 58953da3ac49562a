"""What the product hears, opened with another implementation of the cipher, and what its replies become."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.support import MINI, OA, Person, Product, Sandbox, eventually, free_port, text_reply

FAULT = "该公众号提供的服务出现故障，请稍后再试"


def hears(product: Product, openid: str, name: str) -> dict:
    return eventually(lambda: product.events(openid, name))[0]  # type: ignore[index]


def ended(person: Person, name: str) -> dict:
    """How the delivery of an event ended, once it has."""

    def look() -> dict | None:
        rows = person.sandbox.get("/_world/deliveries")["deliveries"]
        mine = [r for r in rows if r["phone"] == person.phone and r["event"] == name]
        return mine[0] if mine and mine[0]["outcome"] != "under_way" else None

    return eventually(look)  # type: ignore[return-value]


def told(person: Person) -> list[str]:
    """Every line on the screen, also those that are not messages."""
    phones = person.sandbox.get("/_world/state")["phones"]
    return next([m["text"] for m in p["feed"]] for p in phones if p["phone"] == person.phone)


@pytest.fixture
def follower(sandbox: Sandbox, product: Product) -> Iterator[Person]:
    person = sandbox.person()
    person.does("follow")
    hears(product, person.oa_openid, "subscribe")
    yield person


def test_the_address_is_verified_by_an_echo(sandbox: Sandbox, product: Product) -> None:
    assert sandbox.post("/_world/verify-callback")["ok"] is True
    product.garbled = True
    assert sandbox.post("/_world/verify-callback") == {
        "ok": False,
        "outcome": "bad_answer",
        "detail": "HTTP 200",
    }


def test_following_and_leaving(follower: Person, product: Product) -> None:
    heard = hears(product, follower.oa_openid, "subscribe")
    assert heard["ToUserName"].startswith("gh_")
    assert heard["EventKey"] is None
    follower.does("unfollow")
    hears(product, follower.oa_openid, "unsubscribe")
    assert follower.does("say", text="在吗")["message"] == "这部手机还没有关注公众号"


def test_what_is_said_and_the_reply(follower: Person, product: Product) -> None:
    product.reply = lambda message: text_reply(message, f"收到：{message['Content']}")
    text = "养老金 <几号> 发 ]]> ?"
    follower.does("say", text=text)
    heard = hears(product, follower.oa_openid, "text")
    assert heard["Content"] == text
    assert heard["MsgId"].isdigit()
    (reply,) = eventually(follower.messages)
    assert (reply["kind"], reply["text"]) == ("reply", f"收到：{text}")


def test_menu_buttons_tell_their_kind(follower: Person, product: Product) -> None:
    buttons = [
        {"type": "click", "name": "查询", "key": "query"},
        {"name": "服务", "sub_button": [{"type": "view", "name": "大厅", "url": "http://127.0.0.1/h5"}]},
    ]
    sandbox = follower.sandbox
    sandbox.post("/cgi-bin/menu/create", {"button": buttons}, access_token=sandbox.token(OA))
    follower.does("click", key="query")
    assert hears(product, follower.oa_openid, "CLICK")["EventKey"] == "query"
    follower.does("click", key="http://127.0.0.1/h5")
    assert hears(product, follower.oa_openid, "VIEW")["EventKey"] == "http://127.0.0.1/h5"


def test_consents_are_told_with_their_list(sandbox: Sandbox, product: Product) -> None:
    person = sandbox.person()
    person.does("allow", template_id="demo-oa-notice", accept=True)
    popup = hears(product, person.oa_openid, "subscribe_msg_popup_event")
    assert popup["SubscribeMsgPopupEvent"]["List"] == {
        "TemplateId": "demo-oa-notice",
        "SubscribeStatusString": "accept",
        "PopupScene": "2",
    }
    person.does("refuse", template_id="demo-oa-notice")
    change = hears(product, person.oa_openid, "subscribe_msg_change_event")
    assert change["SubscribeMsgChangeEvent"]["List"]["SubscribeStatusString"] == "reject"


def test_a_sent_message_is_reported_to_the_mini_program(sandbox: Sandbox, product: Product) -> None:
    person = sandbox.person()
    person.does("allow", template_id="demo-mini-prize", accept=True)
    data = {"thing1": {"value": "工伤知识竞答"}, "amount2": {"value": "1.88元"}, "time3": {"value": "15:01"}}
    body = {"touser": person.mini_openid, "template_id": "demo-mini-prize", "data": data}
    sent = sandbox.post("/cgi-bin/message/subscribe/send", body, access_token=sandbox.token(MINI))
    heard = hears(product, person.mini_openid, "subscribe_msg_sent_event")
    assert heard["SubscribeMsgSentEvent"]["List"] == {
        "TemplateId": "demo-mini-prize",
        "MsgID": str(sent["msgid"]),
        "ErrorCode": "0",
        "ErrorStatus": "success",
    }
    assert heard["appid"] == MINI["appid"]
    person.does("follow")
    followed = hears(product, person.oa_openid, "subscribe")
    assert followed["appid"] == OA["appid"]
    assert followed["ToUserName"] != heard["ToUserName"]


@pytest.fixture
def hurried(product: Product, tmp_path: Path) -> Iterator[Person]:
    """A follower in a world that waits 0.4 s for an answer instead of five."""
    sandbox = Sandbox(tmp_path, CALLBACK_URL=product.url, CALLBACK_SECONDS="0.4").start()
    person = sandbox.person()
    person.does("follow")
    hears(product, person.oa_openid, "subscribe")
    yield person
    sandbox.stop()


def test_silence_is_asked_three_times_with_one_msgid(hurried: Person, product: Product) -> None:
    product.silences = [0.7, 0.7, 0.7]
    hurried.does("say", text="在吗")
    assert eventually(lambda: FAULT in told(hurried))
    row = ended(hurried, "text")
    assert (row["outcome"], row["attempts"]) == ("no_answer", 3)
    said = product.events(hurried.oa_openid, "text")
    assert len(said) == 3
    assert len({(m["MsgId"], m["CreateTime"]) for m in said}) == 1
    assert hurried.messages() == []


def test_a_late_product_is_heard_at_a_later_attempt(hurried: Person, product: Product) -> None:
    product.silences = [0.7]
    product.reply = lambda message: text_reply(message, "来了")
    hurried.does("say", text="在吗")
    replies = eventually(lambda: [m["text"] for m in hurried.messages()])
    assert replies == ["来了"]
    row = ended(hurried, "text")
    assert row["outcome"] == "replied"
    assert 1 < row["attempts"] <= 3
    assert len(product.events(hurried.oa_openid, "text")) == row["attempts"]
    assert len(hurried.messages()) == 1, "the answer to the attempt that was given up is not shown as well"


@pytest.mark.parametrize("trouble", ["status", "garbled", "stranger", "unsigned"])
def test_a_wrong_answer_is_not_asked_again(follower: Person, product: Product, trouble: str) -> None:
    product.reply = lambda message: text_reply(message, "您好")
    if trouble == "status":
        product.status = 500
    elif trouble == "garbled":
        product.garbled = True
    elif trouble == "unsigned":
        product.tamper = lambda envelope: envelope.replace("<Nonce><![CDATA[nonce", "<Nonce><![CDATA[once")
    else:
        product.reply = lambda message: text_reply({**message, "FromUserName": "o" + "x" * 27}, "您好")
    follower.does("say", text="在吗")
    row = ended(follower, "text")
    assert (row["outcome"], row["attempts"]) == ("bad_answer", 1)
    assert eventually(lambda: FAULT in told(follower))
    assert follower.messages() == []


def test_an_absent_product_does_not_hold_up_a_tap(tmp_path: Path) -> None:
    nobody = f"http://127.0.0.1:{free_port()}/callbacks/wechat"
    lonely = Sandbox(tmp_path, CALLBACK_URL=nobody, CALLBACK_SECONDS="0.2").start()
    try:
        person = lonely.person()
        person.does("follow")
        row = ended(person, "subscribe")
        assert (row["outcome"], row["detail"]) == ("no_answer", "ConnectionRefusedError")
    finally:
        lonely.stop()
