"""`make screenshots`: every page of the clients as a picture, on a phone (normal and elder mode) and on a desk.

Runs a demo of its own, or looks at the one that DEMO_PORT names.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen
from typing import cast

from playwright.sync_api import Browser, Page

from backend.demo.programs import ROOT
from tests.browser.chromium import running_browser
from tests.browser.visitor import DESK, PHONE, Visitor, visiting
from tests.load.demo import FULL_DEMO, Demo, running_demo

FOLDER = ROOT / "screenshots"
COURIER, DAUGHTER, UNBOUND = "15408980001", "15408980003", "15408980004"


def _explained(page: Page) -> None:
    page.get_by_role("button", name="怎么算的").first.click()
    page.wait_for_timeout(500)


def _second_step(page: Page) -> None:
    page.get_by_role("button", name="同意并继续").click()


PHONE_PAGES: tuple[tuple[str, str | None, str, Callable[[Page], None] | None], ...] = (
    ("sign-in", None, "/m/sign-in", None),
    ("home", COURIER, "/m/", None),
    ("account", COURIER, "/m/account", None),
    ("explain", COURIER, "/m/account/interest", _explained),
    ("years", COURIER, "/m/account/years", None),
    ("months", COURIER, "/m/account/months", None),
    ("interest", COURIER, "/m/account/interest", None),
    ("estimate", COURIER, "/m/estimate", None),
    ("statement", COURIER, "/m/statement", None),
    ("family", DAUGHTER, "/m/family", None),
    ("family-ask", DAUGHTER, "/m/family/ask", None),
    ("family-account", DAUGHTER, "/m/account", None),
    ("messages", COURIER, "/m/messages", None),
    ("me", COURIER, "/m/me", None),
    ("log", COURIER, "/m/me/log", None),
    ("devices", COURIER, "/m/me/devices", None),
    ("bind", UNBOUND, "/m/bind", None),
    ("bind-who", UNBOUND, "/m/bind", _second_step),
    ("unbound", UNBOUND, "/m/", None),
    ("consent", None, "/m/consent", None),
    ("lost", None, "/m/nowhere", None),
)


def phone_tour(demo: Demo, browser: Browser, wanted: set[str]) -> None:
    """Every page of the mobile client, in both modes."""
    for mode in ("normal", "elder"):
        visitors: dict[str | None, Visitor] = {}
        for name, phone, path, act in PHONE_PAGES:
            if wanted and name not in wanted:
                continue
            if phone not in visitors:
                visitors[phone] = _phone(demo, browser, phone, elder=mode == "elder")
            page = visitors[phone].go(path)
            if act:
                act(page)
            _keep(page, f"mobile-{name}-{mode}")
        for visitor in visitors.values():
            _tell(visitor)


def _phone(demo: Demo, browser: Browser, phone: str | None, *, elder: bool) -> Visitor:
    visitor = visiting(demo, browser, PHONE).__enter__()  # noqa: PLC2801 ends with the browser
    visitor.context.add_init_script(f"localStorage.setItem('elder', '{str(elder).lower()}')")
    if phone:
        visitor.sign_in(phone)
    return visitor


def _keep(page: Page, name: str) -> None:
    page.screenshot(path=FOLDER / f"{name}.png", full_page=True)
    sys.stdout.write(f"{name}\n")
    sys.stdout.flush()


def _tell(visitor: Visitor) -> None:
    for trouble in visitor.troubles:
        sys.stdout.write(f"  ! {trouble}\n")


@contextmanager
def some_demo() -> Iterator[Demo]:
    """The demo at DEMO_PORT, or one of its own."""
    if port := int(os.environ.get("DEMO_PORT", "0")):
        yield Demo(port, port + 1, Path(), Path(), cast("Popen[bytes]", None))
        return
    with running_demo(program=FULL_DEMO) as demo:
        yield demo


def main() -> None:
    """All pictures, or those that the command line names."""
    wanted = set(sys.argv[1:])
    if not wanted:
        shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(exist_ok=True)
    with running_browser() as browser, some_demo() as demo:
        phone_tour(demo, browser, wanted)


if __name__ == "__main__":
    main()
