"""Every page of the mobile client can be read and pressed by everybody; in elder mode by the eldest."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Citizens
from tests.browser.tour import MOBILE
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.timeout(600)

TOO_SMALL = """([text, target]) => {
  const seen = (element) => element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true })
  const name = (element) =>
    `${element.tagName} ${element.className} ${element.textContent.trim().slice(0, 30)}`
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  const found = []
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement
    const spoken = element.closest('.hidden-text, style, script')
    if (!walker.currentNode.data.trim() || !seen(element) || spoken) continue
    const size = parseFloat(getComputedStyle(element).fontSize)
    if (size < text[0] || size > text[1]) found.push(`${size}px: ${name(element)}`)
  }
  const typed = 'input:not([type=checkbox], [type=radio], [type=range])'
  const pressed = `button, [role=switch], ${typed}, select, nav a, a.button`
  for (const element of document.querySelectorAll(pressed)) {
    const { height } = element.getBoundingClientRect()
    if (seen(element) && height < target) found.push(`${height}px high: ${name(element)}`)
  }
  return found
}"""


def wider_than_the_screen(page: Page) -> bool:
    found: bool = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    return found


@pytest.mark.parametrize("elder", [False, True], ids=["normal", "elder"])
def test_every_page_can_be_read_and_pressed(citizen: Citizens, elder: bool) -> None:
    visitors: dict[str | None, Visitor] = {}
    troubles: dict[str, list[str]] = {}
    for stop in MOBILE:
        if stop.who not in visitors:
            visitors[stop.who] = citizen(stop.who, elder=elder)
        page = visitors[stop.who].go(stop.path)
        stop.act(page)
        troubles[stop.name] = visitors[stop.who].axe()
        troubles[stop.name] += ["wider than the screen"] if wider_than_the_screen(page) else []
        troubles[stop.name] += page.evaluate(TOO_SMALL, [[18, 30], 60] if elder else [[12, 40], 44])
    assert {name: found for name, found in troubles.items() if found} == {}


def test_elder_mode_is_one_switch_and_is_remembered(citizen: Citizens) -> None:
    visitor = citizen("15408980002")
    page = visitor.go("/m/")
    switch = page.get_by_role("switch", name="关怀模式")
    switch.click()
    assert switch.get_attribute("aria-checked") == "true"
    visitor.go("/m/account")
    size: str = page.evaluate("getComputedStyle(document.body).fontSize")
    assert float(size.removesuffix("px")) >= 18
