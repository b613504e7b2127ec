from __future__ import annotations

import pytest

from keceng.demo import DemoFiles, write_company
from tests.demo.books import Books, read_books


@pytest.fixture(scope="session")
def demo_files(tmp_path_factory: pytest.TempPathFactory) -> DemoFiles:
    """The company as `keceng demo` makes it."""
    return write_company(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="session")
def books(demo_files: DemoFiles) -> Books:
    return read_books(demo_files)
