"""`make demo` as far as a machine can follow it: the company, its people, its workbench."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.browser.conftest import Visiting
from tests.browser.site import Site, serve, surroundings

pytestmark = pytest.mark.slow
KECENG = [sys.executable, "-c", "from keceng.cli import main; main()", "--lang", "en"]


def keceng(*arguments: str) -> str:
    done = subprocess.run(
        [*KECENG, *arguments], env=surroundings(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The demo company in small, and what was printed of its people; nobody is at a terminal."""
    directory = tmp_path_factory.mktemp("showroom") / "company"
    keceng("demo", "--out", str(directory), "--customers", "400")
    return directory, keceng("showroom", "--workspace", str(directory))


@pytest.fixture(scope="module")
def site(told: tuple[Path, str]) -> Iterator[Site]:
    """Served as `showroom` serves it on a terminal."""
    with serve(told[0]) as served:
        yield served


def test_without_a_terminal_it_names_one_person_of_each_role_and_ends(told: tuple[Path, str]) -> None:
    directory, printed = told
    assert len(re.findall(r"^  \w+ +\S+  ", printed, re.MULTILINE)) == 7
    assert re.search(r"^password .*: [a-z]+-[a-z]+-[a-z]+$", printed, re.MULTILINE)
    again = keceng("showroom", "--workspace", str(directory))
    assert "password" not in again
    assert str(directory) in again


@pytest.mark.parametrize(
    ("name", "path", "shown"),
    [
        ("zongjian", "/", "p.reconciled"),
        ("zongjian", "/reviews/", "main a[href^='/reviews/']"),
        ("zongjian", "/standards/", "main a[href^='/standards/']"),
        ("xiaoshou", "/day/", "main a[href^='/customers/']"),
    ],
)
def test_every_desk_has_something_true_on_it(
    name: str, path: str, shown: str, told: tuple[Path, str], visit: Visiting
) -> None:
    found = re.search(r"^password .*: (\S+)$", told[1], re.MULTILINE)
    assert found
    visitor = visit()
    visitor.go("/signin/")
    visitor.page.locator("#username").fill(name)
    visitor.page.locator("#password").fill(found[1])
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url(lambda url: not urlsplit(url).path.startswith("/signin"))
    visitor.go(path)
    visitor.page.locator(shown).first.wait_for()
