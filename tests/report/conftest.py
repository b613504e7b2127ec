"""The two books every report test reads, classified once."""

from __future__ import annotations

from pathlib import Path

import pytest

from keceng.report import write_report
from tests.report.books import Book, write_book


@pytest.fixture(scope="session")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return write_book(tmp_path_factory.mktemp("report") / "lake")


@pytest.fixture(scope="session")
def bare_book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return write_book(tmp_path_factory.mktemp("bare") / "lake", is_bare=True)


@pytest.fixture(scope="session")
def pages(book: Book, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with `zh.html` and `en.html` of the hostile book."""
    directory = tmp_path_factory.mktemp("pages")
    write_report(book.run_directory, book.snapshot, directory / "zh.html", language="zh")
    write_report(book.run_directory, book.snapshot, directory / "en.html", language="en")
    return directory
