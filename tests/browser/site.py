"""A workspace served as its users get it: `keceng serve` in a process of its own, with its worker."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_PATIENCE_SECONDS = 180.0
_GRACE_SECONDS = 20.0
# Browser tests are about pages: the desk lies in the workspace, whatever database the suite runs on.
_NOT_THEIRS = frozenset({"DATABASE_URL", "DJANGO_SETTINGS_MODULE", "KECENG_WORKSPACE", "KECENG_SECRET_KEY"})


@dataclass(frozen=True, slots=True)
class Site:
    """A served workspace.

    Attributes:
        address: without a slash at its end.
        directory: the workspace.
    """

    address: str
    directory: Path


@contextmanager
def serve(directory: Path) -> Iterator[Site]:
    """Serve a workspace on a free port of this machine until the block ends.

    Raises:
        RuntimeError: the server does not answer; with what it said.
    """
    port = _free_port()
    command = [sys.executable, "-c", "from keceng.cli import main; main()", "serve"]
    said = directory / "serve.log"
    with said.open("wb") as log:
        process = subprocess.Popen(
            [*command, "--workspace", str(directory), "--port", str(port)],
            stdout=log,
            stderr=log,
            env=surroundings(),
        )
    site = Site(f"http://127.0.0.1:{port}", directory)
    try:
        _wait_until_it_answers(site, process, said)
        yield site
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def surroundings() -> dict[str, str]:
    """The environment of a process that serves or prepares a workspace of its own."""
    return {name: told for name, told in os.environ.items() if name not in _NOT_THEIRS}


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait_until_it_answers(site: Site, process: subprocess.Popen[bytes], said: Path) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{site.address}/static/keceng/mark.svg", timeout=5):  # noqa: S310
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"the server does not answer: {said.read_text(errors='replace')[-2000:]}")
