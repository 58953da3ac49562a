"""Calls to WeChat over a real socket: what they give, and what each kind of bad day means."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from redis import Redis

from backend.channels.ports import CodeRefused
from backend.gateways import outbound
from backend.gateways.wechat_mini import MiniProgram
from backend.gateways.wechat_oa import OfficialAccount, page_signature
from backend.kernel.clock import FixedClock
from backend.kernel.errors import DomainError, OutcomeUnknown, Unavailable
from backend.kernel.settings import Settings
from backend.messages.menu import buttons
from backend.messages.ports import Refused
from tests.support.sandbox import Sandbox, calls

FIELDS = {"thing1": "社保账号绑定", "phrase2": "已绑定", "time3": "2026年11月22日 10:00", "thing4": "提示"}
LOGIN = "/sns/jscode2session"
SEND = "/cgi-bin/message/subscribe/send"
Act = Callable[[], object]


@pytest.fixture
def mini(settings: Settings, redis: Redis) -> MiniProgram:
    return MiniProgram(settings, redis)


@pytest.fixture
def account(settings: Settings, redis: Redis, clock: FixedClock) -> OfficialAccount:
    return OfficialAccount(settings, redis, clock)


def test_sign_in_of_the_mini_program(world: Sandbox, mini: MiniProgram) -> None:
    person = world.person()
    code = person.code("wx-login")
    identity = mini.identify(code)
    assert identity.openid == person.mini_openid
    assert identity.unionid
    assert person.mini_openid not in repr(identity)
    for no_longer_good in (code, "unknown", ""):
        with pytest.raises(CodeRefused):
            mini.identify(no_longer_good)


def test_phone_number_button(world: Sandbox, mini: MiniProgram) -> None:
    person = world.person()
    code = person.code("phone-code")
    assert mini.phone(code) == person.phone
    with pytest.raises(CodeRefused):
        mini.phone(code)


def test_sign_in_on_a_page_goes_round_through_wechat(
    world: Sandbox, account: OfficialAccount, settings: Settings
) -> None:
    person = world.person()
    redirect, state = f"{settings.site_url}/back?a=1", "x-_y&z"
    url = account.authorize_url(redirect, state)
    assert parse_qs(urlsplit(url).query)["scope"] == ["snsapi_base"]
    back = requests.get(
        url.replace("#wechat_redirect", f"&phone={person.phone}"), allow_redirects=False, timeout=5
    )
    location = back.headers["Location"]
    assert location.startswith(redirect)
    carried = parse_qs(urlsplit(location).query)
    assert carried["state"] == [state]
    identity = account.identify(carried["code"][0])
    assert identity.openid == person.oa_openid
    assert identity.unionid is None, "snsapi_base tells no unionid"
    with pytest.raises(CodeRefused):
        account.identify(carried["code"][0])
    assert account.identify(person.code("oauth-code")).unionid


def test_official_addresses_are_wechats_own(settings: Settings, redis: Redis, clock: FixedClock) -> None:
    official = settings.model_copy(update={"wechat_api_url": "https://api.weixin.qq.com"})
    url = OfficialAccount(official, redis, clock).authorize_url("https://example.invalid/", "s")
    assert url.startswith("https://open.weixin.qq.com/connect/oauth2/authorize?appid=")


def test_published_signature_of_a_page() -> None:
    ticket = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg"
    signed = page_signature(
        ticket, "Wm3WZYTPz0wzccnW", 1414587457, "http://mp.weixin.qq.com?params=value#after"
    )
    assert signed == "0f9de62fce790f9a083d5c99e95740ceb90c27ed"


def test_a_signed_page_is_taken_by_a_phone(world: Sandbox, account: OfficialAccount) -> None:
    before = calls(world, "/cgi-bin/ticket/getticket")
    for url in ("http://127.0.0.1:8000/", "http://127.0.0.1:8000/?a=1&b=中#x"):
        signed = account.sign_page(url)
        shown = {"url": url, "timestamp": signed.timestamp, "nonceStr": signed.nonce}
        assert world.post("/_world/js-config", {**shown, "signature": signed.signature})["ok"]
    assert calls(world, "/cgi-bin/ticket/getticket") <= before + 1, "the ticket is kept"


def test_menu_is_replaced_and_read(account: OfficialAccount) -> None:
    account.push_menu(buttons("https://example.invalid"))
    names = [button["name"] for button in account.menu()]
    assert names == ["查询", "办事", "我的"]
    with pytest.raises(Refused) as refused:
        account.push_menu([])
    assert refused.value.code == "40016"


def test_subscribe_message_takes_a_consent(world: Sandbox, mini: MiniProgram) -> None:
    person = world.person()
    person.does("allow", template_id="demo-mini-result", accept=True)
    assert mini.send_card(person.mini_openid, "result", FIELDS).isdigit()
    assert [(m["kind"], m["text"].splitlines()[1]) for m in person.messages()] == [
        ("subscribe", "办理事项：社保账号绑定")
    ]
    with pytest.raises(Refused) as refused:
        mini.send_card(person.mini_openid, "result", FIELDS)
    assert refused.value.reason == "no_consent"


def test_template_message_and_chat_reach_followers_only(world: Sandbox, account: OfficialAccount) -> None:
    person = world.person()
    with pytest.raises(Refused) as refused:
        account.send_card(person.oa_openid, "result", FIELDS)
    assert refused.value.reason == "not_following"
    with pytest.raises(Refused):
        account.send_text(person.oa_openid, "您好")
    person.does("follow")
    account.send_card(person.oa_openid, "result", FIELDS)
    account.send_text(person.oa_openid, "您好")
    kinds = [m["kind"] for m in person.messages() if m.get("via") != "passive"]
    assert kinds == ["template", "reply"]
    assert account.unionid(person.oa_openid)


@pytest.mark.parametrize(
    ("openid", "card", "fields", "reason"),
    [
        ("nobody", "result", FIELDS, "unknown_recipient"),
        (None, "no-such-card", FIELDS, "rejected"),
        (None, "result", {**FIELDS, "phrase2": "超过五个汉字了"}, "rejected"),
    ],
)
def test_refusals_have_reasons(
    world: Sandbox, mini: MiniProgram, openid: str | None, card: str, fields: dict, reason: str
) -> None:
    with pytest.raises(Refused) as refused:
        mini.send_card(openid or world.person().mini_openid, card, fields)
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("fault", "sign_in", "sending"),
    [
        ({"kind": "errcode", "errcode": -1}, Unavailable, Unavailable),
        ({"kind": "errcode", "errcode": 45009}, Unavailable, Unavailable),
        ({"kind": "errcode", "errcode": 40013}, Unavailable, Refused),
        ({"kind": "http_status", "status": 500}, Unavailable, Unavailable),
        ({"kind": "http_status", "status": 503}, Unavailable, Unavailable),
        ({"kind": "http_status", "status": 502}, Unavailable, OutcomeUnknown),
        ({"kind": "http_status", "status": 504}, Unavailable, OutcomeUnknown),
        ({"kind": "drop"}, Unavailable, OutcomeUnknown),
        ({"kind": "lost_answer"}, Unavailable, OutcomeUnknown),
        ({"kind": "delay", "seconds": 2}, Unavailable, OutcomeUnknown),
    ],
)
def test_bad_days(
    world: Sandbox,
    mini: MiniProgram,
    monkeypatch: pytest.MonkeyPatch,
    fault: dict,
    sign_in: type[Exception],
    sending: type[Exception],
) -> None:
    person = world.person()
    mini.phone(person.code("phone-code"))  # so that the token is there already
    monkeypatch.setattr(outbound, "TIMEOUT", (1.0, 0.5))
    world.fault(LOGIN, **fault)
    world.fault(SEND, **fault)
    assert type(raised_by(lambda: mini.identify(person.code("wx-login")))) is sign_in
    assert type(raised_by(lambda: mini.send_card(person.mini_openid, "result", FIELDS))) is sending


def test_nobody_there(settings: Settings, redis: Redis) -> None:
    away = MiniProgram(settings.model_copy(update={"wechat_api_url": "http://127.0.0.1:1"}), redis)
    assert type(raised_by(lambda: away.identify("code"))) is Unavailable
    assert type(raised_by(lambda: away.send_card("openid", "result", FIELDS))) is Unavailable


def test_a_lost_answer_was_still_a_message(world: Sandbox, mini: MiniProgram) -> None:
    person = world.person()
    person.does("allow", template_id="demo-mini-result", accept=True)
    world.fault(SEND, "lost_answer")
    assert type(raised_by(lambda: mini.send_card(person.mini_openid, "result", FIELDS))) is OutcomeUnknown
    assert len(person.messages()) == 1


@pytest.mark.parametrize("kind", ["drop", "lost_answer", "errcode"])
def test_errors_and_logs_tell_no_secret(
    world: Sandbox,
    mini: MiniProgram,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture,
    kind: str,
) -> None:
    caplog.set_level(logging.INFO)
    person = world.person()
    code = person.code("wx-login")
    world.fault(LOGIN, kind, errcode=40029)
    world.fault(SEND, kind, errcode=47003)
    told = "".join(traceback.format_exception(raised_by(lambda: mini.identify(code))))
    sent = raised_by(lambda: mini.send_card(person.mini_openid, "result", FIELDS))
    told += "".join(traceback.format_exception(sent))
    told += caplog.text + capsys.readouterr().out
    for secret in ("demo-mini-secret", code, person.mini_openid, "98_", "社保账号绑定"):
        assert secret not in told


def test_redirects_are_not_followed(settings: Settings, redis: Redis) -> None:
    session = requests.Session()
    outbound.leave_through(session, outbound.Outbound("https://api.weixin.qq.com", settings.wechat_url))
    assert session.get("https://api.weixin.qq.com/_world/health").status_code == 200
    assert session.max_redirects == 0


def raised_by(act: Act) -> Exception:
    with pytest.raises((DomainError, Refused)) as raised:
        act()
    return raised.value


def test_a_wrong_secret_shows_in_the_health_of_the_account(settings: Settings, redis: Redis) -> None:
    noted: list[str | None] = []
    wrong = settings.model_copy(update={"wechat_mini_secret": "nobody-knows-it"})
    with pytest.raises(Unavailable):
        MiniProgram(wrong, redis, lambda ms, failure: noted.append(failure)).phone("a-code")
    assert noted[-1] == "refused: 40125"
