"""One migrated desk and one book a session; every test gets copies of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command

import tests.django_ready  # noqa: F401  models are imported below
from keceng.desk.people.actions import create_first_administrator, create_user, grant_role
from keceng.desk.people.duties import Role
from keceng.desk.signature import Signature
from keceng.loop import open_workspace
from keceng.measure import catalogue
from keceng.settings import SETTINGS_FILE
from keceng.standard import load_standard
from tests.desk.cast import CAST, FEBRUARY, MARCH, NOW, PLAIN, Desk, write_book
from tests.desk_databases import DeskDatabase, new_desk


@pytest.fixture(scope="module")
def story(
    migrated: DeskDatabase, graded_book: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    """A desk after the run of March on which a module tells one story before its tests look at it."""
    directory = tmp_path_factory.mktemp("story")
    with migrated.copy_to(directory).in_use():
        yield _copy(graded_book, directory)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskDatabase]:
    """A desk with its people."""
    desk = new_desk(tmp_path_factory.mktemp("desk"))
    desk.use()
    call_command("migrate", verbosity=0, interactive=False)
    root = create_first_administrator("root", "a long enough password", at=NOW)
    for name, role in CAST.items():
        user = create_user(name, signed=Signature(root, NOW))
        grant_role(user, Role(role), signed=Signature(root, NOW))
    yield desk
    desk.drop()


@pytest.fixture(autouse=True)
def database(
    migrated: DeskDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[DeskDatabase]:
    """A fresh copy of the migrated desk; the processes that a test starts have it too."""
    with migrated.copy_to(tmp_path).in_use(monkeypatch) as desk:
        yield desk


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
