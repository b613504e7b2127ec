"""How results of a query are written: whole numbers by their differences, texts as codes, each where it is small and quick."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from keceng.lake.writing import NUMBERS_AS, number_columns

_ROW_GROUP = 65_536


def write_batches(schema: pa.Schema, batches: Iterable[pa.RecordBatch], path: Path) -> None:
    """Write rows as they come to one zstd Parquet file; a batch is a row group."""
    with pq.ParquetWriter(path, schema, **_options(schema)) as writer:
        for batch in batches:
            writer.write_batch(batch)


def _options(schema: pa.Schema) -> dict[str, Any]:
    # Bounds are kept of the first column alone, by which rows are found; those of the others cost more than they save.
    differences = number_columns(schema)
    return {
        "compression": {name: "none" if name in differences else "zstd" for name in schema.names},
        "use_dictionary": [name for name in schema.names if name not in differences],
        "column_encoding": dict.fromkeys(differences, NUMBERS_AS),
        "write_statistics": schema.names[:1],
        "write_batch_size": _ROW_GROUP,
    }
