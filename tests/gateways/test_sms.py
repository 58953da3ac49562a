"""SMS over a real socket: what arrives, and what each refusal and silence means."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backend.gateways import outbound
from backend.gateways.sms import PhoneRefused, TencentSms, holds_link
from backend.kernel.errors import Limited, OutcomeUnknown, Unavailable
from backend.kernel.settings import Settings
from backend.messages import replies
from backend.messages.ports import Refused
from backend.messages.templates import TEMPLATES
from tests.support.sandbox import Sandbox


@pytest.fixture
def sms(settings: Settings) -> TencentSms:
    return TencentSms(settings)


def test_a_code_arrives(world: Sandbox, sms: TencentSms) -> None:
    person = world.person()
    sms.send_code(person.phone, "012345", 5)
    assert [m["text"] for m in person.messages()] == [
        "【海南社保】012345为您的登录验证码，5分钟内有效。如非本人操作请忽略。"
    ]


def test_a_notice_arrives(world: Sandbox, sms: TencentSms) -> None:
    person = world.person()
    assert sms.send_notice(person.phone, "您的银行卡已变更{1}。")
    assert [m["text"] for m in person.messages()] == ["【海南社保】您的银行卡已变更{1}。"]


@pytest.mark.parametrize(
    "text",
    [
        "请访问https://example.com",
        "请访问HTTP://EXAMPLE.COM/a",
        "点此www.hainan",
        "登录 rsj-hainan.cn 办理",
        "登录ｒｓｊ．ｃｎ办理",
        "打开t.cn/abc",
        "海南社保.中国",
        "weixin://dl/business",
    ],
)
def test_a_link_is_never_sent(world: Sandbox, sms: TencentSms, text: str) -> None:
    person = world.person()
    with pytest.raises(Refused) as refused:
        sms.send_notice(person.phone, text)
    assert (refused.value.reason, refused.value.code) == ("rejected", "link")
    assert person.messages() == []


@pytest.mark.parametrize(
    "text", ["金额3.5万元", "2026.11.22到期", "请拨打12333。如有疑问", "共1.2.3项", "A.如实填写。B.核对"]
)
def test_ordinary_text_is_no_link(text: str) -> None:
    assert not holds_link(text)


def test_nothing_of_ours_holds_a_link() -> None:
    ours = [template.text for template in TEMPLATES.values()]
    ours += [line for template in TEMPLATES.values() for line in template.fields]
    ours += [replies.HELP, replies.WELCOME, *replies.BY_KEY.values()]
    assert not [text for text in ours if holds_link(text)]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("LimitExceeded.PhoneNumberThirtySecondLimit", Limited),
        ("LimitExceeded.PhoneNumberDailyLimit", Limited),
        ("InvalidParameterValue.IncorrectPhoneNumber", PhoneRefused),
        ("FailedOperation.PhoneNumberInBlacklist", PhoneRefused),
        ("FailedOperation.TemplateIncorrectOrUnapproved", Unavailable),
        ("AuthFailure.SignatureFailure", Unavailable),
        ("RequestLimitExceeded", Unavailable),
        ("InternalError.SendAndRecvFail", OutcomeUnknown),
    ],
)
def test_refusals(world: Sandbox, sms: TencentSms, code: str, expected: type[Exception]) -> None:
    world.fault("/", "errcode", errcode=code)
    with pytest.raises(expected) as raised:
        sms.send_code(world.person().phone, "123456", 5)
    assert raised.type is expected


def test_a_limit_says_how_long(world: Sandbox, sms: TencentSms) -> None:
    person = world.person()
    sms.send_code(person.phone, "123456", 5)
    with pytest.raises(Limited) as limited:
        sms.send_code(person.phone, "123456", 5)
    assert limited.value.retry_after == timedelta(seconds=30)


def test_a_notice_is_refused_for_good_or_tried_again(world: Sandbox, sms: TencentSms) -> None:
    blocked = world.person(sms_blocked=True)
    with pytest.raises(Refused) as refused:
        sms.send_notice(blocked.phone, "通知")
    assert refused.value.reason == "unknown_recipient"
    world.fault("/", "errcode", errcode="LimitExceeded.PhoneNumberDailyLimit")
    with pytest.raises(Unavailable):
        sms.send_notice(world.person().phone, "通知")


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"kind": "http_status", "status": 500}, Unavailable),
        ({"kind": "http_status", "status": 504}, OutcomeUnknown),
        ({"kind": "drop"}, OutcomeUnknown),
        ({"kind": "lost_answer"}, OutcomeUnknown),
        ({"kind": "delay", "seconds": 2}, OutcomeUnknown),
    ],
)
def test_bad_days(
    world: Sandbox, sms: TencentSms, monkeypatch: pytest.MonkeyPatch, fault: dict, expected: type[Exception]
) -> None:
    monkeypatch.setattr(outbound, "TIMEOUT", (1.0, 0.5))
    world.fault("/", **fault)
    with pytest.raises(expected) as raised:
        sms.send_code(world.person().phone, "123456", 5)
    assert raised.type is expected


def test_nobody_there_and_a_wrong_key(settings: Settings) -> None:
    for change in ({"sms_api_url": "http://127.0.0.1:1"}, {"sms_secret_key": "wrong"}):
        with pytest.raises(Unavailable) as raised:
            TencentSms(settings.model_copy(update=change)).send_code("13800138000", "123456", 5)
        assert raised.type is Unavailable


def test_a_proxy_of_the_machine_is_not_asked_for_the_stand_in(
    settings: Settings, world: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = world.person()
    with monkeypatch.context() as machine:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
            machine.setenv(name, "http://127.0.0.1:1")
        TencentSms(settings).send_code(person.phone, "123456", 5)
    assert len(person.messages()) == 1
