"""`make screenshots`: every page of the clients as a picture, on a phone (in both modes) and on a desk.

Runs a demo of its own, or looks at the one that DEMO_PORT names; names on the command line choose pages.
"""

from __future__ import annotations

import shutil
import sys
from contextlib import ExitStack

from playwright.sync_api import Browser, Page

from backend.demo.programs import ROOT
from tests.browser.chromium import running_browser
from tests.browser.tour import MOBILE, Stop
from tests.browser.visitor import PHONE, Visitor, visiting
from tests.load.demo import Demo, full_demo

FOLDER = ROOT / "screenshots"


def phone_tour(demo: Demo, browser: Browser, stops: list[Stop], *, elder: bool) -> None:
    """Every page of the mobile client in one mode."""
    with ExitStack() as stack:
        visitors: dict[str | None, Visitor] = {}
        for stop in stops:
            if stop.who not in visitors:
                visitor = visitors[stop.who] = stack.enter_context(visiting(demo, browser, PHONE))
                visitor.elder(elder)
                if stop.who:
                    visitor.sign_in(stop.who)
            page = visitors[stop.who].go(stop.path)
            stop.act(page)
            _keep(page, f"mobile-{stop.name}-{'elder' if elder else 'normal'}")


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
    stops = [stop for stop in MOBILE if not wanted or stop.name in wanted]
    with running_browser() as browser, full_demo() as demo:
        for elder in (False, True):
            phone_tour(demo, browser, stops, elder=elder)


if __name__ == "__main__":
    main()
