"""Binding a record: the wrong name is refused in words and loses nothing, the right one opens the account."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Citizens

pytestmark = pytest.mark.timeout(300)
PHONE = "15408980004"


def test_binding_wrong_and_right(citizen: Citizens) -> None:
    visitor = citizen()
    page = visitor.go("/m/")
    page.get_by_role("button", name="吴俊杰").click()
    page.get_by_role("link", name="请先完成实名绑定").click()
    page.get_by_role("button", name="同意并继续").click()

    page.get_by_role("button", name="演示：填入此人信息").click()
    number = page.get_by_label("证件号码").input_value()
    page.get_by_label("姓名").fill("吴俊")
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("textbox", name="手机号").fill(PHONE)
    page.get_by_role("button", name="获取验证码").click()
    code = page.get_by_label("短信验证码")
    code.wait_for()
    code.fill(visitor.arrived_code(PHONE))
    page.get_by_role("button", name="确认手机号").click()
    page.get_by_role("button", name="确认绑定").click()
    expect(page.get_by_role("alert")).to_contain_text("未能核实您的身份")
    assert visitor.axe() == []

    page.get_by_role("button", name="上一步").click()
    expect(page.get_by_label("证件号码")).to_have_value(number)
    page.get_by_label("姓名").fill("吴俊杰")
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name="确认绑定").click()
    expect(page.get_by_text("您好，**杰")).to_be_visible()
    page.get_by_role("link", name="我的账户").click()
    expect(page.get_by_role("heading", name="基本养老保险个人账户")).to_be_visible()


def test_an_impossible_id_number_is_said_beside_its_field(citizen: Citizens) -> None:
    visitor = citizen("15408980017")
    page = visitor.go("/m/bind")
    page.get_by_role("button", name="同意并继续").click()
    page.get_by_label("姓名").fill("林明辉")
    page.get_by_label("证件号码").fill("460100199913319999")
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("radio", name="窗口绑定码").check()
    page.get_by_role("textbox", name="窗口绑定码").fill("ACDEF-34679")
    page.get_by_role("button", name="确认绑定").click()
    field = page.get_by_label("证件号码")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("姓名")).to_have_value("林明辉")
