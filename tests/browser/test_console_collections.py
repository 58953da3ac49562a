"""Money comes in at the desks: asked for, sent back, and looked into when machines cannot.

Paying, and the tax authority's receipts, are tested beside the API; here what is paid is told as it would.
"""

from __future__ import annotations

import json
import re
from itertools import count
from time import time_ns

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Staff
from tests.browser.told_collections import DUPLICATE, ID, RECEIPT, paid_twice, tell, tell_of_its_task
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.timeout(300)
DAUGHTER = "460100197305129044"
RUN = time_ns() // 10**9
references = (f"测试核{RUN}-{number}号" for number in count(1))


def form(page: Page) -> Locator:
    """The dialog in front."""
    return page.locator("[role=dialog][aria-modal=true]:visible").last


def fill_bill(page: Page, yuan: str) -> str:
    """What a clerk types into an opened form for a bill, and sends; gives the paper that it rests on."""
    reference = next(references)
    form(page).get_by_label("金额").fill(yuan)
    form(page).get_by_label("费用").fill("灵活就业养老保险费")
    form(page).get_by_label("依据文号").fill(reference)
    form(page).get_by_role("button", name="提交").click()
    return reference


def ask(clerk: Visitor, yuan: str = "975.72") -> Locator:
    """A clerk asks somebody for money; the drawer with the bill."""
    page = clerk.go("/console/collections")
    page.get_by_role("button", name="开具缴费单").click()
    form(page).get_by_label("缴费人").fill(DAUGHTER)
    form(page).get_by_role("button", name="查找").click()
    expect(form(page)).to_contain_text(DAUGHTER[:4] + "*" * 10 + DAUGHTER[-4:])
    reference = fill_bill(page, yuan)
    sheet = page.get_by_role("article", name="收款详情")
    expect(sheet).to_contain_text(reference)
    return sheet


def withdraw(sheet: Locator) -> None:
    sheet.get_by_role("button", name="撤回").click()
    form(sheet.page).get_by_label("原因").fill("核定有误，重新开具")
    form(sheet.page).get_by_role("button", name="提交").click()


def test_a_clerk_asks_for_money_and_takes_it_back(staff: Staff) -> None:
    clerk, other = staff("clerk.province"), staff("clerk.province")
    sheet = ask(clerk)
    for text in ("975.72 元", "待缴费", "还没有付款", "参保人还没有打开支付"):
        expect(sheet).to_contain_text(text)
    clerk.page.wait_for_timeout(400)
    assert clerk.axe() == []
    address = clerk.page.url.removeprefix(clerk.demo.url)
    late = other.go(address).get_by_role("article", name="收款详情")
    withdraw(sheet)
    expect(sheet).to_contain_text("已撤回；若仍有人付款，系统自动原路退回")
    withdraw(late)
    expect(late.get_by_role("alert")).to_contain_text("刚有变化")
    expect(late.get_by_role("button", name="撤回")).to_have_count(0)


def test_a_cell_of_the_board_filters_the_list(staff: Staff) -> None:
    clerk = staff("clerk.province")
    sheet = ask(clerk, "12")
    page = clerk.go("/console/collections")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(sheet).to_contain_text("12.00 元")
    page.keyboard.press("Escape")
    board = page.get_by_role("region", name="收款总览")
    expect(board).to_contain_text("没有多收而未退的款项")
    with page.expect_request(re.compile(r"/collections\?.*state=open")) as asked:
        board.get_by_title("列出窗口核定缴费中待缴费的").click()
    assert "kind=counter_bill" in asked.value.url
    rows = page.get_by_role("region", name="收款", exact=True).locator("tbody")
    expect(rows.get_by_text("已撤回")).to_have_count(0)
    expect(rows).to_contain_text("12.00")


def test_money_is_asked_for_from_a_record(staff: Staff) -> None:
    page = staff("clerk.province").go("/console/people")
    page.get_by_role("textbox", name="证件号码").fill(DAUGHTER)
    page.get_by_role("button", name="查找", exact=True).click()
    page.get_by_role("region", name="查找结果").get_by_role("link").click()
    page.get_by_text("窗口业务办理").click()
    page.get_by_role("button", name="打开档案").click()
    page.get_by_role("button", name="开具缴费单").click()
    form(page).get_by_label("金额").fill("1.005")
    expect(form(page)).to_contain_text("最多两位小数")
    fill_bill(page, "88.8")
    expect(page.get_by_text("已开具，参保人可在手机上缴费")).to_be_visible()


def test_what_came_on_top_is_asked_back_and_the_bill_itself_goes_through_the_treasury(staff: Staff) -> None:
    clerk = staff("clerk.province")
    sent = tell(clerk.page, paid_twice())
    page = clerk.go(f"/console/collections?collection={ID}")
    sheet = page.get_by_role("article", name="收款详情")
    for text in ("多收款项的退回被取消", "重新申请退款", RECEIPT, "用于本单", "重复缴费退回"):
        expect(sheet).to_contain_text(text)
    assert sheet.get_by_role("link", name="查看拨付").get_attribute("href") is not None
    page.wait_for_timeout(400)
    assert clerk.axe() == []
    sheet.get_by_role("button", name="申请退款").click()
    form(page).get_by_label("原因").fill("重复缴费，再次退回")
    expect(form(page).get_by_role("button", name="提交")).to_be_disabled()
    form(page).get_by_text("用于本单").click()
    expect(form(page)).to_contain_text("经税务退费由国库退回")
    form(page).get_by_text("重复缴费 ·").click()
    expect(form(page)).to_contain_text("经微信支付原路退回付款人")
    expect(form(page)).to_contain_text("由另一名有放行权限的人员审核")
    page.wait_for_timeout(400)
    assert clerk.axe() == []
    form(page).get_by_role("button", name="提交").click()
    expect(sheet).to_contain_text("退款中")
    [request] = sent
    assert json.loads(request.post_data or "") == {
        "version": 7,
        "reason": "重复缴费，再次退回",
        "payment_id": DUPLICATE,
    }
    assert request.headers["idempotency-key"]


def test_what_was_seen_before_is_shown_anew(staff: Staff) -> None:
    clerk = staff("clerk.province")
    one = paid_twice()
    tell(clerk.page, one)
    page = clerk.go(f"/console/collections?collection={ID}")
    sheet = page.get_by_role("article", name="收款详情")
    sheet.get_by_role("button", name="再次查询").click()
    one.update(version=8, case=None, case_label=None, actions=["refund"])
    form(page).get_by_role("button", name="提交").click()
    expect(sheet.get_by_role("alert")).to_contain_text("刚有变化")
    expect(sheet.get_by_role("button", name="查明办结")).to_have_count(0)


def test_a_case_opens_from_the_inbox_and_ends_with_what_was_found(staff: Staff) -> None:
    clerk = staff("clerk.province")
    one = paid_twice()
    sent = tell(clerk.page, one)
    tell_of_its_task(clerk.page, one)
    page = clerk.go("/console/inbox")
    page.keyboard.press("Enter")
    sheet = page.get_by_role("article", name="收款详情")
    expect(sheet).to_contain_text("多收款项的退回被取消")
    assert clerk.axe() == []
    sheet.get_by_role("button", name="查明办结").click()
    form(page).get_by_label("查明结果").fill("已与参保人核对，另行退款")
    form(page).get_by_role("button", name="提交").click()
    expect(page.get_by_role("region", name="待办列表")).to_contain_text("没有待办")
    assert json.loads(sent[0].post_data or "")["reason"] == "已与参保人核对，另行退款"
