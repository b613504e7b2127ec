"""In which files the rows of a run lie: its own, or those of the run that an increment stands on and what the increment replaced."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from keceng.classify.aging import HISTORY, Aging
from keceng.classify.summary import read_summary
from keceng.classify.tables import CUSTOMERS_FILE, GONE_FILE, OVERLAY_FILE

_KEY = "customer_key"


@dataclass(frozen=True, slots=True)
class Layers:
    """The files of one run.

    Attributes:
        base: the rows of a full run.
        overlay: the rows of an increment, which stand for those of the base with the same key; None for a full run.
        replaced: keys of the base's rows that count no more.
        replaced_keys: the same.
        aging: how the base's other rows are carried forward; None for a full run.
    """

    base: Path
    overlay: Path | None
    replaced: pa.Array
    replaced_keys: frozenset[int]
    aging: Aging | None

    @property
    def files(self) -> tuple[Path, ...]:
        """All of them."""
        return (self.base,) if self.overlay is None else (self.base, self.overlay)


def layers_of(directory: Path) -> Layers:
    """The layers of the run in `directory`."""
    overlay = directory / OVERLAY_FILE
    if not overlay.exists():
        return Layers(directory / CUSTOMERS_FILE, None, pa.array([], pa.int64()), frozenset(), None)
    return _of_increment(directory, overlay.stat().st_mtime_ns)


@lru_cache(maxsize=16)
def _of_increment(directory: Path, _written: int) -> Layers:
    summary = read_summary(directory)
    base = directory.parent / str(summary.increment["base"])
    below = read_summary(base)
    rows = pq.read_table(directory / OVERLAY_FILE, columns=[_KEY, HISTORY])
    keys = rows[_KEY].to_pylist()
    gone = directory / GONE_FILE
    if gone.exists():
        keys += pq.read_table(gone)[_KEY].to_pylist()
    histories = [days for days in rows[HISTORY].unique().to_pylist() if days is not None]
    aging = Aging(
        as_of=summary.as_of,
        elapsed_days=(summary.as_of - below.as_of).days,
        history_days=max(histories, default=None),
        is_held=summary.stability != "off",
    )
    overlay = directory / OVERLAY_FILE
    return Layers(base / CUSTOMERS_FILE, overlay, pa.array(keys, pa.int64()), frozenset(keys), aging)
