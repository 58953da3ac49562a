"""A person in front of a browser: where they look, how they got in, and what must never happen to them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

from tests.browser.chromium import CLIENTS
from tests.load.demo import Demo

PHONE = {
    "viewport": {"width": 375, "height": 812},
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}
IN_WECHAT = PHONE | {"user_agent": "Mozilla/5.0 (Linux; Android 14) Mobile MicroMessenger/8.0.50"}
DESK = {"viewport": {"width": 1440, "height": 900}}
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
REFUSED_ON_PURPOSE = "the server responded with a status of 4"
"""What Chromium writes into its console for every 4xx; the pages handle them."""
OFFLINE_ON_PURPOSE = "net::ERR_INTERNET_DISCONNECTED"
AXE = (CLIENTS / "node_modules/axe-core/axe.min.js").read_text


@dataclass
class Visitor:
    """One browser profile with one open page; `troubles` collects whatever must not happen."""

    demo: Demo
    context: BrowserContext
    page: Page
    troubles: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        """Opens a path of the product and waits until its first requests are answered."""
        self.page.goto(self.demo.url + path, wait_until="networkidle")
        return self.page

    def elder(self, on: bool) -> None:
        """Turns elder mode on or off for every page that opens from now on."""
        self.context.add_init_script(f"localStorage.setItem('elder', '{str(on).lower()}')")

    def axe(self) -> list[str]:
        """What axe-core finds serious or critical on the page as it stands."""
        self.page.evaluate(AXE())
        found: dict[str, Any] = self.page.evaluate(
            "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", WCAG
        )
        return [
            f"{one['id']}: {node['target']} {node['failureSummary']}"
            for one in found["violations"]
            if one["impact"] in ("serious", "critical")
            for node in one["nodes"]
        ]

    def sign_in(self, phone: str) -> None:
        """Signs a citizen in through the mini-program's door, as cookies of this browser."""
        self._keep(
            self.context.request.post(f"{self.demo.url}/api/v1/sign-in/miniprogram", data=self._login(phone))
        )

    def sign_in_staff(self, username: str) -> None:
        """Signs a member of the demo's staff in, as cookies of this browser."""
        code = self.context.request.get(f"{self.demo.url}/api/demo/staff/{username}/code").json()["code"]
        password = self.context.request.get(f"{self.demo.url}/api/demo/staff").json()["password"]
        said = {"username": username, "password": password, "totp": code, "keep": "cookie"}
        self._keep(self.context.request.post(f"{self.demo.url}/api/admin/v1/session", data=said))

    def pick(self, label: str, option: str) -> None:
        """Picks an option of one of the console's selects, whose input lies under what it shows."""
        self.page.get_by_role("combobox", name=label, exact=True).click(force=True)
        self.page.get_by_role("option", name=option).click()

    def persona(self, phone: str) -> dict[str, str]:
        """Name, number and story of one of the demo's people."""
        people = self.context.request.get(f"{self.demo.url}/api/demo/people").json()["people"]
        return next(one for one in people if one["phone"] == phone)

    def arrived_code(self, phone: str) -> str:
        """The code in the newest SMS on that phone."""
        code: str = self.context.request.get(f"{self.demo.url}/api/demo/phones/{phone}/code").json()["code"]
        return code

    def _login(self, phone: str) -> dict[str, str]:
        sandbox = f"http://127.0.0.1:{self.demo.sandbox_port}"
        code = self.context.request.post(f"{sandbox}/_world/phones/{phone}/wx-login").json()["code"]
        return {"code": code, "keep": "cookie"}

    def _keep(self, answer: Any) -> None:
        assert answer.status == 201, answer.text()


@contextmanager
def visiting(demo: Demo, browser: Browser, kind: dict[str, Any], cookies: Any = None) -> Iterator[Visitor]:
    """A fresh profile that watches for errors in the console and requests to other hosts."""
    context = browser.new_context(
        **kind, locale="zh-CN", timezone_id="Asia/Shanghai", storage_state=cookies, accept_downloads=True
    )
    context.set_default_timeout(15_000)
    visitor = Visitor(demo, context, context.new_page())
    own = {urlsplit(demo.url).netloc, f"127.0.0.1:{demo.sandbox_port}"}

    def on_console(message: ConsoleMessage) -> None:
        on_purpose = REFUSED_ON_PURPOSE in message.text or OFFLINE_ON_PURPOSE in message.text
        if message.type in ("error", "warning") and not on_purpose:
            visitor.troubles.append(f"console: {message.text}")

    def on_request(request: Request) -> None:
        place = urlsplit(request.url)
        if place.scheme in ("http", "https", "ws", "wss") and place.netloc not in own:
            visitor.troubles.append(f"another host: {request.url}")

    context.on("console", on_console)
    context.on("weberror", lambda error: visitor.troubles.append(f"error: {error.error}"))
    context.on("request", on_request)
    try:
        yield visitor
    finally:
        context.close()
