"""What an engine puts away comes back as it was, from memory or from the file, within the disk that may be taken."""

from __future__ import annotations

import errno
from pathlib import Path

import numpy as np
import pytest

from keceng.lake import shelf
from keceng.lake.shelf import Shelf, ShelfFullError


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(shelf, "_HELD", 100)
    return tmp_path / "place" / "shelf"


def test_arrays_come_back_from_memory_and_from_the_file(file: Path) -> None:
    kept = Shelf(file)
    rng = np.random.default_rng(7)
    put = []
    for bounds in ((-128, 127), (-129, 5), (0, 2**15), (-(2**31), 2**31 - 1), (0, 2**31), (-(2**62), 2**62)):
        values = rng.integers(bounds[0], bounds[1], 9, endpoint=True)
        kind = np.int32 if bounds[0] >= -(2**31) and bounds[1] < 2**31 else np.int64
        put += [(values, kept.put(values, bounds), kind), (values > 0, kept.put(values > 0), np.bool_)]
    assert file.exists()
    assert kept.file_bytes == file.stat().st_size
    assert kept.file_bytes + 100 > 9 * (1 + 2 + 4 + 4 + 8 + 8 + 6) > kept.file_bytes
    for values, load, kind in reversed(put):
        assert load().dtype == kind
        assert load().tolist() == values.tolist()
    kept.close()


def test_what_is_forgotten_makes_room_within_the_bound(file: Path) -> None:
    kept = Shelf(file)
    kept.most = 1_000
    kept.put(np.zeros(100, dtype=np.bool_))  # in memory
    first = kept.put(np.arange(100))
    mark = kept.mark()
    kept.put(np.zeros(200, dtype=np.bool_))
    with pytest.raises(ShelfFullError) as told:
        kept.put(np.zeros(1, dtype=np.bool_))
    assert told.value.errno == errno.ENOSPC
    kept.forget(mark)
    again = kept.put(np.ones(200, dtype=np.bool_))
    assert first().tolist() == list(range(100))
    assert again().all()
    kept.close()


def test_without_a_file_everything_is_held() -> None:
    kept = Shelf()
    load = kept.put(np.arange(100_000), (0, 100_000))
    assert (load().sum(), kept.file_bytes) == (sum(range(100_000)), 0)
