"""A clerk's and a supervisor's day: signing in, searching with a purpose, deciding by keyboard."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from tests.browser.conftest import Staff

pytestmark = pytest.mark.timeout(300)
COURIER = "460022199406189013"


def chosen(page: Page) -> str:
    return page.locator("tr.current-row").inner_text()


def test_signing_in_with_a_dynamic_code(staff: Staff) -> None:
    visitor = staff()
    page = visitor.go("/console/people")
    page.get_by_label("用户名").fill("clerk.qiongshan")
    page.get_by_label("密码").fill("Wrong-Password-2026")
    page.get_by_label("动态码").fill("000000")
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("用户名")).to_have_value("clerk.qiongshan")
    expect(page.get_by_label("动态码")).to_have_value("")
    page.get_by_role("button", name="吴小燕").click()
    expect(page.get_by_role("heading", name="参保人", level=1)).to_be_visible()
    assert page.url.endswith("/console/people")
    menu = page.get_by_role("navigation", name="主菜单")
    expect(menu.get_by_role("link", name="政策参数")).to_be_visible()
    expect(menu.get_by_role("link", name="审计")).to_have_count(0)


def test_people_are_masked_until_opened_for_a_purpose(staff: Staff) -> None:
    visitor = staff("clerk.province")
    page = visitor.go("/console/people")
    page.get_by_role("textbox", name="证件号码").fill(COURIER)
    page.get_by_role("button", name="查找", exact=True).click()
    found = page.get_by_role("region", name="查找结果")
    expect(found).to_contain_text("4600**********9013")
    expect(page.locator("body")).not_to_contain_text("陈海涛")
    found.get_by_role("link", name="**涛").click()
    expect(page.get_by_role("button", name="打开档案")).to_be_disabled()
    page.get_by_role("textbox", name="事由").fill("窗口核对缴费记录")
    page.get_by_role("button", name="打开档案").click()
    expect(page.get_by_role("region", name="参保人", exact=True)).to_contain_text("陈海涛")
    page.get_by_role("tab", name="个人账户").click()
    account = page.get_by_role("region", name="基本养老保险个人账户")
    account.get_by_role("button", name="怎么算的").click()
    expect(page.get_by_role("dialog", name="怎么算的")).to_contain_text("算法")
    assert visitor.axe() == []


def test_the_audit_shows_who_looked_and_why(staff: Staff) -> None:
    test_people_are_masked_until_opened_for_a_purpose(staff)
    visitor = staff("audit.admin")
    page = visitor.go("/console/audit")
    page.get_by_label("动作代码").fill("person.opened")
    page.get_by_role("button", name="查找", exact=True).click()
    row = page.get_by_role("row").filter(has_text="窗口核对缴费记录").first
    expect(row).to_contain_text("周敏")
    row.get_by_role("button", name="查看完整资料").click()
    expect(page.get_by_role("dialog")).to_contain_text("窗口核对缴费记录")
    assert visitor.axe() == []


def test_a_supervisor_decides_by_keyboard(staff: Staff) -> None:
    visitor = staff("supervisor.haikou")
    page = visitor.go("/console/inbox")
    first = chosen(page)
    page.keyboard.press("j")
    second = chosen(page)
    assert first != second
    page.keyboard.press("k")
    assert chosen(page) == first

    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="通过")).to_be_enabled()
    expect(page.locator("tr.current-row")).to_contain_text("我办理中")
    page.keyboard.press("a")
    expect(page.locator("tr.current-row")).not_to_contain_text("我办理中")
    expect(page.locator("tr.current-row")).to_have_text(re.compile(re.escape(second.split("\n")[1])))

    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="退回")).to_be_enabled()
    page.keyboard.press("r")
    reason = page.get_by_role("dialog").get_by_role("textbox")
    reason.fill("ａ")
    page.keyboard.press("Enter")
    expect(page.get_by_text("请写明退回原因")).to_be_visible()
    reason.fill("材料不齐，请补银行证明")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_hidden()

    page.goto(visitor.demo.url + "/console/approvals")
    visitor.pick("状态", "已退回")
    expect(page.get_by_role("region", name="审批")).to_contain_text("韩国栋")


def test_a_colleague_sees_the_lease(staff: Staff) -> None:
    one, other = staff("supervisor.province"), staff("supervisor.haikou")
    page = other.go("/console/inbox")
    serial = chosen(page).split("\n")[1]
    holder = one.go("/console/inbox")
    holder.get_by_text(serial).click()
    holder.get_by_role("button", name="领取并打开").click()
    expect(holder.get_by_role("button", name="通过")).to_be_enabled()
    page.reload()
    row = page.get_by_role("row").filter(has_text=serial)
    expect(row).to_contain_text("冯静办理中")
    row.click()
    expect(page.get_by_role("button", name="领取并打开")).to_be_disabled()
    holder.keyboard.press("Escape")
    expect(holder.get_by_role("row").filter(has_text=serial)).to_contain_text("待领取")


def test_a_list_is_taken_along_masked(staff: Staff) -> None:
    page = staff("supervisor.province").go("/console/people")
    page.get_by_role("textbox", name="证件号码").fill(COURIER)
    page.get_by_role("button", name="查找", exact=True).click()
    with page.expect_download() as downloading:
        page.get_by_role("button", name="导出表格").click()
    assert downloading.value.suggested_filename == "参保人查找结果.xlsx"
    content = downloading.value.path().read_bytes()
    rows = list(load_workbook(BytesIO(content)).active.iter_rows(values_only=True))
    assert rows[3][:2] == ("**涛", "4600**********9013")


def test_a_clerk_asks_and_a_supervisor_finds_it(staff: Staff) -> None:
    clerk = staff("clerk.province")
    page = clerk.go("/console/people")
    page.get_by_role("textbox", name="证件号码").fill(COURIER)
    page.get_by_role("button", name="查找", exact=True).click()
    page.get_by_role("link", name="**涛").click()
    page.get_by_text("资料核对").click()
    page.get_by_role("button", name="打开档案").click()
    page.get_by_role("button", name="变更待遇发放卡").click()
    form = page.get_by_role("dialog")
    form.get_by_label("开户银行").fill("中国农业银行")
    form.get_by_label("新卡号").fill("6228 4804 0256 4890 010")
    form.get_by_role("button", name="提交").click()
    expect(form.get_by_role("alert")).to_be_visible()
    expect(form.get_by_label("开户银行")).to_have_value("中国农业银行")
    form.get_by_label("新卡号").fill("6228 4804 0256 4890 018")
    form.get_by_role("button", name="提交").click()
    expect(form).to_be_hidden()

    desk = staff("supervisor.province").go("/console/inbox")
    desk.locator(".el-table__body tr").first.click()
    desk.get_by_role("button", name="打开").click()
    sheet = desk.get_by_role("article")
    expect(sheet).to_contain_text("周敏")
    expect(sheet).to_contain_text("6228480402564890018")
