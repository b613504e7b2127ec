"""Which measures a stored run knows of anybody at all."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from keceng.classify.tables import CUSTOMERS_FILE
from keceng.measure import catalogue


def list_known_measures(directory: Path) -> frozenset[str]:
    """The catalogue measures that are not unknown for everybody in the run; only the file's footer is read."""
    metadata = pq.read_metadata(directory / CUSTOMERS_FILE)
    known: set[str] = set()
    for group in (metadata.row_group(i) for i in range(metadata.num_row_groups)):
        for column in (group.column(i) for i in range(group.num_columns)):
            statistics = column.statistics
            if statistics is None or not statistics.has_null_count or statistics.null_count < group.num_rows:
                known.add(column.path_in_schema)
    return frozenset(known & set(catalogue()))
