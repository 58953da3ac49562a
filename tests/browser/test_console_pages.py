"""Every page of the console opens without an error and for everybody, and its tables are quick."""

from __future__ import annotations

import sys
import time

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Staff
from tests.browser.tour import CONSOLE
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.timeout(600)


def test_every_page_opens_for_everybody(staff: Staff) -> None:
    visitors: dict[str | None, Visitor] = {}
    troubles: dict[str, list[str]] = {}
    for stop in CONSOLE:
        if stop.who not in visitors:
            visitors[stop.who] = staff(stop.who)
        page = visitors[stop.who].go(stop.path)
        stop.act(page)
        troubles[stop.name] = visitors[stop.who].axe()
    assert {name: found for name, found in troubles.items() if found} == {}


def test_fifty_rows_at_a_time_in_the_order_one_asks_for(
    staff: Staff, capsys: pytest.CaptureFixture[str]
) -> None:
    page = staff("audit.admin").go("/console/audit")
    rows = page.get_by_role("region", name="审计记录").locator("tbody tr")
    expect(rows).to_have_count(50)
    first = rows.first.inner_text()
    began = time.monotonic()
    page.get_by_role("button", name="下一页").click()
    expect(page.get_by_text("第 2 页")).to_be_visible()
    expect(rows.first).not_to_have_text(first)
    with capsys.disabled():
        sys.stdout.write(
            f"\n50 rows of the trail on the screen after {(time.monotonic() - began) * 1000:.0f} ms "
        )
    page.get_by_role("columnheader", name="时间").click()
    expect(page.get_by_text("第 1 页")).to_be_visible()
    expect(rows.first).to_contain_text("1991-12-02")
