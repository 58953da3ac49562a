"""What the product relies on at WeChat and at the SMS carrier; one suite for the sandbox and the real ones.

Against the real ones it runs when these are set, for accounts made for testing (the menu is replaced):
WECHAT_MINI_APPID, WECHAT_MINI_SECRET, WECHAT_OA_APPID, WECHAT_OA_SECRET, SMS_SECRET_ID, SMS_SECRET_KEY,
SMS_SDK_APP_ID, SMS_SIGN_NAME, SMS_NOTICE_TEMPLATE, WECHAT_SUBSCRIBE_TEMPLATES and WECHAT_OA_TEMPLATES (of the
fields below), and, as those who are written to,
CONTRACT_MINI_OPENID, CONTRACT_OA_OPENID (who follows), CONTRACT_PHONE. Then:

    .venv/bin/python -m pytest tests/gateways/test_contract.py -k real
"""

from __future__ import annotations

import os
from dataclasses import dataclass

import pytest
from redis import Redis

from backend.channels.ports import CodeRefused
from backend.gateways.sms import TencentSms
from backend.gateways.wechat_mini import MiniProgram
from backend.gateways.wechat_oa import OfficialAccount
from backend.kernel.clock import SystemClock
from backend.kernel.settings import SMS_OFFICIAL, WECHAT_OFFICIAL, Settings
from backend.messages.menu import buttons
from backend.messages.ports import Refused
from tests.support.sandbox import Sandbox

NEEDED = (
    "WECHAT_MINI_APPID", "WECHAT_MINI_SECRET", "WECHAT_OA_APPID", "WECHAT_OA_SECRET", "SMS_SECRET_ID",
    "SMS_SECRET_KEY", "SMS_SDK_APP_ID", "SMS_SIGN_NAME", "SMS_NOTICE_TEMPLATE", "CONTRACT_MINI_OPENID",
    "CONTRACT_OA_OPENID", "CONTRACT_PHONE",
)  # fmt: skip
FIELDS = {"thing1": "社保账号绑定", "phrase2": "已绑定", "time3": "2026年11月22日 10:00", "thing4": "提示"}


@dataclass(frozen=True)
class Place:
    """Where the suite runs, and whom it writes to there."""

    mini: MiniProgram
    account: OfficialAccount
    sms: TencentSms
    mini_openid: str
    oa_openid: str
    phone: str


@pytest.fixture(params=["sandbox", "real"])
def place(request: pytest.FixtureRequest, tmp_path: object, redis: Redis) -> Place:
    if request.param == "sandbox":
        settings = request.getfixturevalue("settings")
        world: Sandbox = request.getfixturevalue("world")
        person = world.person()
        person.does("follow")
        who = (person.mini_openid, person.oa_openid, person.phone)
    else:
        missing = [name for name in NEEDED if not os.environ.get(name)]
        if missing:
            pytest.skip(f"no accounts to test with, see the top of this file: {missing[0]} is not set")
        settings = Settings(
            _env_file=None,  # type: ignore[call-arg]
            environment="test",
            data_dir=tmp_path,
            wechat_api_url=WECHAT_OFFICIAL,
            sms_api_url=SMS_OFFICIAL,
        )
        who = tuple(os.environ[name] for name in NEEDED[-3:])  # type: ignore[assignment]
    account = OfficialAccount(settings, redis, SystemClock())
    return Place(MiniProgram(settings, redis), account, TencentSms(settings), *who)


def test_codes_that_wechat_never_gave_are_refused(place: Place) -> None:
    for exchange in (place.mini.identify, place.mini.phone, place.account.identify):
        with pytest.raises(CodeRefused):
            exchange("0a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p")


def test_the_menu_is_taken_as_it_was_given(place: Place) -> None:
    given = buttons("https://www.gov.cn")
    place.account.push_menu(given)
    names = [[below["name"] for below in button["sub_button"]] for button in place.account.menu()]
    assert names == [[below["name"] for below in button["sub_button"]] for button in given]


def test_pages_can_be_signed(place: Place) -> None:
    assert len(place.account.sign_page("https://www.gov.cn/").signature) == 40


def test_strangers_cannot_be_written_to(place: Place) -> None:
    for sender in (place.mini, place.account):
        with pytest.raises(Refused) as refused:
            sender.send_card("oStrangerStrangerStranger123", "result", FIELDS)
        assert refused.value.reason in ("unknown_recipient", "rejected")


def test_nobody_gets_a_subscribe_message_without_consent(place: Place) -> None:
    with pytest.raises(Refused):
        while True:  # until the consents that are there, if any, are used up
            place.mini.send_card(place.mini_openid, "result", FIELDS)


def test_a_follower_is_known(place: Place) -> None:
    unionid = place.account.unionid(place.oa_openid)
    assert unionid is None or unionid.startswith("o")


def test_a_notice_is_accepted(place: Place) -> None:
    assert place.sms.send_notice(place.phone, "这是一条测试通知，请忽略。")
