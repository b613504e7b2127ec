"""What goes where: results to standard output, everything said on the way to standard error."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from keceng.vocabulary import Language, Text

QUIET_SECONDS = 2.0
_PERCENT = re.compile(r"(\d+)%$")


def say(text: str) -> None:
    """One line to the person, on standard error."""
    click.echo(text, err=True)


def print_json(document: Mapping[str, object] | list[object]) -> None:
    """The JSON alone on standard output."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=2))


def _bar(console: Console) -> Progress:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True)


def _show(bar: Progress, task: TaskID, told: str) -> None:
    """What is told ends in a percentage where its share is known; else the bar only moves."""
    found = _PERCENT.search(told)
    bar.update(task, description=told, total=100 if found else None, completed=int(found[1]) if found else 0)


@contextmanager
def progress(language: Language) -> Iterator[Callable[[Text], None]]:
    """A watcher that shows what is being done: a bar on a terminal, else a line once it takes over two seconds."""
    console = Console(stderr=True)
    if console.is_terminal:
        with _bar(console) as bar:
            task = bar.add_task("", total=None)
            yield lambda text: _show(bar, task, text.in_language(language))
        return
    started = time.monotonic()
    said_at = started

    def watch(text: Text) -> None:
        nonlocal said_at
        now = time.monotonic()
        if now - started > QUIET_SECONDS and now - said_at > QUIET_SECONDS:
            said_at = now
            say(f"… {text.in_language(language)} ({now - started:.0f} s)")

    yield watch
    sys.stderr.flush()
