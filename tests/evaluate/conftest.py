"""The runs that several tests compare, made once."""

from __future__ import annotations

import pytest

from keceng.lake import Lake
from tests.evaluate.run_books import write_series


@pytest.fixture(scope="session")
def series(tmp_path_factory: pytest.TempPathFactory) -> tuple[Lake, list[str]]:
    """Three published runs of `retail` over a simulated company."""
    return write_series(tmp_path_factory.mktemp("series") / "lake", 250, (330, 390, 450))
