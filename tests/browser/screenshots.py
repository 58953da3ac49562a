"""`make screenshots`: every page of the clients as a picture, on a phone (in both modes) and on a desk.

Runs a demo of its own, or looks at the one that DEMO_PORT names; names such as mobile-home or console-inbox
on the command line choose pages.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from playwright.sync_api import Browser, Page

from backend.demo.programs import ROOT
from tests.browser.chromium import CLIENTS, running_browser
from tests.browser.tour import CONSOLE, MOBILE, Stop
from tests.browser.visitor import DESK, PHONE, Visitor, visiting
from tests.load.demo import Demo, full_demo

FOLDER = ROOT / "screenshots"


Enter = Callable[[Visitor, str], None]


def tour(
    demo: Demo, browser: Browser, stops: list[Stop], kind: dict[str, Any], enter: Enter, name: str
) -> None:
    """A picture of every stop, `name` with {} for the stop's, each person in a browser of their own."""
    with ExitStack() as stack:
        visitors: dict[str | None, Visitor] = {}
        for stop in stops:
            if stop.who not in visitors:
                visitor = visitors[stop.who] = stack.enter_context(visiting(demo, browser, kind))
                visitor.elder("elder" in name)
                if stop.who:
                    enter(visitor, stop.who)
            page = visitors[stop.who].go(stop.path)
            stop.act(page)
            _keep(page, name.format(stop.name))
        for visitor in visitors.values():
            sys.stdout.writelines(f"  ! {trouble}\n" for trouble in visitor.troubles)


def miniprogram(browser: Browser) -> None:
    """What the simulator drew of the mini-program in its tests, with WeChat's tags as plain blocks."""
    page = browser.new_context(**PHONE).new_page()
    for file in sorted((CLIENTS / "miniprogram/dist-pictures").glob("*.html")):
        page.goto(file.as_uri())
        _keep(page, f"miniprogram-{file.stem}")


def _keep(page: Page, name: str) -> None:
    page.screenshot(path=FOLDER / f"{name}.png", full_page=True)
    sys.stdout.write(f"{name}\n")
    sys.stdout.flush()


def main() -> None:
    """All pictures, or those that the command line names."""
    wanted = set(sys.argv[1:])
    if not wanted:
        shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(exist_ok=True)
    mobile = [stop for stop in MOBILE if not wanted or f"mobile-{stop.name}" in wanted]
    console = [stop for stop in CONSOLE if not wanted or f"console-{stop.name}" in wanted]
    with running_browser() as browser, full_demo() as demo:
        for mode in ("normal", "elder"):
            tour(demo, browser, mobile, PHONE, Visitor.sign_in, f"mobile-{{}}-{mode}")
        if not wanted or "miniprogram" in wanted:
            miniprogram(browser)
        tour(demo, browser, console, DESK, Visitor.sign_in_staff, "console-{}")


if __name__ == "__main__":
    main()
