"""A twin of an engine with tables that have no rows: it knows the type that every query has in DuckDB, and computes nothing.

Steps are written in DuckDB's grammar and mean what DuckDB makes of them; another engine asks here which types that are.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from sqlglot import exp

from keceng.lake.schema import Table

Types = dict[str, str]
"""DuckDB's type by column, in order."""
_GIVEN = "given to the twin"


class Twin:
    """The declared and made tables by name, all empty."""

    def __init__(self) -> None:
        self._connection: Any = duckdb.connect(":memory:", config={"threads": 1})
        self._connection.execute("set TimeZone = 'UTC'")

    def declare(self, tables: Iterable[Table]) -> None:
        """Know the declared `tables`."""
        for table in tables:
            columns = ", ".join(f'cast(null as {c.storage.sql}) as "{c.name}"' for c in table.columns)
            self._make(table.name, f"select {columns} where false")

    def give(self, name: str, data: pa.Table) -> None:
        """Know an Arrow table under `name`; its rows are not kept."""
        self._connection.register(_GIVEN, data.slice(0, 0))
        self._make(name, f'select * from "{_GIVEN}"')
        self._connection.unregister(_GIVEN)

    def scan(self, name: str, path: Path) -> None:
        """Know the columns of a Parquet file under `name`."""
        listed = str(path).replace("'", "''")
        self._make(name, f"select * from read_parquet('{listed}') where false")

    def make(self, name: str, query: exp.Expr) -> None:
        """Know `query` under `name`."""
        self._make(name, query.sql(dialect="duckdb"))

    def types(self, query: str) -> Types:
        """The types of the columns of `query`, which is in DuckDB's grammar.

        Raises:
            duckdb.Error: it is no query over what is known.
        """
        described = self._connection.execute(f"describe {query}").fetchall()
        return {row[0]: "INTEGER" if row[1] == '"NULL"' else row[1] for row in described}

    def schema(self, query: str) -> pa.Schema:
        """The Arrow schema that DuckDB gives `query`."""
        return self._connection.sql(query).to_arrow_table().schema

    def table_types(self, name: str) -> Types:
        """The types of the columns of `name`."""
        return self.types(f'select * from "{name}"')

    def table_schema(self, name: str) -> pa.Schema:
        """The Arrow schema of `name`."""
        return self.schema(f'select * from "{name}"')

    def drop(self, name: str) -> None:
        """Forget `name`."""
        self._connection.execute(f'drop table if exists "{name}"')

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _make(self, name: str, query: str) -> None:
        self._connection.execute(f'create or replace temp table "{name}" as {query} limit 0')
