"""Family: one asks, the other agrees on their own phone, the first looks, the second takes it back."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Citizens

pytestmark = pytest.mark.timeout(300)
HELPER, HELPED = "15408980008", "15408980009"


def test_a_request_its_answer_and_its_end(citizen: Citizens) -> None:
    helper, helped = citizen(HELPER), citizen(HELPED)
    other = helper.persona(HELPED)

    page = helper.go("/m/family/ask")
    page.get_by_label("家人姓名").fill(other["name"])
    page.get_by_label("家人证件号码").fill(other["id_number"])
    page.get_by_label("对方是我的").select_option("spouse")
    assert helper.axe() == []
    page.get_by_role("button", name="提交申请").click()
    expect(page.get_by_role("button", name="撤回申请")).to_be_visible()

    page_of_helped = helped.go("/m/")
    page_of_helped.get_by_role("link", name="家人申请替您办事").click()
    page_of_helped.get_by_role("button", name="同意", exact=True).click()
    expect(page_of_helped.get_by_role("button", name="收回授权")).to_be_visible()

    helper.go("/m/account")
    page.get_by_role("button", name=other["name"]).click()
    expect(page.get_by_role("status").filter(has_text="正在查看")).to_contain_text(other["name"])
    expect(page.get_by_role("heading", name="基本养老保险个人账户")).to_be_visible()

    page_of_helped.get_by_role("button", name="收回授权").click()
    page_of_helped.get_by_role("dialog").get_by_role("button", name="确定").click()
    expect(page_of_helped.get_by_role("button", name="收回授权")).to_be_hidden()

    page.reload()
    expect(page.get_by_role("heading", name="基本养老保险个人账户")).to_be_visible()
    expect(page.get_by_role("button", name=other["name"])).to_have_count(0)
    seen = helped.go("/m/me/log")
    expect(seen.get_by_role("listitem").first).to_contain_text("家人查看")


def test_nobody_is_found_by_guessing(citizen: Citizens) -> None:
    page = citizen("15408980006").go("/m/family/ask")
    page.get_by_label("家人姓名").fill("查无此人")
    page.get_by_label("家人证件号码").fill("460100199001011239")
    page.get_by_role("button", name="提交申请").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("家人姓名")).to_have_value("查无此人")
