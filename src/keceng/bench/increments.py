"""`keceng bench increment`: a day's orders worked in, beside the full run of the same book, and whether both say the same."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
import duckdb
import pyarrow as pa
from rich.console import Console
from rich.table import Table

from keceng.bench.book import AS_OF, Orders
from keceng.bench.measuring import describe_machine
from keceng.bench.options import OrderCount, data_option, json_option, rounds_option
from keceng.bench.orders import ORDERS_A_CUSTOMER, fill_lake, make_orders
from keceng.classify import RunRequest, RunSummary, classify_customers, prepare_increments, read_customers
from keceng.collect import CUSTOMERS, PERSONS, PURCHASE_DAY
from keceng.lake import Lake
from keceng.measure import catalogue
from keceng.standard import find_standard
from keceng.vocabulary import Language

DAY_SHARE = 0.003
"""A day's part of three years of orders, rather more than it is."""
_PIECE = 262_144
NEXT_DAY = AS_OF + dt.timedelta(days=1)
_ORDERS = """
select 1 + cast(floor(pow((hash(i * 11 + 1) % 1000003) / 1000003.0, 2) * $customers * 1.001) as bigint) as customer_key,
  cast(500 + pow(10, 2 + (hash(i * 11 + 3) % 30011) / 10004.0) as bigint) as amount
from range($orders) as made(i)
"""
_DAYS = """
select customer_key, $day as day, count(*) as orders, count(*) as lines, cast(sum(amount) as bigint) as net,
  cast(sum(amount) as bigint) as gross, cast(0 as bigint) as returned
from come group by customer_key order by customer_key
"""
_NEW = """
select distinct customer_key, $day as first_seen_on, format('CUST-{:09d}', customer_key) as source_id, 'main' as source
from come where customer_key > $known order by customer_key
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """One increment: what it cost, and what it told."""

    cpu_seconds: float
    summary: RunSummary


@click.command()
@click.option("--orders", type=OrderCount(), default="1M", help="账本的订单数 / orders in the book [1M]")
@rounds_option
@data_option
@json_option
@click.pass_obj
def increment(language: Language, /, orders: int, rounds: int, data: Path | None, *, as_json: bool) -> None:
    """一天的订单按增量算, 相当于完整分级的几分之几 / A day's orders as an increment, in full runs."""
    notes = Console(stderr=True, quiet=as_json)
    with ExitStack() as stack:
        directory = data or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        made = make_orders(directory / f"orders-{orders}", orders)
        if not made.lake.exists():
            fill_lake(made)
        told = measure_increment(made, rounds, lambda name, spent: notes.print(f"{name} {spent:.2f} s"))
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        _show(told, language)


def measure_increment(made: Orders, rounds: int, told: Callable[[str, float], None]) -> dict[str, object]:
    """The figures of `keceng bench increment --json`.

    `prepare` is done once for all increments on a full run. `increment` finds the day's rows added to the others;
    `increment_rewritten` finds all purchase days in one new file, which is how an import of files leaves them.

    Args:
        made: the book; its ledger stays as it is.
        rounds: of which the median is taken, after one that is not measured.
        told: name and CPU seconds of every measurement.
    """
    day_orders = max(round(made.orders * DAY_SHARE), 1)
    with _copied(made.lake) as book:
        full = [_measured(book, _request(AS_OF)) for _ in range(rounds + 1)][1:]
        for run in full:
            told("full_run", run.cpu_seconds)
        started = time.process_time()
        prepare_increments(book.snapshot(), _request(NEXT_DAY))
        prepared = time.process_time() - started
        told("prepare", prepared)
        goes = []
        for _ in range(rounds + 1):
            with _copied(book.root) as lake:
                bring_a_day(lake, made.orders, day_orders)
                goes.append(_measured(lake, _request(NEXT_DAY, is_increment=True)))
            told("increment", goes[-1].cpu_seconds)
        last = goes[-1].summary
        with _copied(book.root) as lake:
            bring_a_day(lake, made.orders, day_orders)
            rewrite_days(lake)
            rewritten = _measured(lake, _request(NEXT_DAY, is_increment=True)).cpu_seconds
        told("increment_rewritten", rewritten)
        is_equal = _is_equal(book, made.orders, day_orders)
    seconds = {
        "full_run": statistics.median(run.cpu_seconds for run in full),
        "prepare": prepared,
        "increment": statistics.median(run.cpu_seconds for run in goes[1:]),
    }
    seconds["increment_rewritten"] = rewritten
    return {
        "ratio_to_full": round(seconds["increment"] / seconds["full_run"], 4),
        "ratio_to_full_rewritten": round(rewritten / seconds["full_run"], 4),
        "cpu_seconds": {name: round(spent, 4) for name, spent in seconds.items()},
        "orders": made.orders,
        "day_orders": day_orders,
        "customers": last.population.customers,
        "increment": dict(last.increment),
        "is_equal": is_equal,
        "rounds": rounds,
        "data": str(made.coded),
        "machine": describe_machine(),
    }


def bring_a_day(lake: Lake, orders: int, day_orders: int) -> None:
    """Write the orders of `NEXT_DAY` to the ledger: of customers who are known, and of a few new ones."""
    customers = max(orders // ORDERS_A_CUSTOMER, 1)
    connection = duckdb.connect()
    connection.execute(f"create table come as {_ORDERS}", {"customers": customers, "orders": day_orders})
    days = connection.sql(_DAYS, params={"day": NEXT_DAY}).to_arrow_table()
    new = connection.sql(_NEW, params={"day": NEXT_DAY, "known": customers}).to_arrow_table()
    connection.close()
    with lake.unit_of_work("import", "bench") as work:
        work.append(PURCHASE_DAY, PURCHASE_DAY.conform(days))
        work.append(CUSTOMERS, CUSTOMERS.conform(new.select(["customer_key", "first_seen_on"])))
        work.append(PERSONS, PERSONS.conform(new.select(["source", "source_id", "customer_key"])))


def rewrite_days(lake: Lake) -> None:
    """Write all purchase days anew in one file, in the order of keys, as an import of files does."""
    connection = duckdb.connect()
    files = lake.snapshot().files(PURCHASE_DAY)
    rows = connection.sql(
        "select * from read_parquet($files) order by customer_key, day", params={"files": files}
    )
    with (
        lake.unit_of_work("import", "bench") as work,
        work.writing(PURCHASE_DAY, replaces=True) as writer,
    ):
        for batch in rows.to_arrow_reader(_PIECE):
            writer.write(pa.Table.from_batches([batch]))
    connection.close()


def _request(day: dt.date, *, is_increment: bool = False, frozen: str | None = None) -> RunRequest:
    standard = find_standard("retail", catalogue())
    return RunRequest(standard, day, is_lean=True, is_increment=is_increment, frozen=frozen)


def _measured(lake: Lake, request: RunRequest) -> Measured:
    started = time.process_time()
    summary = classify_customers(lake, request, author="bench")
    return Measured(time.process_time() - started, summary)


def _is_equal(book: Lake, orders: int, day_orders: int) -> bool:
    # Row for row and by the hash, against everybody judged anew under the same norms, cuts and distributions.
    base = book.snapshot().entry.published_run
    with _copied(book.root) as one, _copied(book.root) as other:
        for lake in (one, other):
            bring_a_day(lake, orders, day_orders)
        run = classify_customers(one, _request(NEXT_DAY, is_increment=True), author="bench")
        full = classify_customers(other, _request(NEXT_DAY, frozen=base), author="bench")
        rows = read_customers(one.snapshot().run_directory(run.run_id))
        wanted = read_customers(other.snapshot().run_directory(full.run_id)).select(rows.column_names)
        # The types of columns of codes hang on the file.
        return run.result_hash == full.result_hash and rows.equals(wanted.cast(rows.schema))


@contextmanager
def _copied(root: Path) -> Iterator[Lake]:
    with tempfile.TemporaryDirectory(dir=root.parent) as folder:
        copy = Path(folder) / "lake"
        shutil.copytree(root, copy)
        yield Lake(copy)


def _show(told: dict[str, object], language: Language) -> None:
    seconds = told["cpu_seconds"]
    assert isinstance(seconds, dict)  # noqa: S101  it was made above
    titles = ("做什么", "CPU 秒", "÷ 完整分级") if language == "zh" else ("what", "CPU s", "÷ full run")
    table = Table(*titles)
    for name, spent in seconds.items():
        table.add_row(name, f"{spent:g}", f"{spent / seconds['full_run']:.4f}")
    table.add_row("is_equal", str(told["is_equal"]), "")
    Console().print(table)
