"""How a table is declared: columns, kinds of storage, the key, the grain, and which columns are personal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import pyarrow as pa

from keceng.vocabulary import Text


class Storage(Enum):
    """The few column types of the one profile; amounts are whole cents, quantities fixed-scale decimals."""

    INTEGER = "bigint"
    CENTS = "cents"
    TEXT = "varchar"
    DATE = "date"
    TIMESTAMP = "timestamp"
    FLAG = "boolean"
    QUANTITY = "quantity"

    @property
    def arrow(self) -> pa.DataType:
        """The Arrow type of the column."""
        return _ARROW[self.value]

    @property
    def sql(self) -> str:
        """The SQL type of the column."""
        return {
            Storage.CENTS: "bigint",
            Storage.QUANTITY: "decimal(18, 4)",
        }.get(self, self.value)


_ARROW = {
    Storage.INTEGER.value: pa.int64(),
    Storage.CENTS.value: pa.int64(),
    Storage.TEXT.value: pa.string(),
    Storage.DATE.value: pa.date32(),
    Storage.TIMESTAMP.value: pa.timestamp("us"),
    Storage.FLAG.value: pa.bool_(),
    Storage.QUANTITY.value: pa.decimal128(18, 4),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `personal` ones live only in tables that erasure rewrites."""

    name: str
    storage: Storage
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A declared table.

    Attributes:
        name: as in the lake.
        grain: what one row is.
        key: the columns that identify a row; merges match on them.
        columns: in order.
    """

    name: str
    grain: Text
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def arrow_schema(self) -> pa.Schema:
        """The Arrow schema that every file of this table has."""
        return pa.schema([pa.field(c.name, c.storage.arrow) for c in self.columns])

    @property
    def column_names(self) -> Sequence[str]:
        """Column names in order."""
        return [c.name for c in self.columns]

    @property
    def personal_columns(self) -> Sequence[str]:
        """The columns that hold personal information."""
        return [c.name for c in self.columns if c.personal]

    def conform(self, data: pa.Table) -> pa.Table:
        """`data` with exactly this table's columns and types; absent columns become null.

        Raises:
            ValueError: `data` has a column that the table does not declare.
        """
        unknown = set(data.column_names) - set(self.column_names)
        if unknown:
            raise ValueError(f"table {self.name} does not declare {sorted(unknown)}")
        arrays = [
            data[c.name].cast(c.storage.arrow)
            if c.name in data.column_names
            else pa.nulls(data.num_rows, c.storage.arrow)
            for c in self.columns
        ]
        return pa.Table.from_arrays(arrays, schema=self.arrow_schema)
