"""Each client opens, on a phone and on a desk, and nothing else is served in their place."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Citizens, Staff

pytestmark = pytest.mark.timeout(300)


def test_the_front_door_leads_to_the_mobile_page(citizen: Citizens) -> None:
    visitor = citizen()
    assert visitor.go("/").url.startswith(visitor.demo.url + "/m/")
    assert visitor.axe() == []


def test_the_console_opens(staff: Staff) -> None:
    visitor = staff()
    visitor.go("/console/")
    assert visitor.page.title()
    assert visitor.axe() == []
