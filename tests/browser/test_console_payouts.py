"""Money goes out at the desks: asked for, released, refused by the bank and sent again, and stopped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count
from time import time_ns

import pytest
from playwright.sync_api import Locator, Page, expect

from backend.demo.material import card_number
from tests.browser.conftest import Staff
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.timeout(300)
DAUGHTER, PENSIONER = "460100197305129044", "460029195907209031"
RUN = time_ns() // 10**9
references = (f"测试发{RUN}-{number}号" for number in count(1))


def form(page: Page) -> Locator:
    """The dialog in front; calendars that drop down count as dialogs too."""
    return page.locator("[role=dialog][aria-modal=true]:visible").last


def request(clerk: Visitor, payee: str, *, yuan: str = "1,234.50") -> str:
    """A clerk asks for a payout; gives the paper that it rests on."""
    reference = next(references)
    page = clerk.go("/console/payouts")
    page.get_by_role("button", name="提出一次性拨付").click()
    dialog = form(page)
    dialog.get_by_label("收款人").fill(payee)
    dialog.get_by_role("button", name="查找").click()
    expect(dialog).to_contain_text(payee[:4] + "*" * 10 + payee[-4:])
    dialog.get_by_label("金额").fill(yuan)
    dialog.get_by_label("用途").fill("养老金补发")
    dialog.get_by_label("依据文号").fill(reference)
    dialog.get_by_role("button", name="提交").click()
    expect(dialog).to_be_hidden()
    return reference


def row(page: Page, reference: str) -> Locator:
    return page.get_by_role("region", name="拨付", exact=True).get_by_role("row").filter(has_text=reference)


def opened(visitor: Visitor, reference: str) -> Locator:
    """The drawer with one payout."""
    page = visitor.go("/console/payouts")
    page.get_by_role("textbox", name="依据文号").fill(reference)
    page.get_by_role("button", name="查找").click()
    page.get_by_role("button", name=reference).click()
    sheet = page.get_by_role("article", name="拨付详情")
    expect(sheet).to_contain_text(reference)
    return sheet


def propose_release(clerk: Visitor, *references: str) -> None:
    page = clerk.page
    for reference in references:
        row(page, reference).locator(".el-checkbox").click()
    page.get_by_role("button", name="提请放行").click()
    dialog = form(page)
    expect(dialog).to_contain_text(f"共 {len(references)} 笔")
    dialog.get_by_label("说明").fill(references[0])
    dialog.get_by_role("button", name="提交").click()
    expect(row(page, references[0])).to_contain_text("周敏已提请，待审核")


def approve(supervisor: Visitor, note: str, *shows: str) -> None:
    page = supervisor.go("/console/approvals")
    page.get_by_role("row").filter(has_text=note).get_by_role("button").click()
    sheet = form(page)
    for text in shows:
        expect(sheet).to_contain_text(text)
    sheet.get_by_role("button", name="通过").click()
    expect(page.get_by_role("row").filter(has_text=note)).to_have_count(0)


def becomes(visitor: Visitor, reference: str, state: str) -> None:
    """Waits until the list shows a payout in a state, without waiting until it looks again by itself."""
    for _ in range(40):
        visitor.page.get_by_role("button", name="刷新").first.click()
        visitor.page.wait_for_timeout(300)
        if state in row(visitor.page, reference).inner_text():
            return
    expect(row(visitor.page, reference)).to_contain_text(state)


@pytest.fixture
def closed_account(staff: Staff) -> Iterator[None]:
    """The pensioner's account is closed at the bank, until it is not."""
    clerk = staff("clerk.province")
    page = clerk.go("/console/people")
    page.get_by_role("textbox", name="证件号码").fill(PENSIONER)
    page.get_by_role("button", name="查找", exact=True).click()
    page.get_by_role("region", name="查找结果").get_by_role("link").click()
    page.get_by_text("待遇审核").click()
    page.get_by_role("button", name="打开档案").click()
    shown = page.get_by_role("row").filter(has_text="待遇发放卡").inner_text()
    found = re.search(r"\d{12,}", shown)
    assert found, shown
    url = f"http://127.0.0.1:{clerk.demo.sandbox_port}/_world/bank/accounts/{found[0]}"
    assert clerk.context.request.put(url, data={"state": "closed"}).ok
    yield
    assert clerk.context.request.put(url, data={}).ok


def test_a_clerk_asks_a_supervisor_releases_and_it_is_paid(staff: Staff) -> None:
    clerk, supervisor = staff("clerk.province"), staff("supervisor.province")
    one, other = request(clerk, DAUGHTER), request(clerk, DAUGHTER, yuan="20")
    becomes(clerk, one, "待放行")
    propose_release(clerk, one, other)
    approve(supervisor, one, one, other, "1254.50元")
    becomes(clerk, one, "已到账")
    becomes(clerk, other, "已到账")
    board = clerk.page.get_by_role("region", name="拨付总览")
    board.get_by_title("列出一次性待遇支付中已到账的").click()
    becomes(clerk, one, "1,234.50")
    sheet = opened(clerk, one)
    expect(sheet.get_by_role("region", name="拨付经过")).to_contain_text("确认支付")
    expect(sheet.get_by_role("region", name="可办理的操作")).to_contain_text("不需要再办理")
    assert clerk.axe() == []


def test_an_amount_is_yuan_with_two_decimals(staff: Staff) -> None:
    page = staff("clerk.province").go("/console/payouts")
    page.get_by_role("button", name="提出一次性拨付").click()
    dialog = form(page)
    for text in ("0", "1.005", "五元"):
        dialog.get_by_label("金额").fill(text)
        expect(dialog).to_contain_text("最多两位小数")
    dialog.get_by_label("金额").fill("52，000.5")
    expect(dialog).to_contain_text("52,000.50 元")
    expect(dialog.get_by_role("button", name="提交")).to_be_disabled()


@pytest.mark.usefixtures("closed_account")
def test_what_the_bank_refuses_becomes_a_case_and_goes_to_the_corrected_card(staff: Staff) -> None:
    clerk, supervisor = staff("clerk.province"), staff("supervisor.province")
    reference = request(clerk, PENSIONER, yuan="88.80")
    becomes(clerk, reference, "待放行")
    propose_release(clerk, reference)
    approve(supervisor, reference, "88.80")
    becomes(clerk, reference, "收款账户有误")

    page = opened(clerk, reference).page
    page.get_by_role("link", name="**福").click()
    page.get_by_text("待遇审核").click()
    page.get_by_role("button", name="打开档案").click()
    page.get_by_role("button", name="变更待遇发放卡").click()
    form(page).get_by_label("开户银行").fill("中国农业银行")
    form(page).get_by_label("新卡号").fill(card_number("622848", RUN))
    form(page).get_by_label("说明").fill(f"更正{reference}")
    form(page).get_by_role("button", name="提交").click()
    expect(form(page)).to_have_count(0)
    approve(supervisor, f"更正{reference}", "中国农业银行")

    desk = clerk.go("/console/inbox")
    case = desk.get_by_role("row").filter(has_text="拨付异常处理").first
    case.click()
    serial = case.inner_text().split()[1]
    desk.get_by_role("button", name="打开").click()
    sheet = desk.get_by_role("article", name="拨付详情")
    expect(sheet).to_contain_text(reference)
    expect(sheet).to_contain_text("收款户名或账号有误")
    assert clerk.axe() == []
    sheet.get_by_role("button", name="重新拨付").click()
    form(desk).get_by_role("button", name="提交").click()
    expect(desk.get_by_role("row").filter(has_text=serial)).to_have_count(0)
    clerk.go("/console/payouts")
    becomes(clerk, reference, "已到账")


def test_somebody_was_faster(staff: Staff) -> None:
    clerk, other = staff("clerk.province"), staff("clerk.province")
    reference = request(clerk, DAUGHTER)
    one, two = opened(clerk, reference), opened(other, reference)
    for sheet in (one, two):
        sheet.get_by_role("button", name="取消拨付").click()
        form(sheet.page).get_by_label("原因").fill("重复申请")
        form(sheet.page).get_by_role("button", name="提交").click()
    expect(one).to_contain_text("已取消")
    expect(two.get_by_role("alert")).to_contain_text("刚有变化")
    expect(two).to_contain_text("已取消，金额已转回基金")


def test_a_stop_switch_is_seen_by_everybody(staff: Staff) -> None:
    supervisor, clerk = staff("supervisor.province"), staff("clerk.province")
    page = supervisor.go("/console/payouts")
    page.get_by_role("button", name="暂停拨付").click()
    supervisor.pick("范围", "全部拨付")
    form(page).get_by_label("原因").fill("核查异常批次")
    form(page).get_by_role("button", name="提交").click()
    banner = page.get_by_role("alert", name="暂停的拨付")
    expect(banner).to_contain_text("全部拨付已暂停")
    expect(banner).to_contain_text("冯静")
    assert supervisor.axe() == []
    seen = clerk.go("/console/payouts").get_by_role("alert", name="暂停的拨付")
    expect(seen).to_contain_text("核查异常批次")
    expect(seen.get_by_role("button", name="恢复")).to_have_count(0)
    banner.get_by_role("button", name="恢复").click()
    form(page).get_by_role("button", name="恢复拨付").click()
    expect(banner).to_have_count(0)
