"""One person at the counter: registered, corrected, enrolled; and what needs a second person goes to one."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Staff
from tests.support.people import id_number

pytestmark = pytest.mark.timeout(300)


def form(page: Page) -> Locator:
    """The dialog that is open; calendars that drop down from it count as dialogs too."""
    return page.locator("[role=dialog][aria-modal=true]:visible")


def submit(page: Page) -> None:
    dialog = form(page)
    dialog.get_by_role("button", name="提交").click()
    expect(dialog).to_be_hidden()


def test_somebody_is_registered_given_a_phone_and_enrolled(staff: Staff) -> None:
    visitor = staff("clerk.province")
    number = id_number()
    page = visitor.go("/console/people")
    page.get_by_role("button", name="登记参保人").click()
    dialog = form(page)
    dialog.get_by_label("姓名").fill("符小海")
    dialog.get_by_label("证件号码").fill("460100199913319999")
    dialog.get_by_role("button", name="提交").click()
    expect(dialog.get_by_role("alert")).to_be_visible()
    expect(dialog.get_by_label("姓名")).to_have_value("符小海")
    dialog.get_by_label("证件号码").fill(number)
    submit(page)

    page.get_by_text("窗口业务办理").click()
    page.get_by_role("button", name="打开档案").click()
    expect(page.get_by_role("region", name="参保人", exact=True)).to_contain_text(number)
    page.get_by_role("button", name="变更预留手机号").click()
    form(page).get_by_label("手机号").fill("13876543210")
    submit(page)
    expect(page.get_by_role("tabpanel", name="基本信息")).to_contain_text("13876543210")
    assert visitor.axe() == []

    page.get_by_role("tab", name="参保关系").click()
    page.get_by_role("button", name="办理个人参保").click()
    month = form(page).get_by_label("起始月份")
    month.fill("2026-10")
    month.press("Enter")
    form(page).get_by_label("缴费基数").fill("4913")
    submit(page)
    row = page.get_by_role("row").filter(has_text="企业职工基本养老保险")
    expect(row).to_contain_text("2026年10月")
    expect(row).to_contain_text("4,913.00")
    row.get_by_role("button", name="停保").click()
    until = form(page).get_by_label("停保月份")
    until.fill("2026-12")
    until.press("Enter")
    submit(page)
    expect(row).to_contain_text("2026年12月")


def test_a_year_of_interest_is_asked_for_by_one_and_decided_by_another(staff: Staff) -> None:
    page = staff("supervisor.province").go("/console/approvals")
    page.get_by_role("button", name="提出年度计息").click()
    form(page).get_by_label("年度").fill("2024")
    form(page).get_by_label("说明").fill("补计往年利息")
    submit(page)
    row = page.get_by_role("row").filter(has_text="补计往年利息")
    expect(row).to_contain_text("冯静")
    row.get_by_role("button").click()
    sheet = form(page)
    expect(sheet).to_contain_text("须由他人审核")
    sheet.get_by_role("button", name="撤回").click()
    expect(row).to_have_count(0)
