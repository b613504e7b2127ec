"""Where the real data of others stands; tests that need it skip with a clear message where it is absent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_REPOSITORY = Path(__file__).resolve().parent.parent
REAL_DATA = Path(os.environ.get("KECENG_REAL_DATA") or _REPOSITORY.parent / "shared" / "data")


def real_file(*parts: str) -> Path:
    """A file of the real data; skips the test when it is not there."""
    path = REAL_DATA.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"real data absent: {path} (set KECENG_REAL_DATA)")
    return path
