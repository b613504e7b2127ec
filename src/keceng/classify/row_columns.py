"""Columns worked out in SQL for rows that are at hand, in their order: few rows in an engine that stays open, many in their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Lock

import numpy as np
import pyarrow as pa
from sqlglot import exp

from keceng.lake import Engine, column, open_engine

Columns = Callable[[], Mapping[str, exp.Expr]]
_ROWS, _PLACE = "rows_at_hand", "row__place"
_FEW = 1_000
_MOST_VIEWS = 400


def with_columns(rows: pa.Table, asked: object, columns: Columns) -> pa.Table:
    """`rows` with each of `columns` in the place of its namesake, or after the others.

    Args:
        rows: as they lie.
        asked: what tells this question from every other of the process.
        columns: makes the trees over the columns of `rows`; few rows asked about the same way again do without.
    """
    placed = rows.append_column(_PLACE, pa.array(np.arange(rows.num_rows, dtype=np.int64)))
    if rows.num_rows <= _FEW:
        found = _KEPT.work_out(placed, asked, columns)
    else:
        engine = open_engine()
        try:
            engine.give(_ROWS, placed)
            found = engine.fetch(_query(columns()).order_by(column(_PLACE)))
        finally:
            engine.close()
    for name in found.column_names[1:]:
        if name in rows.column_names:
            rows = rows.set_column(rows.column_names.index(name), name, found[name])
        else:
            rows = rows.append_column(name, found[name])
    return rows


def _query(columns: Mapping[str, exp.Expr]) -> exp.Select:
    named = [exp.alias_(node.copy(), name, quoted=True) for name, node in columns.items()]
    return exp.select(_PLACE, *named).from_(_ROWS)


class _KeptEngine:
    """An engine that stays open for few rows at a time, and remembers what it was asked: a page waits for it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._engine: Engine | None = None
        self._views: dict[object, str] = {}

    def work_out(self, rows: pa.Table, asked: object, columns: Columns) -> pa.Table:
        """The place of each row and the columns, by one thread at a time."""
        question = (asked, rows.schema)
        with self._lock:
            if self._engine is None or len(self._views) >= _MOST_VIEWS:
                if self._engine is not None:
                    self._engine.close()
                self._engine, self._views = open_engine(), {}
            self._engine.give(_ROWS, rows)
            if question not in self._views:
                view = f"worked_out_{len(self._views)}"
                self._engine.view(view, _query(columns()))
                self._views[question] = view
            found = self._engine.fetch(exp.select("*").from_(self._views[question]))
        return found.sort_by(_PLACE)


_KEPT = _KeptEngine()
