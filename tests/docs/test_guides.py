"""Every console block and every fenced Python block of the guides and the README runs and says what it shows."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.shell import run_shell

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "README.zh-CN.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(?P<kind>console|python)\n(?P<body>.*?)^```", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"^```csv (?P<name>\S+)\n(?P<body>.*?)^```", re.MULTILINE | re.DOTALL)


def commands(body: str) -> Iterator[tuple[str, str]]:
    """Each `$ command` with the lines below it."""
    for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        yield command, shown.strip()


def matches(shown: str, printed: str) -> bool:
    """Whether what the page shows is what was printed; `…` stands for anything."""
    pattern = ".*?".join(re.escape(piece) for piece in shown.split("…"))
    return re.fullmatch(pattern, printed.strip(), re.DOTALL) is not None


@pytest.mark.parametrize(
    "page", [p for p in PAGES if FENCE.search(p.read_text(encoding="utf-8"))], ids=lambda p: p.name
)
def test_a_page_does_what_it_shows(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = page.read_text(encoding="utf-8")
    for block in FILE.finditer(text):
        (tmp_path / block["name"]).write_text(block["body"], encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KECENG_LANG", "zh" if "zh" in page.name or "中文" in text[:200] else "en")
    monkeypatch.setenv("COLUMNS", "100")
    for block in FENCE.finditer(text):
        if block["kind"] == "python":
            subprocess.run([sys.executable, "-c", block["body"]], check=True, timeout=300)
            continue
        for command, shown in commands(block["body"]):
            if command.startswith(("make", "git")):
                continue
            name, *arguments = shlex.split(command)
            assert name == "keceng"
            done = run_shell(*arguments)
            assert done.returncode == 0, f"{command}\n{done.stderr}"
            assert not shown or matches(shown, done.stdout), (
                f"{command}\nshown:\n{shown}\nprinted:\n{done.stdout}"
            )
