"""Every page as a picture, in both languages, on a desk and on a phone; no page is without one, and none has a serious fault.

The pictures lie in `.artefacts/screens`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Browser, StorageState

from tests.browser.conftest import Visiting, visits_of
from tests.browser.judging import axe_faults, layout_faults
from tests.browser.screens import FILES, SCREENS, find_places
from tests.browser.site import Site
from tests.browser.visit import PHONE, WIDE
from tests.web.test_routes import EXPECTED

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PICTURES = Path(__file__).resolve().parents[2] / ".artefacts" / "screens"
SIZES = {"wide": WIDE, "phone": PHONE}
WAYS = tuple((language, size) for language in ("zh", "en") for size in SIZES)


@pytest.fixture(scope="module")
def places(browser: Browser, site: Site, sessions: dict[tuple[str, str], StorageState]) -> Mapping[str, str]:
    """The addresses with numbers in them; an import waits, and an export is done."""
    with visits_of(browser, site, sessions) as visit:
        found = find_places(visit("cai"))
        exporting = visit("dong").go("/customers/?grade=A")
        exporting.locator("form.export button").first.click()
        exporting.locator("main td a[href^='/exports/']").first.wait_for(timeout=300_000)
    return found


def test_no_page_is_without_its_picture() -> None:
    pages = {name for name, expected in EXPECTED.items() if "get" in expected.roles}
    assert pages == set(SCREENS) | FILES


@pytest.mark.parametrize(("language", "size"), WAYS)
@pytest.mark.parametrize("name", SCREENS)
def test_a_page_can_be_read_and_used_by_everybody(
    name: str, language: str, size: str, visit: Visiting, places: Mapping[str, str]
) -> None:
    screen = SCREENS[name]
    seen = visit(screen.people[0], language, size=SIZES[size])
    page = seen.go(screen.address.format(**places))
    seen.settle()
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}-{language}-{size}.png", full_page=True)
    assert layout_faults(page) + axe_faults(page) == []


@pytest.mark.parametrize(
    ("name", "person"), [(name, who) for name, screen in SCREENS.items() for who in screen.people[1:]]
)
def test_a_page_is_as_good_for_every_other_role(
    name: str, person: str, visit: Visiting, places: Mapping[str, str]
) -> None:
    # Each role meets the page in one of the four ways, so that all four are met on every page.
    language, size = WAYS[(SCREENS[name].people.index(person) + list(SCREENS).index(name)) % len(WAYS)]
    seen = visit(person, language, size=SIZES[size])
    page = seen.go(SCREENS[name].address.format(**places))
    seen.settle()
    assert layout_faults(page) + axe_faults(page) == []
