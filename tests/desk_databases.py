"""Where a test's desk keeps its rows: a file of SQLite, or a database on a real PostgreSQL; the tests are the same."""

from __future__ import annotations

import itertools
import os
import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.db import connection

import tests.django_ready  # noqa: F401  the connection below is Django's
from keceng.desk.database import read_database_url
from tests.postgres.server import PostgresServer, is_wanted, shared_server

_NUMBERS = itertools.count(1)


class DeskDatabase(ABC):
    """One desk's rows."""

    @property
    @abstractmethod
    def url(self) -> str:
        """Its `DATABASE_URL`."""

    @abstractmethod
    def copy_to(self, directory: Path) -> DeskDatabase:
        """A copy of its own for the desk in `directory`; nobody may be connected."""

    @abstractmethod
    def put_back(self, copy: DeskDatabase) -> None:
        """Make it what `copy` is, as an administrator restores a backup."""

    @abstractmethod
    def drop(self) -> None:
        """Forget it."""

    def use(self) -> None:
        """Let this process's connection be to it."""
        connection.close()
        # Other threads and later connections read the same settings.
        connection.settings_dict.update(read_database_url(self.url))

    @contextmanager
    def in_use(self, monkeypatch: pytest.MonkeyPatch | None = None) -> Iterator[DeskDatabase]:
        """Use it here, and with `monkeypatch` in the processes started from here too, and drop it in the end."""
        self.use()
        if monkeypatch is not None:
            monkeypatch.setenv("DATABASE_URL", self.url)
        try:
            yield self
        finally:
            connection.close()
            self.drop()


@dataclass(frozen=True, slots=True)
class SqliteDesk(DeskDatabase):
    """A file."""

    path: Path

    @property
    def url(self) -> str:
        return f"sqlite:///{self.path}"

    def copy_to(self, directory: Path) -> SqliteDesk:
        _write_out(self)
        return SqliteDesk(Path(shutil.copyfile(self.path, directory / "desk.sqlite3")))

    def put_back(self, copy: DeskDatabase) -> None:
        assert isinstance(copy, SqliteDesk)
        connection.close()
        for leftover in self.path.parent.glob(f"{self.path.name}-*"):
            leftover.unlink()
        shutil.copyfile(copy.path, self.path)

    def drop(self) -> None:
        """The folder of the test goes by itself."""


@dataclass(frozen=True, slots=True)
class PostgresDesk(DeskDatabase):
    """A database of the session's server."""

    server: PostgresServer
    name: str = field(default_factory=lambda: f"desk_{os.getpid()}_{next(_NUMBERS)}")

    @property
    def url(self) -> str:
        return self.server.url(self.name)

    def copy_to(self, directory: Path) -> PostgresDesk:  # noqa: ARG002  it lies with its server
        connection.close()
        copy = PostgresDesk(self.server)
        self.server.create(copy.name, self.name)
        return copy

    def put_back(self, copy: DeskDatabase) -> None:
        assert isinstance(copy, PostgresDesk)
        connection.close()
        self.drop()
        self.server.create(self.name, copy.name)

    def drop(self) -> None:
        self.server.drop(self.name)


def new_desk(directory: Path) -> DeskDatabase:
    """An empty one: in a file in `directory`, or on PostgreSQL where the suite runs there."""
    if not is_wanted():
        return SqliteDesk(directory / "desk.sqlite3")
    desk = PostgresDesk(shared_server())
    desk.server.create(desk.name)
    return desk


def _write_out(desk: SqliteDesk) -> None:
    # What is still in the log beside the file would not be in the copy.
    if connection.settings_dict["NAME"] == str(desk.path):
        with connection.cursor() as cursor:
            cursor.execute("pragma wal_checkpoint(truncate)")
        connection.close()
