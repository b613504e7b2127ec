"""A table of a real PostgreSQL as source: the same ledger as its CSV, then only what is newer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from keceng.collect import CollectOptions, CollectReport, DatabaseSource, collect_database
from keceng.vocabulary import KecengError
from tests.collect.same_ledger import told_ledger
from tests.collect.workspaces import IMPORT_DAY, Workspace
from tests.postgres.server import PostgresServer, find_programs, shared_server

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_programs() is None, reason="PostgreSQL is not installed"),
]
ROWS = 3_000
PASSWORD = "hidden-word"  # noqa: S105  of nobody

_MADE = f"""
create table orders as select 'SO-' || lpad(i::text, 7, '0') as order_id, 'K' || (i % 500) as customer_id,
  timestamp '2025-01-01' + i * interval '1 hour' as order_date, (i * 37 % 9999) / 100.0::numeric(12, 2) as amount,
  timestamptz '2026-01-01' + i * interval '1 second' as updated_at
from generate_series(1, {ROWS}) as made(i)
"""


@pytest.fixture(name="server")
def _server() -> Iterator[PostgresServer]:
    server = shared_server()
    server.create("shop_source")
    try:
        with psycopg.connect(server.url("shop_source"), autocommit=True) as connection:
            connection.execute(_MADE)
        yield server
    finally:
        server.drop("shop_source")


def take(workspace: Workspace, source: DatabaseSource) -> CollectReport:
    said = CollectOptions(assume_defaults=True)
    return collect_database(workspace.lake, source, said, import_day=IMPORT_DAY)


def say(server: PostgresServer, statement: str) -> None:
    with psycopg.connect(server.url("shop_source"), autocommit=True) as connection:
        connection.execute(statement.encode())


def test_a_table_gives_the_ledger_of_its_csv(server: PostgresServer, tmp_path: Path) -> None:
    of_table, of_file = Workspace(tmp_path / "table"), Workspace(tmp_path / "file")
    report = take(of_table, DatabaseSource(server.url("shop_source"), "public.orders"))
    with psycopg.connect(server.url("shop_source")) as connection:
        rows = connection.execute(
            "select order_id, customer_id, order_date::text, amount::text, updated_at::text from orders"
        ).fetchall()
    of_file.collect_text(
        "\n".join(["order_id,customer_id,order_date,amount,updated_at", *map(",".join, rows), ""])
    )
    assert report.rows.added == ROWS
    told, expected = (told_ledger(one.lake.snapshot()) for one in (of_table, of_file))
    assert told["purchase_day"] == expected["purchase_day"]
    assert told["persons"] == expected["persons"]
    assert sum(row["amount"] for row in of_table.lines()) == sum(row["amount"] for row in of_file.lines())


def test_a_cursor_takes_only_what_is_newer(server: PostgresServer, tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "w")
    source = DatabaseSource(server.url("shop_source"), "orders", cursor="updated_at")
    assert take(workspace, source).rows.added == ROWS
    again = take(workspace, source)
    assert (again.rows.read, again.rows.unchanged) == (1, 1)
    say(server, "insert into orders values ('SO-NEW', 'K1', '2025-06-01', 12.50, timestamptz '2026-02-01')")
    say(
        server,
        "update orders set amount = 99, updated_at = timestamptz '2026-02-02' where order_id = 'SO-0000007'",
    )
    third = take(workspace, source)
    assert (third.rows.read, third.rows.added, third.rows.updated) == (3, 1, 1)
    lines = {row["order_id"]: row["amount"] for row in workspace.lines()}
    assert (len(lines), lines["SO-NEW"], lines["SO-0000007"]) == (ROWS + 1, 1250, 9900)


def test_a_query_is_read_and_may_say_what_a_column_means(server: PostgresServer, tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "w")
    query = "select order_id, customer_id, order_date, amount from orders where amount % 2 < 1 and order_id like 'SO-%';"
    report = take(workspace, DatabaseSource(server.url("shop_source"), query=query))
    assert 0 < report.rows.added < ROWS


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"table": "no_such"}, "no_such_table"),
        ({"cursor": "changed_at"}, "no_cursor_column"),
        ({"table": None, "query": "select nothing from"}, "bad_query"),
        ({"url": f"postgresql://somebody:{PASSWORD}@127.0.0.1:1/shop"}, "database_unreachable"),
        ({"url": f"mysql://somebody:{PASSWORD}@127.0.0.1/shop"}, "unsupported_database"),
    ],
)
def test_what_fails_is_told_with_a_remedy_and_without_the_password(
    server: PostgresServer, tmp_path: Path, change: dict[str, str], code: str
) -> None:
    told = {"url": server.url("shop_source"), "table": "orders"} | change
    workspace = Workspace(tmp_path / "w")
    with pytest.raises(KecengError) as caught:
        take(workspace, DatabaseSource(**told))
    problem = caught.value.problems[0]
    assert problem.code == code
    assert problem.remedy is not None
    assert PASSWORD not in problem.describe("zh") + problem.describe("en") + repr(caught.value)
    assert workspace.versions == 1


def test_nothing_of_the_address_is_kept(server: PostgresServer, tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "w")
    url = server.url("shop_source").replace("@/", f":{PASSWORD}@/")
    take(workspace, DatabaseSource(url, "orders", cursor="updated_at"))
    kept = [path.read_bytes() for path in workspace.root.rglob("*") if path.is_file()]
    assert kept
    assert not any(PASSWORD.encode() in content or b"postgresql://" in content for content in kept)


def test_an_empty_table_is_said(server: PostgresServer, tmp_path: Path) -> None:
    say(server, "delete from orders")
    with pytest.raises(KecengError, match=r"no_rows|row"):
        take(Workspace(tmp_path / "w"), DatabaseSource(server.url("shop_source"), "orders"))


def test_dates_stay_as_the_server_tells_them(server: PostgresServer, tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "w")
    take(workspace, DatabaseSource(server.url("shop_source"), "orders"))
    assert min(row["line_on"] for row in workspace.lines()) == dt.date(2025, 1, 1)
