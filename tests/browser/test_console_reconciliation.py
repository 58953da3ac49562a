"""Day-end files at the desks: how each provider's day came out, and a difference that a clerk ends.

A day must be over before its file is there, and the bank of the sandbox makes no mistakes by itself: days and
differences are told here as the API tells them.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.browser.conftest import Staff

pytestmark = pytest.mark.timeout(300)
ID = "01980000-0000-7000-8000-000000000001"
DIFFERENCE: dict[str, Any] = {
    "difference_id": ID,
    "day_id": ID,
    "provider": "bank",
    "provider_label": "社银直联",
    "day": "2026-11-22",
    "number": "01JD6Y3T5K8M2N4P6Q8R0S2T4V",
    "reference": "BK202611220001",
    "direction": "out",
    "direction_label": "支出",
    "kind": "amount",
    "kind_label": "金额不一致",
    "lines": 1,
    "file_amount": 52001,
    "booked_at": "2026-11-22T02:00:00Z",
    "our_amount": 52000,
    "our_state": "settled",
    "our_state_label": "已结算",
    "our_day": "2026-11-22",
    "agency_id": ID,
    "agency_name": "海口市社会保险服务中心",
    "object_id": ID,
    "subject_id": None,
    "state": "open",
    "state_label": "待处理",
    "reason": None,
    "found_at": "2026-11-23T19:00:00Z",
    "ended_at": None,
    "resolved_by": None,
    "resolved_by_name": None,
}
TOTALS = {"out_count": 1, "out_amount": 52000, "in_count": 0, "in_amount": 0}
DAY: dict[str, Any] = {
    "day_id": ID,
    "provider": "bank",
    "provider_label": "社银直联",
    "day": "2026-11-22",
    "state": "differences",
    "state_label": "有差异待处理",
    "running": False,
    "due_at": None,
    "compared_at": "2026-11-22T19:05:00Z",
    "failures": 0,
    "last_error": None,
    "last_error_label": None,
    "theirs": TOTALS | {"out_amount": 52001},
    "ours": TOTALS,
    "fees": 0,
    "open": 1,
    "mended": 0,
    "resolved": 0,
}
RESOLVED = {
    "state": "resolved",
    "state_label": "已人工处理",
    "ended_at": "2026-11-24T02:00:00Z",
    "resolved_by_name": "周敏",
}


def tell_of_a_difference(page: Page) -> list[Request]:
    """Answers as the API would with one difference, and keeps what is sent to end it."""
    one, sent = dict(DIFFERENCE), []

    def answer(route: Route) -> None:
        if route.request.method == "POST":
            sent.append(route.request)
            one.update(RESOLVED, reason=route.request.post_data_json["reason"])
            route.fulfill(status=204)
        elif ID in route.request.url:
            route.fulfill(json=one)
        else:
            route.fulfill(json={"items": [one], "next_cursor": None})

    page.route("**/api/admin/v1/reconciliation-differences**", answer)
    page.route("**/api/admin/v1/reconciliation-differences/**", answer)
    return sent


def tell_of_a_day(page: Page) -> None:
    """Answers as the API would with one day, which may be compared again."""
    one = dict(DAY)

    def answer(route: Route) -> None:
        if route.request.method == "POST":
            one.update(running=True)
            route.fulfill(status=204)
        else:
            route.fulfill(json={"items": [one], "next_cursor": None})

    page.route("**/api/admin/v1/reconciliation-days**", answer)
    page.route("**/api/admin/v1/reconciliation-days/**", answer)


def test_nothing_to_do_is_said_as_well(staff: Staff) -> None:
    visitor = staff("supervisor.province")
    page = visitor.go("/console/reconciliation")
    expect(page.get_by_role("region", name="对账总览")).to_contain_text("社银直联")
    expect(page.get_by_role("region", name="对账差异")).to_contain_text("没有待处理的差异")
    assert visitor.axe() == []


def test_a_day_is_compared_again_and_leads_to_its_differences(staff: Staff) -> None:
    visitor = staff("clerk.province")
    tell_of_a_day(visitor.page)
    tell_of_a_difference(visitor.page)
    page = visitor.go("/console/reconciliation")
    page.get_by_role("tab", name="对账日").click()
    day = page.get_by_role("region", name="对账日").get_by_role("row").filter(has_text="社银直联")
    expect(day).to_contain_text("520.01")
    day.get_by_role("button", name="重新对账").click()
    expect(day.get_by_role("button", name="对账中")).to_be_disabled()
    day.get_by_role("button", name="待处理 1").click()
    expect(page.get_by_role("region", name="对账差异")).to_contain_text("金额不一致")


def test_a_clerk_says_what_was_found_out(staff: Staff) -> None:
    visitor = staff("clerk.province")
    sent = tell_of_a_difference(visitor.page)
    page = visitor.go("/console/reconciliation")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    sheet = page.get_by_role("article", name="差异详情")
    expect(sheet).to_contain_text("520.01")
    expect(sheet).to_contain_text("520.00")
    expect(sheet.get_by_role("link", name="查看这笔拨付")).to_be_visible()
    page.wait_for_timeout(400)
    assert visitor.axe() == []
    sheet.get_by_role("button", name="处理差异").click()
    dialog = page.get_by_role("dialog", name="处理差异")
    expect(dialog.get_by_role("button", name="提交")).to_be_disabled()
    dialog.get_by_label("核实结果").fill("已与银行核对，次日冲正")
    dialog.get_by_role("button", name="提交").click()
    expect(sheet).to_contain_text("已与银行核对，次日冲正（周敏）")
    expect(sheet.get_by_role("button", name="处理差异")).to_have_count(0)
    [request] = sent
    assert json.loads(request.post_data or "") == {"reason": "已与银行核对，次日冲正"}
    assert request.headers["idempotency-key"]
