"""UCI Online Retail under `retail` at 2011-12-10: every published figure, and a hand-written query beside every number.

The same orders in another format, order, language or time zone give the same hash.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from keceng.classify import RunSummary
from keceng.collect import CollectOptions
from keceng.loop import classify_files, read_standard
from tests.real_data import real_file

AS_OF = dt.date(2011, 12, 10)
CHINESE = ("订单号", "商品编码", "商品名称", "数量", "下单时间", "单价", "客户编号", "国家")
KECENG = [sys.executable, "-c", "from keceng.cli import main; main()"]


@pytest.fixture(scope="module")
def parquet() -> Path:
    return real_file("online_retail_1/online_retail.parquet")


@pytest.fixture(scope="module")
def delivered(parquet: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the shell command of the README delivers."""
    out = tmp_path_factory.mktemp("golden") / "out"
    command = [
        *KECENG,
        "classify",
        str(parquet),
        "--standard",
        "retail",
        "--as-of",
        "2011-12-10",
        "--out",
        str(out),
        "--json",
    ]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert json.loads(done.stdout) == json.loads((out / "run.json").read_text(encoding="utf-8"))
    return out


@pytest.fixture(scope="module")
def run(delivered: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((delivered / "run.json").read_text(encoding="utf-8"))
    return document


def test_the_ledger_has_the_published_counts(run: dict[str, Any]) -> None:
    rows = run["rows"]
    assert rows["read"] == 541_909
    assert rows["added"] + rows["updated"] + rows["unchanged"] + rows["rejected"] == rows["read"]
    assert rows["anonymous"] == 135_080
    assert rows["duplicate_lines"] == 5_268


def test_classes_are_those_of_the_published_reading(run: dict[str, Any]) -> None:
    heads = run["population"]
    assert (heads["customers"], heads["classified"], heads["insufficient"]) == (4_372, 4_338, 0)
    assert heads["excluded"] == {"not_included": 34}
    assert run["classes"]["value"] == {"high": 867, "mid": 1_302, "low": 2_169}
    assert run["classes"]["grade"] == {"A": 816, "B": 1_328, "C": 2_194}
    states = run["classes"]["state"]
    assert {k: states[k] for k in ("new", "active", "returned", "at_risk", "dormant", "lost")} == {
        "new": 953, "active": 2_069, "returned": 60, "at_risk": 475, "dormant": 698, "lost": 83,
    }  # fmt: skip


def test_sales_shares_and_the_top_hundredth(delivered: Path) -> None:
    shares = duckdb.sql(
        f"""
        select grade, round(100.0 * sum(greatest(spend, 0)) / sum(sum(greatest(spend, 0))) over (), 1) as share
        from '{delivered}/customers.parquet' where grade is not null group by grade order by grade
        """
    ).fetchall()
    assert [(g, float(s)) for g, s in shares] == [("A", 71.4), ("B", 20.2), ("C", 8.4)]
    outside = duckdb.sql(
        f"""
        select count(*) from (
          select grade, row_number() over (order by spend desc) as place from '{delivered}/customers.parquet'
        ) where place <= 44 and coalesce(grade, '') <> 'A'
        """
    ).fetchall()
    assert outside == [(0,)]


HAND_WRITTEN = """
with lines as (
  select cast(cast(CustomerID as bigint) as varchar) as customer_id, InvoiceNo as invoice,
    cast(InvoiceDate as date) as day, Quantity as quantity,
    cast(round(cast(Quantity as decimal(12, 0)) * cast(UnitPrice as decimal(12, 4)), 2) as decimal(18, 2)) as amount
  from '{file}' where CustomerID is not null
),
marked as (
  select *, quantity > 0 and amount > 0 and not starts_with(invoice, 'C') as is_valid,
    day > date '2011-12-10' - 365 as in_window
  from lines
),
sums as (
  select customer_id,
    coalesce(sum(amount) filter (in_window), 0) as spend,
    count(distinct invoice) filter (is_valid and in_window) as order_count,
    count(distinct day) filter (is_valid and in_window) as purchase_days,
    date '2011-12-10' - max(day) filter (is_valid) as silence
  from marked group by customer_id
),
gaps as (
  select customer_id, day - lag(day) over (partition by customer_id order by day) as gap
  from (select distinct customer_id, day from marked where is_valid)
),
personal as (
  select customer_id, count(gap) as n, quantile_disc(gap, 0.5) as median from gaps group by customer_id
),
base as (
  select quantile_disc(median, 0.5) as half, quantile_disc(median, 0.75) as three_quarters from personal where n >= 1
),
expected as (
  select customer_id, greatest(14, least(365, case
      when n >= 3 then median
      when n >= 1 then (n / (n + 3.0)) * median + (3 / (n + 3.0)) * half
      else three_quarters end)) as gap
  from personal cross join base
)
select s.customer_id, spend, order_count, purchase_days, silence, round(silence / gap, 4) as gap_ratio
from sums as s left join expected using (customer_id)
order by s.customer_id
"""


def test_measures_equal_a_hand_written_query_for_every_customer(parquet: Path, delivered: Path) -> None:
    by_hand = {r[0]: r[1:] for r in duckdb.sql(HAND_WRITTEN.format(file=parquet)).fetchall()}
    ours = {
        r[0]: r[1:]
        for r in duckdb.sql(
            f"""
            select customer_id, spend, order_count, purchase_days, days_since_last_purchase, gap_ratio
            from '{delivered}/customers.parquet'
            """
        ).fetchall()
    }
    assert len(by_hand) == 4_372
    assert ours.keys() == by_hand.keys()
    wrong = [
        customer
        for customer, (spend, orders, days, silence, ratio) in by_hand.items()
        if ours[customer][:4] != (spend, orders, days, silence)
        or abs(float(ours[customer][4] or -1) - float(ratio if ratio is not None else -1)) > 5e-5
    ]
    assert not wrong


def test_every_customer_has_a_reason_in_both_languages(delivered: Path) -> None:
    rows = pq.read_table(delivered / "customers.parquet").to_pylist()
    assert len(rows) == 4_372
    assert all(r["reason_code"] and r["reason_zh"] and r["reason_en"] for r in rows)
    chinese = [sum("一" <= c <= "鿿" for c in r["reason_zh"]) for r in rows]
    assert max(chinese) <= 40


def graded(path: Path) -> RunSummary:
    options = CollectOptions(assume_defaults=True)
    return classify_files(
        [path], read_standard("retail"), deliver=lambda *_: None, as_of=AS_OF, options=options
    )


def source_rows(parquet: Path) -> list[tuple[str, ...]]:
    query = f"""
        select InvoiceNo, StockCode, Description, cast(Quantity as varchar),
          strftime(InvoiceDate, '%Y-%m-%d %H:%M:%S'), cast(UnitPrice as varchar),
          cast(cast(CustomerID as bigint) as varchar), Country
        from '{parquet}'
    """
    rows: list[tuple[str, ...]] = duckdb.sql(query).fetchall()
    return rows


def write_csv(path: Path, headers: Sequence[str], rows: Iterable[Sequence[str]], encoding: str) -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file)
        writer.writerow(headers)
        writer.writerows(rows)
    return path


@pytest.mark.slow
def test_a_shuffled_csv_gives_the_same_hash(parquet: Path, run: dict[str, Any], tmp_path: Path) -> None:
    rows = source_rows(parquet)
    random.Random(7).shuffle(rows)
    names = pq.read_schema(parquet).names
    path = write_csv(tmp_path / "orders.csv", names, rows, "utf-8")
    assert graded(path).result_hash == run["result_hash"]


@pytest.mark.slow
def test_a_gb18030_csv_with_chinese_headers_gives_the_same_hash(
    parquet: Path, run: dict[str, Any], tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "订单.csv", CHINESE, source_rows(parquet), "gb18030")
    summary = graded(path)
    assert summary.result_hash == run["result_hash"]
    assert summary.rows.duplicate_lines == 5_268


@pytest.mark.slow
def test_a_workbook_gives_the_same_hash(parquet: Path, run: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "orders.xlsx"
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_numbers": False})
    sheet = book.add_worksheet()
    when = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    sheet.write_row(0, 0, CHINESE)
    for n, (invoice, stock, text, quantity, at, price, customer, country) in enumerate(
        source_rows(parquet), 1
    ):
        sheet.write_string(n, 0, invoice)
        sheet.write_string(n, 1, stock)
        sheet.write_string(n, 2, text or "")
        sheet.write_number(n, 3, int(quantity))
        sheet.write_datetime(n, 4, dt.datetime.fromisoformat(at), when)
        sheet.write_number(n, 5, float(price))
        if customer is not None:
            sheet.write_number(n, 6, int(customer))
        sheet.write_string(n, 7, country)
    book.close()
    assert graded(path).result_hash == run["result_hash"]


@pytest.mark.slow
def test_again_and_on_a_host_in_another_time_zone_gives_the_same_hash(
    parquet: Path, run: dict[str, Any], tmp_path: Path
) -> None:
    command = [*KECENG, "classify", str(parquet), "--standard", "retail", "--as-of", "2011-12-10", "--json"]
    done = subprocess.run(
        command,
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "TZ": "Pacific/Auckland"},
    )
    assert json.loads(done.stdout)["result_hash"] == run["result_hash"]
