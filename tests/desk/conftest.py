"""One migrated desk and one book a session; every test gets copies of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

import tests.django_ready  # noqa: F401  models are imported below
from keceng.desk.people.actions import create_first_administrator, create_user, grant_role
from keceng.desk.people.duties import Role
from keceng.desk.signature import Signature
from keceng.loop import SETTINGS_FILE, open_workspace
from keceng.measure import catalogue
from keceng.standard import load_standard
from tests.desk.cast import CAST, FEBRUARY, MARCH, NOW, PLAIN, Desk, write_book


def _use(path: Path) -> None:
    connection.close()
    connection.settings_dict["NAME"] = str(path)


@pytest.fixture(scope="module")
def story(migrated: Path, graded_book: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk after the run of March on which a module tells one story before its tests look at it."""
    directory = tmp_path_factory.mktemp("story")
    shutil.copyfile(migrated, directory / "desk.sqlite3")
    _use(directory / "desk.sqlite3")
    yield _copy(graded_book, directory)
    connection.close()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk with its people."""
    path = tmp_path_factory.mktemp("desk") / "migrated.sqlite3"
    _use(path)
    call_command("migrate", verbosity=0, interactive=False)
    root = create_first_administrator("root", "a long enough password", at=NOW)
    for name, role in CAST.items():
        user = create_user(name, signed=Signature(root, NOW))
        grant_role(user, Role(role), signed=Signature(root, NOW))
    with connection.cursor() as cursor:
        cursor.execute("pragma wal_checkpoint(truncate)")
    connection.close()
    return path


@pytest.fixture(autouse=True)
def database(migrated: Path, tmp_path: Path) -> Iterator[Path]:
    """A fresh copy of the migrated desk."""
    path = tmp_path / "desk.sqlite3"
    shutil.copyfile(migrated, path)
    _use(path)
    yield path
    connection.close()


@pytest.fixture(scope="session")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a book and no run."""
    directory = tmp_path_factory.mktemp("book")
    write_book(directory / "lake")
    (directory / SETTINGS_FILE).write_text('currency = "¥"\n', encoding="utf-8")
    return directory


@pytest.fixture(scope="session")
def graded_book(book: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with two published runs, of February and of March: one customer rose and one fell."""
    directory = tmp_path_factory.mktemp("graded") / "workspace"
    shutil.copytree(book, directory)
    workspace, standard = open_workspace(directory), load_standard(PLAIN, catalogue())
    for day in (FEBRUARY, MARCH):
        workspace.classify(standard, day)
    return directory


@pytest.fixture
def desk(book: Path, tmp_path: Path) -> Desk:
    """A desk before the first run."""
    return _copy(book, tmp_path)


@pytest.fixture
def graded_desk(graded_book: Path, tmp_path: Path) -> Desk:
    """A desk after the run of March."""
    return _copy(graded_book, tmp_path)


def _copy(source: Path, tmp_path: Path) -> Desk:
    directory = tmp_path / "workspace"
    shutil.copytree(source, directory)
    return Desk(open_workspace(directory))
