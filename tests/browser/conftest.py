"""One company, served for everybody; a browser; a visit that fails its test for anything that went wrong in it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, StorageState, expect, sync_playwright

from tests.browser.site import Site, serve, surroundings
from tests.browser.visit import LOCALES, PHONE, WIDE, Visit

_ROOT = Path(__file__).resolve().parents[2]
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
Visiting = Callable[..., Visit]
PATIENCE_MS = 60_000
"""A busy machine is slow, and that is no fault of a page."""
expect.set_options(timeout=PATIENCE_MS / 2)


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace that every site of this session is a copy of."""
    directory = tmp_path_factory.mktemp("company") / "workspace"
    subprocess.run(
        [sys.executable, "-m", "tests.browser.company", str(directory)],
        cwd=_ROOT,
        env=surroundings(),
        check=True,
    )
    return directory


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a window; ended with each module, for its event loop would stand in the way of Django's tests."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("Chromium is not installed (make system)")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=list(_FLAGS))
        yield started
        started.close()


@pytest.fixture(scope="module")
def site(company: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The company, served for the tests of one module."""
    directory = tmp_path_factory.mktemp("site") / "workspace"
    shutil.copytree(company, directory)
    with serve(directory) as served:
        yield served


@pytest.fixture(scope="module")
def sessions() -> dict[tuple[str, str], StorageState]:
    """Who is signed in already, by site and name: signing in is done once."""
    return {}


@contextmanager
def visits_of(
    browser: Browser, site: Site, sessions: dict[tuple[str, str], StorageState]
) -> Iterator[Visiting]:
    """Browsers of people on a site until the block ends; nothing may have gone wrong in any of them."""
    visits: list[Visit] = []
    with ExitStack() as closing:

        def made(name: str = "", language: str = "zh", *, size: tuple[int, int] = WIDE) -> Visit:
            known = sessions.get((site.address, name))
            width, height = size
            context = browser.new_context(
                locale=LOCALES[language],
                viewport={"width": width, "height": height},
                has_touch=size == PHONE,
                reduced_motion="reduce",
                storage_state=known,
            )
            closing.callback(context.close)
            context.set_default_timeout(PATIENCE_MS)
            found = Visit(site, context.new_page(), language)
            found.watch(context)
            visits.append(found)
            if name and known is None:
                found.sign_in(name)
                sessions[site.address, name] = context.storage_state()
            return found

        yield made
    assert [fault for found in visits for fault in found.faults] == []


@pytest.fixture
def visit(browser: Browser, site: Site, sessions: dict[tuple[str, str], StorageState]) -> Iterator[Visiting]:
    """`visit("rui", "zh", size=PHONE)`: a browser of somebody (or of nobody) who reads a language."""
    with visits_of(browser, site, sessions) as made:
        yield made
