"""The account on a phone: figures, how they come about, the estimate, and papers to take along."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Citizens

pytestmark = pytest.mark.timeout(300)
COURIER = "15408980001"
MONEY = re.compile(r"[\d,]+\.\d\d")


def yuan(text: str) -> float:
    found = MONEY.search(text)
    assert found, text
    return float(found[0].replace(",", ""))


def explained(page: Page) -> Page:
    expect(page.get_by_role("dialog")).to_be_visible()
    return page


def test_a_balance_is_the_sum_of_what_it_consists_of(citizen: Citizens) -> None:
    page = citizen(COURIER).go("/m/account")
    account = page.get_by_role("region", name="基本养老保险个人账户")
    whole = yuan(account.locator(".large").inner_text())
    parts = [yuan(one) for one in account.locator("dd").all_inner_texts() if MONEY.search(one)]
    assert whole > 0
    assert round(sum(parts), 2) == whole


def test_a_figure_opens_to_its_formula_and_gives_the_focus_back(citizen: Citizens) -> None:
    visitor = citizen(COURIER)
    page = visitor.go("/m/account/interest")
    opener = page.get_by_role("button", name="2025年利息怎么算的")
    posted = page.get_by_role("listitem").filter(has_text="2025年").locator(".money").inner_text()
    opener.click()
    sheet = page.get_by_role("dialog", name="2025年利息怎么算的")
    expect(sheet).to_contain_text("个人账户记账利率")
    expect(sheet).to_contain_text("《职工基本养老保险个人账户管理暂行办法》")
    expect(sheet).to_contain_text(f"= {yuan(posted):.2f} 元")
    assert visitor.axe() == []
    sheet.get_by_role("button", name="关闭").click()
    expect(sheet).to_be_hidden()
    expect(opener).to_be_focused()


def test_months_are_filtered_and_taken_along_as_a_table(citizen: Citizens) -> None:
    page = citizen(COURIER).go("/m/account/months")
    page.get_by_label("年份").select_option("2024")
    expect(page.get_by_role("heading", name="2024年12月")).to_be_visible()
    expect(page.get_by_role("heading", name="2026年")).to_have_count(0)
    with page.expect_download() as downloading:
        page.get_by_role("link", name="下载表格").click()
    assert downloading.value.suggested_filename.endswith(".xlsx")
    assert downloading.value.path().read_bytes().startswith(b"PK")


def test_a_higher_base_and_a_later_retirement_pay_more(citizen: Citizens) -> None:
    page = citizen(COURIER).go("/m/estimate")
    shown = page.locator(".large").first
    before = yuan(shown.inner_text())
    page.get_by_role("button", name="今后每月缴费基数：加").click(click_count=3)
    expect(shown).not_to_contain_text(f"{before:,.2f}")
    higher = yuan(shown.inner_text())
    page.get_by_role("button", name="什么时候退休：加").click(click_count=3)
    expect(shown).not_to_contain_text(f"{higher:,.2f}")
    assert before < higher < yuan(shown.inner_text())


def test_a_statement_is_made_and_can_be_verified(citizen: Citizens) -> None:
    visitor = citizen(COURIER)
    page = visitor.go("/m/statement")
    page.get_by_role("button", name="开具", exact=True).click()
    link = page.get_by_role("link", name="下载PDF")
    expect(link).to_be_visible(timeout=30_000)
    with page.expect_download() as downloading:
        link.click()
    assert downloading.value.path().read_bytes().startswith(b"%PDF")
    expect(page.get_by_role("listitem").first).to_contain_text("权益记录单")
