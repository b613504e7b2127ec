"""Offices whose workers are killed: one on SQLite, one on PostgreSQL, each with a copy of its own for every test."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from keceng.collect import CollectOptions
from keceng.loop import create_workspace, open_workspace
from tests.conftest import REQUIRE_ALL
from tests.desk_databases import DeskDatabase, PostgresDesk, SqliteDesk
from tests.kill.test_kill import orders
from tests.kill.working import Office
from tests.postgres.server import find_programs, shared_server

IMPORTS = 20
ORDERS_EACH = 400
Opened = Callable[[str], Office]


def new_database(kind: str, directory: Path) -> DeskDatabase:
    """An empty database; the test is skipped where PostgreSQL is not installed."""
    if kind == "sqlite":
        return SqliteDesk(directory / "desk.sqlite3")
    if find_programs() is None and not os.environ.get(REQUIRE_ALL):
        pytest.skip("PostgreSQL is not installed")
    desk = PostgresDesk(shared_server())
    desk.server.create(desk.name)
    return desk


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Opened:
    """An office with orders and a run, and files that are not taken in yet; made when it is first asked for."""
    made: dict[str, Office] = {}

    def office(kind: str) -> Office:
        if kind not in made:
            directory = tmp_path_factory.mktemp("prepared") / "workspace"
            create_workspace(directory)
            first = orders(directory / "first.csv", 1, range(1, 7))
            open_workspace(directory).collect([first], CollectOptions(assume_defaults=True))
            for number in range(1, IMPORTS + 1):
                (directory / "uploads" / str(number)).mkdir(parents=True)
                orders(directory / "uploads" / str(number) / "orders.csv", 2 + number, range(1, 7))
            office = Office(directory, new_database(kind, directory))
            jobs = office.ask("classify:0")
            with office.worker():
                office.until(lambda seen: seen[jobs[0]].state == "running", jobs)
                began = time.monotonic()
                office.until(lambda seen: seen[jobs[0]].state == "done", jobs)
            made[kind] = replace(office, pace=time.monotonic() - began)
        return made[kind]

    return office


@pytest.fixture
def opened(prepared: Opened, tmp_path: Path) -> Opened:
    """A copy of the prepared office for one test."""

    def copy(kind: str) -> Office:
        whole = prepared(kind)
        directory = tmp_path / "workspace"
        shutil.copytree(
            whole.directory, directory, ignore=shutil.ignore_patterns("desk.sqlite3*", ".workers")
        )
        return replace(whole, directory=directory, database=whole.database.copy_to(directory))

    return copy
