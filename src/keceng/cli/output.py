"""What goes where: results to standard output, everything said on the way to standard error."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import click
from rich.console import Console

from keceng.vocabulary import Language, Text

QUIET_SECONDS = 2.0


def say(text: str) -> None:
    """One line to the person, on standard error."""
    click.echo(text, err=True)


def print_json(document: Mapping[str, object] | list[object]) -> None:
    """The JSON alone on standard output."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=2))


@contextmanager
def progress(language: Language) -> Iterator[Callable[[Text], None]]:
    """A watcher that shows what is being done: a spinner on a terminal, else a line once it takes over two seconds."""
    console = Console(stderr=True)
    if console.is_terminal:
        with console.status("") as status:
            yield lambda text: status.update(text.in_language(language))
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
