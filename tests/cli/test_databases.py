"""What the shell says of a database as source, before any is asked; and the bar that tells how far an import is."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from keceng.cli import output
from keceng.vocabulary import Text
from tests.shell import run_shell

URL = "postgresql://reader:hidden-word@127.0.0.1:1/shop"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name either files"),
        (["orders.csv", "--table", "orders"], "name either files"),
        (["--from-database", URL], "exactly one of"),
        (["--from-database", URL, "--table", "orders", "--query", "select 1"], "exactly one of"),
        (["--from-database", URL, "--table", "orders"], "cannot be reached"),
        (["--from-database", "mysql://reader@host/shop", "--table", "orders"], "only PostgreSQL"),
    ],
)
def test_a_source_that_cannot_be_is_told_with_a_remedy(
    tmp_path: Path, arguments: list[str], said: str
) -> None:
    assert run_shell("init", str(tmp_path / "shop")).returncode == 0
    done = run_shell("collect", *arguments, "--workspace", str(tmp_path / "shop"), "--yes")
    assert done.returncode == 2
    assert said in done.stderr
    assert "hidden-word" not in done.stdout + done.stderr


def test_the_bar_of_a_terminal_follows_what_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = io.StringIO()
    terminal = Console(file=shown, force_terminal=True, width=100)
    monkeypatch.setattr(output, "Console", lambda **_: terminal)
    with output.progress("en") as watch:
        watch(Text("读取 a.csv 40%", "reading a.csv 40%"))
        watch(Text("汇总购买日", "summing purchase days"))
    assert "summing purchase days" in shown.getvalue()
