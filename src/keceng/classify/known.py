"""Which measures a stored run knows of anybody at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq

from keceng.classify.stored import customer_files
from keceng.measure import catalogue


def list_known_measures(directory: Path) -> frozenset[str]:
    """The catalogue measures that are not unknown for everybody in the run; only the footers of its files are read."""
    footers = [pq.read_metadata(file) for file in customer_files(directory)]
    known = {name for footer in footers for name in _known_columns(footer)}
    return frozenset(known & set(catalogue()))


def _known_columns(metadata: pq.FileMetaData) -> Iterator[str]:
    for group in (metadata.row_group(i) for i in range(metadata.num_row_groups)):
        for column in (group.column(i) for i in range(group.num_columns)):
            statistics = column.statistics
            if statistics is None or not statistics.has_null_count or statistics.null_count < group.num_rows:
                yield column.path_in_schema
