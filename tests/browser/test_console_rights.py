"""Rights: a role is changed by two people, and holds in the colleague's browser at the next click."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Staff
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.timeout(300)
SERIAL = re.compile("^SP")


def propose(proposer: Visitor, action: str) -> None:
    page = proposer.go("/console/staff")
    page.get_by_role("button", name="邢慧").click()
    form = page.get_by_role("region", name="岗位授权变更")
    form.get_by_text(action).click()
    proposer.pick("岗位", "业务主管")
    form.get_by_role("button", name="提交审核").click()
    expect(page.get_by_text("已提交，待安全管理员审核")).to_be_visible()


def approve(page: Page) -> None:
    page.get_by_role("button", name=SERIAL).first.click()
    sheet = page.get_by_role("dialog")
    expect(sheet).to_contain_text("业务主管")
    sheet.get_by_role("button", name="通过").click()
    expect(page.get_by_role("alert").filter(has_text="已通过")).to_be_visible()


def test_a_role_change_needs_two_and_holds_at_the_next_click(staff: Staff) -> None:
    colleague = staff("supervisor.sanya")
    desk = colleague.go("/console/inbox")
    menu = desk.get_by_role("navigation", name="主菜单")
    expect(menu.get_by_role("link", name="概览")).to_be_visible()

    proposer = staff("system.admin")
    propose(proposer, "收回岗位")
    own = proposer.go("/console/approvals")
    own.get_by_role("button", name=SERIAL).first.click()
    expect(own.get_by_role("dialog")).to_contain_text("须由他人审核")
    expect(own.get_by_role("dialog").get_by_role("button", name="通过")).to_have_count(0)
    expect(menu.get_by_role("link", name="概览")).to_be_visible()

    checker = staff("security.admin")
    approve(checker.go("/console/approvals"))
    menu.get_by_role("link", name="概览").click()
    expect(desk.get_by_role("heading", name="没有此项权限")).to_be_visible()
    expect(menu.get_by_role("link", name="概览")).to_have_count(0)
    expect(menu.get_by_role("link", name="参保人")).to_have_count(0)
    assert colleague.axe() == []

    propose(proposer, "授予岗位")
    approve(checker.go("/console/approvals"))
    menu.get_by_role("link", name="审批").click()
    expect(menu.get_by_role("link", name="概览")).to_be_visible()


def test_a_click_inside_a_page_meets_the_change_too(staff: Staff) -> None:
    """The page was open when the right went: the API refuses in words, and the menu follows."""
    colleague = staff("supervisor.sanya")
    desk = colleague.go("/console/people")
    proposer, checker = staff("system.admin"), staff("security.admin")
    propose(proposer, "收回岗位")
    approve(checker.go("/console/approvals"))

    desk.get_by_role("textbox", name="证件号码").fill("460022199406189013")
    desk.get_by_role("button", name="查找", exact=True).click()
    expect(desk.get_by_role("alert")).to_contain_text("没有")
    expect(desk.get_by_role("textbox", name="证件号码")).to_have_value("460022199406189013")
    menu = desk.get_by_role("navigation", name="主菜单")
    expect(menu.get_by_role("link", name="参保人")).to_have_count(0)

    propose(proposer, "授予岗位")
    approve(checker.go("/console/approvals"))
