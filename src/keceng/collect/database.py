"""A table or query of a database as source: its rows, as text, staged on disk piece by piece.

PostgreSQL is read through a cursor on the server, in one read-only transaction. The address is used and never told: no message,
file name or stored setting holds it.
"""

from __future__ import annotations

import hashlib
import importlib
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.compute as pc

from keceng.collect.cells import clean_text
from keceng.collect.headers import make_unique
from keceng.collect.source import ROW_NO, SourceTable
from keceng.collect.staged import RowsWriter, first_rows
from keceng.collect.watching import Watch
from keceng.vocabulary import KecengError, Place, Text

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.sql import Composed

_SCHEMES = frozenset({"postgres", "postgresql"})
_PATIENCE_SECONDS = 10
_ROWS_AT_ONCE = 50_000
Row = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class DatabaseSource:
    """What is read of a database.

    Attributes:
        url: `postgresql://user@host:port/database`; the password may come from `PGPASSWORD` instead.
        table: `orders` or `shop.orders`; None where a query is given.
        query: one select; None where a table is given.
        cursor: the column that grows whenever a row is new or changed; None reads all rows each time.
    """

    url: str
    table: str | None = None
    query: str | None = None
    cursor: str | None = None

    def __repr__(self) -> str:
        """Without the address."""
        return f"DatabaseSource({self.table or 'query'!r})"

    @property
    def name(self) -> str:
        """What is read, as a user sees it and as its cursor is remembered."""
        return self.table or f"query-{hashlib.sha256((self.query or '').encode()).hexdigest()[:8]}"


@dataclass(frozen=True, slots=True)
class RowsRead:
    """The rows of a source, and how far its cursor came; no table where there was no row."""

    table: SourceTable | None
    cursor: str | None


def read_database(source: DatabaseSource, staging: Path, *, since: str | None, watch: Watch) -> RowsRead:
    """The rows from `since` on (that one too), or all of them.

    Raises:
        KecengError: the database is of another kind, cannot be reached or refuses; there is no such table or cursor column.
    """
    with _connected(source) as connection, _told_errors(source):
        headers = _list_headers(connection, source)
        if source.cursor is not None and source.cursor not in headers:
            raise _no_cursor_column(source, headers)
        return _stage(connection, source, headers, staging / f"{secrets.token_hex(8)}.parquet", since, watch)


def _stage(
    connection: Connection[Row],
    source: DatabaseSource,
    headers: Sequence[str],
    path: Path,
    since: str | None,
    watch: Watch,
) -> RowsRead:
    names = make_unique(headers)
    writer, digest, last, count = RowsWriter(path), hashlib.sha256(), since, 0
    for rows in _read_pieces(connection, source, headers, since):
        digest.update(repr(rows).encode())
        if source.cursor is not None:
            last = rows[-1][headers.index(source.cursor)] or last
        writer.write(_piece(rows, names, count))
        count += len(rows)
        watch(Text(f"读取 {source.name}: {count:,} 行", f"reading {source.name}: {count:,} rows"))
    staged = writer.finish(())
    if staged is None:
        return RowsRead(None, last)
    data = first_rows(staged).select([*names, ROW_NO])
    return RowsRead(SourceTable(source.name, None, names, data, digest.hexdigest(), staged=staged), last)


def _piece(rows: Sequence[Row], names: Sequence[str], before: int) -> pa.Table:
    cells = {
        name: clean_text(pa.chunked_array([pa.array([row[place] for row in rows], pa.string())]))
        for place, name in enumerate(names)
    }
    numbers = pa.array(range(before + 1, before + 1 + len(rows)), pa.int64())
    data = pa.table(cells | {ROW_NO: numbers})
    is_filled = pa.array([any(cell for cell in row) for row in rows], pa.bool_())
    return data if pc.all(is_filled).as_py() else data.filter(is_filled)


def _read_pieces(
    connection: Connection[Row], source: DatabaseSource, headers: Sequence[str], since: str | None
) -> Iterator[list[Row]]:
    """Every cell as the server writes it, in the order of the cursor where there is one."""
    sql = importlib.import_module("psycopg.sql")
    columns = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(h)) for h in headers)
    statement = sql.SQL("select {} from {}").format(columns, _rows_of(source))
    given: tuple[str, ...] = ()
    if source.cursor is not None:
        cursor = sql.Identifier(source.cursor)
        if since is not None:
            statement, given = statement + sql.SQL(" where {} >= %s").format(cursor), (since,)
        statement += sql.SQL(" order by {} nulls first").format(sql.SQL("keceng_rows.") + cursor)
    with connection.cursor(name="keceng") as found:
        found.execute(statement, given or None)
        while rows := found.fetchmany(_ROWS_AT_ONCE):
            yield rows


def _list_headers(connection: Connection[Row], source: DatabaseSource) -> list[str]:
    sql = importlib.import_module("psycopg.sql")
    with connection.cursor() as found:
        found.execute(sql.SQL("select * from {} limit 0").format(_rows_of(source)))
        return [column.name for column in found.description or ()]


def _rows_of(source: DatabaseSource) -> Composed:
    sql = importlib.import_module("psycopg.sql")
    query = (source.query or "").strip().rstrip(";")
    rows = sql.SQL(query) if source.table is None else sql.Identifier(*source.table.split("."))
    form = "({}) as keceng_rows" if source.table is None else "{} as keceng_rows"
    told: Composed = sql.SQL(form).format(rows)
    return told


@contextmanager
def _connected(source: DatabaseSource) -> Iterator[Connection[Row]]:
    if urlsplit(source.url).scheme not in _SCHEMES:
        raise KecengError.of(
            "unsupported_database", "只能读 PostgreSQL 数据库", "only PostgreSQL databases are read",
            remedy=Text("地址写成 postgresql://用户@主机:端口/库名", "write postgresql://user@host:port/database"),
        )  # fmt: skip
    try:
        psycopg = importlib.import_module("psycopg")
    except ImportError:
        raise KecengError.of(
            "no_database_driver", "没有安装 PostgreSQL 驱动", "the driver for PostgreSQL is not installed",
            remedy=Text("安装 keceng[desk]", "install keceng[desk]"),
        ) from None  # fmt: skip
    try:
        connection = psycopg.connect(source.url, connect_timeout=_PATIENCE_SECONDS)
    except psycopg.Error as error:
        raise _unreachable(source, error) from None
    with connection:
        connection.read_only = True
        connection.execute("set datestyle to iso")
        yield connection


def _unreachable(source: DatabaseSource, error: Exception) -> KecengError:
    return KecengError.of(
        "database_unreachable", "连不上数据库", "the database cannot be reached",
        remedy=Text("请检查主机、端口、库名、用户和密码 (密码可用环境变量 PGPASSWORD 给出)",
                    "check host, port, database, user and password (which PGPASSWORD may give)"),
        place=Place(file=source.name), value=_without_password(source, error),
    )  # fmt: skip


@contextmanager
def _told_errors(source: DatabaseSource) -> Iterator[None]:
    errors = importlib.import_module("psycopg.errors")
    place = Place(file=source.name)
    try:
        yield
    except errors.UndefinedTable as error:
        raise KecengError.of(
            "no_such_table", "数据库里没有这张表", "the database has no such table", place=place,
            remedy=Text("写成 模式.表名, 并确认用户能看到它", "write schema.table, and check that the user may see it"),
            value=_without_password(source, error),
        ) from None  # fmt: skip
    except errors.InsufficientPrivilege as error:
        raise KecengError.of(
            "database_refused", "数据库不让这个用户读", "the database does not let this user read it", place=place,
            remedy=Text("请管理员授予 select 权限", "ask for the right to select"), value=_without_password(source, error),
        ) from None  # fmt: skip
    except errors.Error as error:
        raise KecengError.of(
            "bad_query", "数据库执行不了这个查询", "the database cannot answer this query", place=place,
            remedy=Text("请先在数据库里试一遍这条 select", "try the select in the database first"),
            value=_without_password(source, error),
        ) from None  # fmt: skip


def _without_password(source: DatabaseSource, error: Exception) -> str:
    """The first line of what the driver says."""
    said = (str(error).strip().splitlines() or [""])[0]
    password = urlsplit(source.url).password
    return (
        said.replace(password, "***").replace(source.url, "***")
        if password
        else said.replace(source.url, "***")
    )


def _no_cursor_column(source: DatabaseSource, headers: Sequence[str]) -> KecengError:
    return KecengError.of(
        "no_cursor_column", "没有这个游标列", "there is no such cursor column",
        remedy=Text("现有: {names}", "there are: {names}").fill(names=", ".join(headers)),
        place=Place(file=source.name), value=source.cursor,
    )  # fmt: skip
