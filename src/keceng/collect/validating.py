"""A file of sales judged row by row without being taken in: what validation alone costs, and what it would reject."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from keceng.collect.files import read_source
from keceng.collect.options import CollectOptions
from keceng.collect.preparation import prepare_tables
from keceng.collect.rejects import note_rejects
from keceng.collect.sales import SalesOptions, judge_rows, open_for_sales
from keceng.lake import Lake, SpillPlace
from keceng.vocabulary import KecengError, Text


def validate_sales(
    lake: Lake, path: Path, options: CollectOptions, *, import_day: dt.date
) -> Mapping[str, int]:
    """How many rows of the file would be rejected, by code; nothing is written.

    Raises:
        KecengError: the file cannot be read or mapped, or is of something else.
    """
    with closing(SpillPlace(lake.root)) as place:
        tables = read_source(path, sheet=options.sheet, staging=place.path if place.is_ready else None)
        snapshot = lake.snapshot()
        prepared = prepare_tables(snapshot, tables, options)
        rejects: dict[str, int] = {}
        for batch in prepared.batches(prepared.settle(options), options):
            if batch.mapping.entity != "order_lines":
                raise KecengError.of(
                    "not_sales", "这不是销售明细", "this is no file of sales",
                    remedy=Text("给出订单文件", "name a file of orders"), place=batch.table.place,
                )  # fmt: skip
            with closing(open_for_sales(snapshot, batch)) as engine:
                judge_rows(engine, batch, SalesOptions(import_day))
                for code, count in note_rejects(engine, batch).codes.items():
                    rejects[code] = rejects.get(code, 0) + count
    return rejects
