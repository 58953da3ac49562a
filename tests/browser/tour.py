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
