"""Messages to people: consents that are used up, fields that must fit, followers, windows and the menu."""

from __future__ import annotations

import pytest

from tests.sandbox.support import MINI, OA, Person, Product, Sandbox, eventually

SEND = "/cgi-bin/message/subscribe/send"
CARD = {
    "thing1": {"value": "灵活就业参保登记"},
    "phrase2": {"value": "审核通过"},
    "time3": {"value": "2026-11-22 10:30"},
    "thing4": {"value": "请在月底前缴费"},
}


def send(person: Person, template: str = "demo-mini-result", **change: object) -> dict:
    body = {"touser": person.mini_openid, "template_id": template, "page": "pages/case?id=1", "data": CARD}
    return person.sandbox.post(SEND, {**body, **change}, access_token=person.sandbox.token(MINI))


def test_each_consent_is_one_message(sandbox: Sandbox) -> None:
    person = sandbox.person()
    assert send(person)["errcode"] == 43101
    person.does("allow", template_id="demo-mini-result", accept=True)
    person.does("allow", template_id="demo-mini-result", accept=True)
    person.does("allow", template_id="demo-mini-result", accept=False)
    first = send(person)
    assert (first["errcode"], first["errmsg"]) == (0, "ok")
    assert send(person)["errcode"] == 0
    assert send(person)["errcode"] == 43101
    card = person.messages()[0]
    assert card["kind"] == "subscribe"
    assert card["msgid"] == str(first["msgid"])
    assert card["fields"][1] == {"label": "办理结果", "value": "审核通过"}
    assert card["text"].splitlines()[:2] == ["业务办理结果通知", "办理事项：灵活就业参保登记"]
    assert len(person.messages()) == 2


def test_a_lasting_consent_holds_until_it_is_withdrawn(sandbox: Sandbox) -> None:
    person = sandbox.person()
    data = {
        "thing1": {"value": "养老待遇资格认证"},
        "date2": {"value": "2026年12月31日"},
        "thing3": {"value": "请刷脸"},
    }
    person.does("allow", template_id="demo-mini-certify", accept=True)
    assert [send(person, "demo-mini-certify", data=data)["errcode"] for _ in range(3)] == [0, 0, 0]
    person.does("refuse", template_id="demo-mini-certify")
    assert send(person, "demo-mini-certify", data=data)["errcode"] == 43101


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("thing1", "一" * 21, "data.thing1.value invalid"),
        ("thing1", "", "data.thing1.value is empty"),
        ("phrase2", "审核不予通过", "data.phrase2.value invalid"),
        ("phrase2", "OK", "data.phrase2.value invalid"),
        ("time3", "明天上午", "data.time3.value invalid"),
    ],
)
def test_a_field_that_does_not_fit_costs_no_consent(
    sandbox: Sandbox, field: str, value: str, words: str
) -> None:
    person = sandbox.person()
    person.does("allow", template_id="demo-mini-result", accept=True)
    answer = send(person, data={**CARD, field: {"value": value}})
    assert answer["errcode"] == 47003
    assert words in answer["errmsg"]
    assert person.messages() == []
    assert send(person)["errcode"] == 0


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("amount9", ["100元", "¥12.50", "1234567890.12"], ["1,000元", "12345678901", "免费"]),
        ("date9", ["2026年10月1日", "2026-10-01 15:01", "2026年10月1日~2026年10月7日"], ["10月初", "15:01"]),
        ("time9", ["15:01", "15:01:30", "2019年10月1日 15:01", "2019年10月1日 15:01~16:00"], ["下午三点"]),
        ("character_string9", ["JF20261122-000123"], ["编号1", "a b", "x" * 33]),
        ("number9", ["12", "3.50", "9" * 32], ["9" * 33, "-1", "十"]),
        ("name9", ["王秀英", "买买提·艾力", "Alice Brown"], ["王" * 11, "A" * 21]),
        ("phone_number9", ["+86-0766-66888866", "12333"], ["电话12333"]),
    ],
)
def test_what_each_kind_of_field_holds(sandbox: Sandbox, field: str, good: list, bad: list) -> None:
    template = f"test-{field}"
    sandbox.put(
        f"/_world/templates/{template}",
        {"kind": "subscribe", "app": "mini", "title": "试", "fields": {field: "值"}, "lasting": True},
    )
    person = sandbox.person()
    person.does("allow", template_id=template, accept=True)
    codes = {v: send(person, template, data={field: {"value": v}})["errcode"] for v in good + bad}
    assert codes == {**dict.fromkeys(good, 0), **dict.fromkeys(bad, 47003)}


def test_wrong_addressees_and_templates(sandbox: Sandbox) -> None:
    person = sandbox.person()
    assert send(person, touser="o" + "x" * 27)["errcode"] == 40003
    assert send(person, touser=person.oa_openid)["errcode"] == 40003
    assert send(person, template_id="no-such-template")["errcode"] == 40037
    assert send(person, template_id="demo-oa-notice")["errcode"] == 40037
    assert send(person, data="text")["errcode"] == 47001
    body = {"touser": person.mini_openid, "template_id": "demo-mini-result", "data": CARD}
    assert sandbox.post(SEND, body, access_token=sandbox.token(OA))["errcode"] == 48001


def test_notices_of_the_official_account(sandbox: Sandbox) -> None:
    person, token = sandbox.person(), sandbox.token(OA)
    body = {"touser": person.oa_openid, "template_id": "demo-oa-notice", "data": CARD}
    path = "/cgi-bin/message/subscribe/bizsend"
    assert sandbox.post(path, body, access_token=token)["errcode"] == 43101
    person.does("allow", template_id="demo-oa-notice", accept=True)
    assert sandbox.post(path, body, access_token=token)["errcode"] == 0
    assert person.messages()[0]["app"] == "oa"


def test_template_messages_go_to_followers(sandbox: Sandbox, product: Product) -> None:
    person, token = sandbox.person(), sandbox.token(OA)
    path = "/cgi-bin/message/template/send"
    body = {
        "touser": person.oa_openid,
        "template_id": "demo-oa-result",
        "url": "http://127.0.0.1/x",
        "data": {k: v for k, v in CARD.items() if k != "thing4"},
    }
    assert sandbox.post(path, body, access_token=token)["errcode"] == 43004
    person.does("follow")
    sent = sandbox.post(path, body, access_token=token)
    assert sent["errcode"] == 0
    card = person.messages()[-1]
    assert (card["kind"], card["url"], card["fields"][3]["value"]) == ("template", "http://127.0.0.1/x", "")
    (finished,) = eventually(lambda: product.events(person.oa_openid, "TEMPLATESENDJOBFINISH"))
    assert (finished["MsgID"], finished["Status"]) == (str(sent["msgid"]), "success")
    person.does("unfollow")
    assert sandbox.post(path, body, access_token=token)["errcode"] == 43004


def test_customer_service_answers_within_48_hours(sandbox: Sandbox) -> None:
    person = sandbox.person()

    def custom(**body: object) -> int:
        message = {"touser": person.oa_openid, "msgtype": "text", "text": {"content": "您好"}, **body}
        path = "/cgi-bin/message/custom/send"
        return sandbox.post(path, message, access_token=sandbox.token(OA))["errcode"]

    assert custom() == 45015
    person.does("follow")
    assert custom() == 0
    assert person.messages()[-1]["text"] == "您好"
    assert custom(msgtype="dance") == 40008
    assert custom(text={"content": ""}) == 44004
    assert custom(text={"content": "好" * 700}) == 45002
    sandbox.post("/_world/clock", {"seconds": 48 * 3600 + 1})
    assert custom() == 45015
    person.does("say", text="在吗")
    assert custom() == 0


def test_the_menu(sandbox: Sandbox) -> None:
    token = sandbox.token(OA)

    def create(*buttons: dict) -> int:
        return sandbox.post("/cgi-bin/menu/create", {"button": list(buttons)}, access_token=token)["errcode"]

    click = {"type": "click", "name": "查询", "key": "query"}
    page = {"type": "view", "name": "办事大厅", "url": "http://127.0.0.1/h5"}
    sandbox.get("/cgi-bin/menu/delete", access_token=token)
    assert sandbox.get("/cgi-bin/menu/get", access_token=token)["errcode"] == 46003
    assert create(click, {"name": "服务", "sub_button": [page]}) == 0
    assert sandbox.get("/cgi-bin/menu/get", access_token=token)["menu"]["button"] == [
        {**click, "sub_button": []},
        {"name": "服务", "sub_button": [page]},
    ]
    assert create() == 40016
    assert create(click, click, click, click) == 40016
    assert create({**click, "name": "一二三四五六"}) == 40018
    assert create({**click, "key": ""}) == 40019
    assert create({**page, "url": "/h5"}) == 40020
    assert create({"name": "服务", "sub_button": [click] * 6}) == 40023
    assert create({**click, "type": "fly"}) == 40017


def test_what_the_account_knows_of_a_person(sandbox: Sandbox) -> None:
    person, token = sandbox.person(), sandbox.token(OA)
    stranger = sandbox.get("/cgi-bin/user/info", access_token=token, openid=person.oa_openid)
    assert (stranger["subscribe"], "subscribe_time" in stranger) == (0, False)
    person.does("follow")
    follower = sandbox.get("/cgi-bin/user/info", access_token=token, openid=person.oa_openid)
    assert follower["subscribe"] == 1
    assert follower["unionid"] == stranger["unionid"]
    assert (
        sandbox.get("/cgi-bin/user/info", access_token=token, openid=person.mini_openid)["errcode"] == 40003
    )
