"""A whole demo and a Chromium, once for all browser tests; each visitor has a profile of their own.

Both end with this folder: while Playwright is there, no other test of the process can run an event loop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import NoChromium, running_browser
from tests.browser.visitor import DESK, IN_WECHAT, PHONE, Visitor, visiting
from tests.load.demo import Demo, full_demo

Citizens = Callable[..., Visitor]
Staff = Callable[..., Visitor]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium, or a skip that says how to get one."""
    try:
        with running_browser() as running:
            yield running
    except NoChromium as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="package")
def demo(browser: Browser) -> Iterator[Demo]:
    """The demo with its province, as `make run` starts it; DEMO_PORT names one that runs already."""
    with full_demo() as running:
        yield running


@pytest.fixture
def citizen(demo: Demo, browser: Browser) -> Iterator[Citizens]:
    """Opens phones: `citizen("15408980001")` signed in, `citizen()` not; `elder=True` in elder mode,
    `in_wechat=True` in WeChat's own browser.

    None of them may have seen an error in the console or a request to another host.
    """
    with ExitStack() as stack:
        visitors: list[Visitor] = []

        def open_phone(phone: str | None = None, *, elder: bool = False, in_wechat: bool = False) -> Visitor:
            kind = IN_WECHAT if in_wechat else PHONE
            visitor = stack.enter_context(visiting(demo, browser, kind))
            visitors.append(visitor)
            if elder:
                visitor.elder(True)
            if phone:
                visitor.sign_in(phone)
            return visitor

        yield open_phone
        assert [trouble for visitor in visitors for trouble in visitor.troubles] == []


@pytest.fixture(scope="package")
def staff_cookies(demo: Demo, browser: Browser) -> Callable[[str], Any]:
    """The cookies of a member of staff who signed in once; a dynamic code is good only once."""
    kept: dict[str, Any] = {}

    def cookies(username: str) -> Any:
        if username not in kept:
            with visiting(demo, browser, DESK) as visitor:
                visitor.sign_in_staff(username)
                kept[username] = visitor.context.storage_state()
        return kept[username]

    return cookies


@pytest.fixture
def staff(demo: Demo, browser: Browser, staff_cookies: Callable[[str], Any]) -> Iterator[Staff]:
    """Opens desks: `staff("clerk.province")` signed in, `staff()` not; held to the same as phones."""
    with ExitStack() as stack:
        visitors: list[Visitor] = []

        def open_desk(username: str | None = None) -> Visitor:
            cookies = staff_cookies(username) if username else None
            visitors.append(stack.enter_context(visiting(demo, browser, DESK, cookies)))
            return visitors[-1]

        yield open_desk
        assert [trouble for visitor in visitors for trouble in visitor.troubles] == []
