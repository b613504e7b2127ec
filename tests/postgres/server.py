"""A real PostgreSQL for the tests: one server a session, made in a new directory, gone when its starter is.

`KECENG_TEST_DATABASE=postgresql` lets the whole suite of the desk and the workbench run on it; some tests start one by
themselves, to see both databases side by side.
"""

from __future__ import annotations

import atexit
import getpass
import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psycopg
from psycopg import sql

WANTED = "KECENG_TEST_DATABASE"
RUNNING = "KECENG_TEST_POSTGRES"
"""Holds the folder of the server's socket, for the processes that this one starts."""
_DEBIAN = Path("/usr/lib/postgresql")
_OPTIONS = {
    "listen_addresses": "",
    # What the tests prove about a crash, they prove about our processes and not about the machine's power.
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "200",
    "autovacuum": "off",
}
_PATIENCE = 60.0
_ROOM = 2_000_000_000


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A server that listens on a socket in a folder, and on nothing else."""

    folder: Path

    def url(self, name: str) -> str:
        """The `DATABASE_URL` of its database `name`."""
        return f"postgresql://{_owner()}@/{name}?host={self.folder}"

    def create(self, name: str, template: str = "template0") -> None:
        """Make a database as a copy of another, to which nobody may be connected."""
        self._say(
            sql.SQL("create database {} template {} strategy file_copy").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )

    def drop(self, name: str) -> None:
        """Remove a database, whoever is connected to it."""
        self._say(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))

    def _say(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)


def find_programs() -> Path | None:
    """Where `initdb` and `postgres` lie; None where PostgreSQL is not installed."""
    newest = sorted(_DEBIAN.glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if newest:
        return newest[-1].parent
    found = shutil.which("postgres")
    return Path(found).resolve().parent if found else None


def is_wanted() -> bool:
    """Whether the suite is to run on PostgreSQL."""
    return os.environ.get(WANTED) == "postgresql"


@cache
def shared_server() -> PostgresServer:
    """The server of this session: the one that a process above started, else a new one that ends with this process.

    Raises:
        RuntimeError: PostgreSQL is not installed, or did not start.
    """
    if RUNNING in os.environ:
        return PostgresServer(Path(os.environ[RUNNING]))
    programs = find_programs()
    if programs is None:
        raise RuntimeError("PostgreSQL is not installed; `make system` installs it")
    # A socket's path has to be short.
    folder = Path(tempfile.mkdtemp(prefix="kc-pg-", dir=_find_room()))
    _hand_over(folder)
    _run(programs / "initdb", "-D", folder / "data", "-U", _owner(), "-A", "trust", "-E", "UTF8", "-N")
    process = _start(programs, folder)
    atexit.register(_stop, process, folder, os.getpid())
    server = PostgresServer(folder)
    _wait(server, process)
    os.environ[RUNNING] = str(folder)
    return server


def _find_room() -> Path:
    # In memory, a database is copied four times as fast.
    memory, disk = Path("/dev/shm"), Path("/tmp")  # noqa: S108  the names in them are made by mkdtemp
    return memory if memory.is_dir() and shutil.disk_usage(memory).free > _ROOM else disk


def _owner() -> str:
    # PostgreSQL refuses to run as root; Debian's package brings a user for it.
    return "postgres" if os.getuid() == 0 else getpass.getuser()


def _as_owner() -> list[str]:
    # It ends with the process that started it, even with one that was killed.
    leash = ["setpriv", "--pdeathsig", "INT"]
    if os.getuid() != 0:
        return leash
    return [*leash, "--reuid", _owner(), "--regid", _owner(), "--clear-groups"]


def _hand_over(folder: Path) -> None:
    folder.chmod(0o755)
    if os.getuid() == 0:
        shutil.chown(folder, _owner(), _owner())


def _run(*command: object) -> None:
    words = [*_as_owner(), *map(str, command)]
    subprocess.run(words, check=True, capture_output=True, cwd="/", env=_surroundings())


def _start(programs: Path, folder: Path) -> subprocess.Popen[bytes]:
    options = [f"--{name}={setting}" for name, setting in _OPTIONS.items()]
    command = [*_as_owner(), str(programs / "postgres"), "-D", str(folder / "data"), "-k", str(folder)]
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            [*command, *options], stdout=log, stderr=log, cwd="/", env=_surroundings(), start_new_session=True
        )


def _surroundings() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"}


def _wait(server: PostgresServer, process: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + _PATIENCE
    while time.monotonic() < ends and process.poll() is None:
        with suppress(psycopg.OperationalError):
            psycopg.connect(server.url("postgres")).close()
            return
        time.sleep(0.05)
    raise RuntimeError((server.folder / "log").read_text(errors="replace"))


def _stop(process: subprocess.Popen[bytes], folder: Path, starter: int) -> None:
    if os.getpid() != starter:
        return
    process.send_signal(signal.SIGINT)
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    shutil.rmtree(folder, ignore_errors=True)
