"""A weak network: how little the first view needs, what stays on the phone, and what a lost answer costs."""

from __future__ import annotations

import sys

import pytest
from playwright.sync_api import Request, Route, expect

from tests.browser.conftest import Citizens
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.timeout(300)
LIMIT_BYTES = 200_000
CACHED = """async () => {
  const names = await caches.keys()
  const caught = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()))
  return caught.flat().map((request) => new URL(request.url).pathname)
}"""


def test_the_first_view_is_small(citizen: Citizens, capsys: pytest.CaptureFixture[str]) -> None:
    for phone in (None, "15408980001"):
        visitor = citizen(phone)
        devtools = visitor.context.new_cdp_session(visitor.page)
        devtools.send("Network.enable")
        received: list[int] = []
        devtools.on(
            "Network.loadingFinished", lambda one, to=received: to.append(int(one["encodedDataLength"]))
        )
        visitor.go("/m/")
        with capsys.disabled():
            name = "home" if phone else "sign-in"
            sys.stdout.write(f"\nfirst view ({name}): {sum(received):,} bytes in {len(received)} answers ")
        assert 0 < sum(received) < LIMIT_BYTES


def test_the_shell_is_kept_and_personal_data_never(citizen: Citizens) -> None:
    visitor = citizen("15408980001")
    page = visitor.go("/m/account")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload(wait_until="networkidle")
    kept: list[str] = page.evaluate(CACHED)
    assert any(path.endswith(".js") for path in kept)
    assert [path for path in kept if not path.startswith("/m/")] == []
    visitor.context.set_offline(True)
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("网络不通")
    expect(page.get_by_role("heading", name="我的账户")).to_be_visible()
    expect(page.get_by_text("储存额")).to_have_count(0)
    visitor.context.set_offline(False)
    page.get_by_role("button", name="重试").click()
    expect(page.get_by_text("储存额").first).to_be_visible()


def test_a_form_survives_a_dead_network(citizen: Citizens) -> None:
    visitor = citizen("15408980005")
    page = visitor.go("/m/family/ask")
    fill_in(visitor, "15408980001")
    visitor.context.set_offline(True)
    expect(page.get_by_text("网络已断开")).to_be_visible()
    page.get_by_role("button", name="提交申请").click()
    expect(page.get_by_role("alert")).to_contain_text("您填写的内容还在")
    expect(page.get_by_label("家人姓名")).to_have_value("陈海涛")
    visitor.context.set_offline(False)


def test_a_lost_answer_is_asked_for_again_under_the_same_key(citizen: Citizens) -> None:
    visitor = citizen("15408980008")
    page = visitor.go("/m/family/ask")
    fill_in(visitor, "15408980006")
    keys: list[str] = []

    def lose_the_first_answer(route: Route, request: Request) -> None:
        if request.method != "POST":
            route.continue_()
            return
        keys.append(request.headers["idempotency-key"])
        if len(keys) == 1:
            route.fetch()
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/api/v1/family", lose_the_first_answer)
    page.get_by_role("button", name="提交申请").click()
    expect(page.get_by_role("button", name="撤回申请")).to_have_count(1)
    assert len(keys) == 2
    assert len(set(keys)) == 1
    visitor.troubles[:] = [one for one in visitor.troubles if "ERR_CONNECTION_RESET" not in one]


def fill_in(visitor: Visitor, phone: str) -> None:
    other = visitor.persona(phone)
    visitor.page.get_by_label("家人姓名").fill(other["name"])
    visitor.page.get_by_label("家人证件号码").fill(other["id_number"])
