"""Every page of the clients: who looks at it, where it is, and what they press there first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

COURIER, DAUGHTER, UNBOUND = "15408980001", "15408980003", "15408980017"


@dataclass(frozen=True)
class Stop:
    """One page as one person sees it; `who` is a phone, a username, or nobody."""

    name: str
    who: str | None
    path: str
    act: Callable[[Page], None] = lambda page: None


def _explain(page: Page) -> None:
    page.get_by_role("button", name="怎么算的").first.click()
    page.get_by_role("dialog").wait_for()


def _agree(page: Page) -> None:
    page.get_by_role("button", name="同意并继续").click()
    page.get_by_label("姓名").wait_for()


def _claim(page: Page) -> None:
    page.get_by_role("button", name="打开").click()
    page.get_by_role("button", name="通过").wait_for()


def _search(page: Page) -> None:
    page.get_by_role("textbox", name="证件号码").fill("460022199406189013")
    page.get_by_role("button", name="查找", exact=True).click()
    page.get_by_role("region", name="查找结果").wait_for()


def _open(page: Page) -> None:
    _search(page)
    page.get_by_role("link", name="**涛").click()
    page.get_by_text("窗口业务办理").click()
    page.get_by_role("button", name="打开档案").click()
    page.get_by_role("tab", name="基本信息").wait_for()


def _accounts(page: Page) -> None:
    _open(page)
    page.get_by_role("tab", name="个人账户").click()
    page.get_by_role("heading", name="基本养老保险个人账户").wait_for()


def _first_row(page: Page) -> None:
    page.locator(".el-table__body button").first.click()
    page.get_by_role("dialog").wait_for()
    page.wait_for_timeout(400)  # a drawer slides in


def _released(page: Page) -> None:
    page.get_by_role("row").filter(has_text="拨付放行").first.get_by_role("button").click()
    page.get_by_role("region", name="这批拨付").wait_for()
    page.wait_for_timeout(400)


def _request(page: Page) -> None:
    page.get_by_role("button", name="提出一次性拨付").click()
    page.get_by_role("dialog").get_by_label("金额").fill("1234.5")
    page.wait_for_timeout(400)


def _choose(page: Page) -> None:
    page.get_by_role("region", name="拨付", exact=True).locator("thead .el-checkbox").click()
    page.get_by_role("button", name="提请放行").wait_for()


def _bill(page: Page) -> None:
    """The bill that one has just asked for; asking again for the same finds the same."""
    page.get_by_role("button", name="开具缴费单").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("缴费人").fill("460022199406189013")
    dialog.get_by_role("button", name="查找").click()
    dialog.get_by_label("金额").fill("975.72")
    dialog.get_by_label("费用").fill("灵活就业养老保险费")
    dialog.get_by_label("依据文号").fill("琼社核2026-118")
    dialog.get_by_role("button", name="提交").click()
    page.get_by_role("article", name="收款详情").get_by_text("琼社核2026-118").wait_for()
    page.wait_for_timeout(400)


def _days(page: Page) -> None:
    page.get_by_role("tab", name="对账日").click()
    page.get_by_role("region", name="对账日").wait_for()


def _seals(page: Page) -> None:
    page.get_by_role("tab", name="防篡改封存").click()
    page.get_by_role("region", name="封存批次").wait_for()


MOBILE = (
    Stop("sign-in", None, "/m/sign-in"),
    Stop("home", COURIER, "/m/"),
    Stop("account", COURIER, "/m/account"),
    Stop("explain", COURIER, "/m/account/interest", _explain),
    Stop("years", COURIER, "/m/account/years"),
    Stop("months", COURIER, "/m/account/months"),
    Stop("interest", COURIER, "/m/account/interest"),
    Stop("estimate", COURIER, "/m/estimate"),
    Stop("statement", COURIER, "/m/statement"),
    Stop("family", DAUGHTER, "/m/family"),
    Stop("family-ask", DAUGHTER, "/m/family/ask"),
    Stop("family-account", DAUGHTER, "/m/account"),
    Stop("messages", COURIER, "/m/messages"),
    Stop("me", COURIER, "/m/me"),
    Stop("log", COURIER, "/m/me/log"),
    Stop("devices", COURIER, "/m/me/devices"),
    Stop("bind", UNBOUND, "/m/bind"),
    Stop("bind-who", UNBOUND, "/m/bind", _agree),
    Stop("unbound", UNBOUND, "/m/"),
    Stop("consent", None, "/m/consent"),
    Stop("lost", None, "/m/nowhere"),
)

CONSOLE = (
    Stop("sign-in", None, "/console/sign-in"),
    Stop("inbox", "supervisor.province", "/console/inbox", _claim),
    Stop("approvals", "supervisor.province", "/console/approvals"),
    Stop("approval", "supervisor.province", "/console/approvals", _first_row),
    Stop("dashboard", "supervisor.province", "/console/dashboard"),
    Stop("people", "clerk.province", "/console/people", _search),
    Stop("person", "clerk.province", "/console/people", _open),
    Stop("person-accounts", "clerk.province", "/console/people", _accounts),
    Stop("payouts", "clerk.province", "/console/payouts", _choose),
    Stop("payout", "clerk.province", "/console/payouts", _first_row),
    Stop("payout-request", "clerk.province", "/console/payouts", _request),
    Stop("payouts-supervisor", "supervisor.province", "/console/payouts"),
    Stop("payout-release", "supervisor.province", "/console/approvals", _released),
    Stop("collection", "clerk.province", "/console/collections", _bill),
    Stop("collections", "clerk.province", "/console/collections"),
    Stop("collections-supervisor", "supervisor.province", "/console/collections"),
    Stop("reconciliation", "clerk.province", "/console/reconciliation"),
    Stop("reconciliation-days", "clerk.province", "/console/reconciliation", _days),
    Stop("law", "clerk.province", "/console/law"),
    Stop("law-history", "clerk.province", "/console/law", _first_row),
    Stop("staff", "system.admin", "/console/staff"),
    Stop("member", "system.admin", "/console/staff", _first_row),
    Stop("roles", "system.admin", "/console/roles"),
    Stop("agencies", "system.admin", "/console/agencies"),
    Stop("jobs", "system.admin", "/console/jobs"),
    Stop("systems", "system.admin", "/console/systems"),
    Stop("audit", "audit.admin", "/console/audit"),
    Stop("event", "audit.admin", "/console/audit", _first_row),
    Stop("seals", "audit.admin", "/console/audit", _seals),
    Stop("own-account", "audit.admin", "/console/account"),
    Stop("no-right", "audit.admin", "/console/people"),
)
