"""The cuts of a dimension that a draft changed, resolved from the ranks of the published run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sqlglot import exp

from keceng.lake import Engine, FileColumns, Step, UnitColumns, UnsupportedError
from keceng.standard import Dimension


def resolve_cuts(dimension: Dimension, step: Step, ranks: Path, engine: Engine) -> pa.Table:
    """The rows of `step`: by columns where all are compared with all, and in `engine` otherwise.

    Args:
        dimension: whose number, and those compared by it, are as in the run.
        step: the one with its cuts.
        ranks: the file that the run stored of its ranking.
        engine: in which the file is laid where it takes one.
    """
    if dimension.within is None and not dimension.frozen:
        try:
            return _by_columns(dimension, step, ranks)
        except UnsupportedError:
            pass  # a number beyond 64 bits
    engine.scan(f"ranks_{dimension.id}", ranks)
    return engine.fetch(step.query)


def _by_columns(dimension: Dimension, step: Step, ranks: Path) -> pa.Table:
    # The same places as the step counts; of one group each number stands in one row.
    placing = step.query.find(exp.Subquery)
    if placing is None:
        raise UnsupportedError(step.name)
    columns = UnitColumns(FileColumns(ranks), f"ranks_{dimension.id}", "number")
    columns.run([Step("placed", placing.this, step.title)])
    rows = columns.fetch("placed", ["place", "compared"])
    places: npt.NDArray[np.int64] = rows["place"].combine_chunks().to_numpy(zero_copy_only=False)
    names = [f"cut_{k}" for k in range(len(dimension.classes) - 1)]
    if not len(places):
        return pa.schema(
            [("peer_group", pa.string()), *((n, pa.int64()) for n in ("compared", *names))]
        ).empty_table()
    cuts = {name: pa.array([_least(columns.keys[places <= k])], pa.int64()) for k, name in enumerate(names)}
    return pa.table({"peer_group": ["all"], "compared": rows["compared"].slice(0, 1), **cuts})


def _least(numbers: npt.NDArray[np.int64]) -> int | None:
    return int(numbers.min()) if len(numbers) else None
