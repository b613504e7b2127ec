"""Which measures a stored run knows of anybody at all."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from keceng.classify.stored import customer_files
from keceng.measure import catalogue


def list_known_measures(directory: Path) -> frozenset[str]:
    """The catalogue measures that are not unknown for everybody in the run; of each, rows are read until somebody's is known."""
    known: set[str] = set()
    for path in customer_files(directory):
        with pq.ParquetFile(path) as file:
            unknown = set(catalogue()).intersection(file.schema_arrow.names) - known
            for group in range(file.num_row_groups):
                rows = file.read_row_group(group, columns=sorted(unknown))
                found = {name for name in unknown if rows[name].null_count < rows.num_rows}
                known |= found
                unknown -= found
                if not unknown:
                    break
    return frozenset(known)
