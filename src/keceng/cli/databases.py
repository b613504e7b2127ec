"""Options about a database as source."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from keceng.collect import DatabaseSource
from keceng.vocabulary import KecengError, Text

Command = TypeVar("Command", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--from-database", "database", default=None, metavar="URL", envvar="KECENG_SOURCE_DATABASE",
                 help="postgresql://用户@主机/库 (密码可用 PGPASSWORD) / address; PGPASSWORD may hold the password"),
    click.option("--table", default=None, metavar="[SCHEMA.]TABLE", help="读这张表 / read this table"),
    click.option("--query", default=None, metavar="SELECT", help="读这条查询 / read this query"),
    click.option("--cursor", default=None, metavar="COLUMN", help="只读此列更新的行, 如 updated_at / read only what is newer by it"),
)  # fmt: skip


def database_options(command: Command) -> Command:
    """Add the options about a database to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def database_source(given: dict[str, Any], files: Sequence[Path]) -> DatabaseSource | None:
    """The database that is meant; None where files are.

    Raises:
        KecengError: neither or both are named, or not exactly one of table and query.
    """
    url, table, query, cursor = (given.pop(name) for name in ("database", "table", "query", "cursor"))
    if files and not (table or query or cursor):
        return None
    if files or url is None:
        raise KecengError.of(
            "no_source",
            "要么给出文件，要么用 --from-database 给出数据库",
            "name either files, or a database with --from-database",
            remedy=Text(
                "例: keceng collect 订单.csv, 或 keceng collect --from-database postgresql://… --table orders",
                "e.g. keceng collect orders.csv, or keceng collect --from-database postgresql://… --table orders",
            ),
        )
    if bool(table) == bool(query):
        raise KecengError.of(
            "table_or_query",
            "--table 和 --query 要给出且只给出一个",
            "give exactly one of --table and --query",
            remedy=Text("例: --table public.orders", "e.g. --table public.orders"),
        )
    return DatabaseSource(url, table, query, cursor)
