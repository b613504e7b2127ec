"""Without a mouse: every stop of the tab key can be seen, the first one skips the menu, Escape folds what was opened."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.company import OWNER_NAMES
from tests.browser.conftest import Visiting
from tests.browser.visit import Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]
MOST_STOPS = 45
# A stop is seen when focus draws something: an outline or shadow, or a border or ground that is not there without it.
STOP = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) { return null; }
  const box = e.getBoundingClientRect(), style = getComputedStyle(e);
  const label = e.type === "radio" || e.type === "checkbox" ? getComputedStyle(e.nextElementSibling || e) : style;
  const drawn = [style, label].some(s => (s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== "none");
  const inside = box.bottom > 0 && box.top < window.innerHeight && box.right > 0 && box.left < window.innerWidth;
  return {name: `${e.tagName} ${(e.innerText || e.name || e.getAttribute("aria-label") || "").slice(0, 30)}`, seen: drawn && inside && box.width > 0};
}"""
PATHS = (
    ("rui", "/day/"),
    ("an", "/customers/"),
    ("mei", "/standards/"),
    ("dong", "/"),
    ("dong", "/reviews/"),
    ("cai", "/imports/"),
    ("cai", "/runs/"),
    ("guan", "/settings/people/"),
)


@pytest.mark.parametrize(("person", "address"), PATHS)
def test_every_stop_of_the_tab_key_is_seen(person: str, address: str, visit: Visiting) -> None:
    page = visit(person).go(address)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("!!document.activeElement.closest('main')"), "the skip link leads past the menu"
    unseen, stops = [], 0
    while stops < MOST_STOPS and (stop := page.evaluate(STOP)):
        stops += 1
        if not stop["seen"]:
            unseen.append(stop["name"])
        page.keyboard.press("Tab")
    assert stops >= 1
    assert unseen == []


def test_the_menu_is_reached_and_followed_by_keys(visit: Visiting) -> None:
    page = visit("dong").go("/")
    press_until(page, ".screens a[href='/strategy/']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/strategy/")
    expect(page.locator(".screens [aria-current]")).to_have_attribute("href", "/strategy/")


def test_a_contact_is_logged_by_keys_alone_and_escape_folds_the_form(visit: Visiting) -> None:
    page = visit("rui").go("/day/")
    summary = page.locator(".day-item summary").first
    press_until(page, ".day-item summary")
    page.keyboard.press("Enter")
    form = page.locator(".day-item details[open] form.visit")
    expect(form).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(form).to_have_count(0)
    expect(summary).to_be_focused()
    page.keyboard.press("Enter")
    left = int(page.locator(".day-left b").inner_text())
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    press_until(page, ".day-item details[open] form.visit button")
    page.keyboard.press("Enter")
    expect(page.locator(".day-left b")).to_have_text(str(left - 1))


def test_a_customer_s_page_folds_and_unfolds_by_keys(visit: Visiting) -> None:
    reader = visit("an", "en")
    page = first_customer(reader)
    press_until(page, "#asked summary")
    page.keyboard.press("Space")
    expect(page.locator("#asked details[open]")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator("#asked details[open]")).to_have_count(0)


def first_customer(reader: Visit) -> Page:
    page = reader.go(f"/customers/?owner={OWNER_NAMES['an']}")
    address = page.locator("#rows td a").first.get_attribute("href")
    return reader.go(str(address))


def press_until(page: Page, selector: str) -> None:
    """Press the tab key until something is focused, as somebody without a mouse does."""
    for _ in range(3 * MOST_STOPS):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
    raise AssertionError(f"the tab key never came to {selector}")
