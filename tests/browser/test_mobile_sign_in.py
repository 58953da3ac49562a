"""Getting in: by picking a person in the demo, by phone code, and back to where one wanted to go."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Citizens
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.timeout(300)


def ask_for_code(visitor: Visitor, phone: str) -> Page:
    page = visitor.page
    page.get_by_label("手机号").fill(phone)
    page.get_by_role("button", name="获取验证码").click()
    expect(page.get_by_role("status").filter(has_text=phone)).to_be_visible()
    return page


def test_a_person_of_the_demo_is_one_tap_away(citizen: Citizens) -> None:
    page = citizen().go("/m/")
    page.get_by_role("button", name="李德福").click()
    expect(page.get_by_text("您好，**福")).to_be_visible()
    assert page.get_by_role("navigation", name="服务").get_by_role("link").count() == 4


def test_a_wrong_code_keeps_the_form_and_the_right_one_opens(citizen: Citizens) -> None:
    visitor = citizen()
    visitor.go("/m/account")
    page = ask_for_code(visitor, "15408980006")
    right = visitor.arrived_code("15408980006")
    code = page.get_by_label("短信验证码")
    code.fill("000000" if right != "000000" else "111111")
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("验证码")
    assert visitor.axe() == []
    code.fill(right)
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_role("heading", name="实名绑定")).to_be_visible()
    assert page.url.endswith("/m/bind?to=/account"), (
        "a new channel proves whose it is before it shows anything"
    )


def test_signing_out_closes_the_door(citizen: Citizens) -> None:
    visitor = citizen("15408980005")
    page = visitor.go("/m/me")
    page.get_by_role("button", name="退出登录").click()
    expect(page.get_by_role("button", name="获取验证码")).to_be_visible()
    visitor.go("/m/account")
    expect(page.get_by_role("button", name="获取验证码")).to_be_visible()


def test_inside_wechat_one_tap_is_enough(citizen: Citizens) -> None:
    visitor = citizen(in_wechat=True)
    page = visitor.go("/m/messages")
    page.get_by_role("button", name="微信一键登录").click()
    page.get_by_role("link", name="15408980003").click()
    expect(page.get_by_role("heading", name="实名绑定")).to_be_visible()
    assert "code=" not in page.url
    page.get_by_role("button", name="暂不同意").click()
    expect(page.get_by_text("请先完成实名绑定")).to_be_visible()


def test_a_code_of_wechat_is_good_once(citizen: Citizens) -> None:
    visitor = citizen(in_wechat=True)
    page = visitor.go("/m/wechat?code=used-long-ago&state=forged")
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_role("button", name="重试").click()
    expect(page.get_by_role("button", name="微信一键登录")).to_be_visible()
