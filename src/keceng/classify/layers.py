"""In which files the rows of a run lie: its own, or those of the run that an increment stands on and what the increment replaced."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
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
        replaced: keys of the base's rows that count no more, in order.
        aging: how the base's other rows are carried forward; None for a full run.
    """

    base: Path
    overlay: Path | None
    replaced: pa.Array
    aging: Aging | None

    @property
    def files(self) -> tuple[Path, ...]:
        """All of them."""
        return (self.base,) if self.overlay is None else (self.base, self.overlay)

    def standing(self, keys: Collection[int]) -> set[int]:
        """Those of `keys` whose rows of the base count."""
        gone: npt.NDArray[np.int64] = self.replaced.to_numpy(zero_copy_only=False)
        wanted = np.array(sorted(keys), dtype=np.int64)
        at = np.searchsorted(gone, wanted)
        inside = at < len(gone)
        inside[inside] = gone[at[inside]] == wanted[inside]
        return set(wanted[~inside].tolist())


def layers_of(directory: Path) -> Layers:
    """The layers of the run in `directory`."""
    overlay = directory / OVERLAY_FILE
    if not overlay.exists():
        return Layers(directory / CUSTOMERS_FILE, None, pa.array([], pa.int64()), None)
    return _of_increment(directory, overlay.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _of_increment(directory: Path, _written: int) -> Layers:
    summary = read_summary(directory)
    base = directory.parent / str(summary.increment["base"])
    below = read_summary(base)
    rows = pq.read_table(directory / OVERLAY_FILE, columns=[_KEY, HISTORY])
    keys = [rows[_KEY].combine_chunks().to_numpy()]
    gone = directory / GONE_FILE
    if gone.exists():
        keys.append(pq.read_table(gone)[_KEY].combine_chunks().to_numpy())
    histories = [days for days in rows[HISTORY].unique().to_pylist() if days is not None]
    aging = Aging(
        as_of=summary.as_of,
        elapsed_days=(summary.as_of - below.as_of).days,
        history_days=max(histories, default=None),
        is_held=summary.stability != "off",
    )
    overlay = directory / OVERLAY_FILE
    return Layers(base / CUSTOMERS_FILE, overlay, pa.array(np.sort(np.concatenate(keys)), pa.int64()), aging)
