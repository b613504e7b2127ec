"""`keceng bench increment`: a day's orders taken in and worked in, beside the full run of the same book, and whether both say the same."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
import duckdb
from rich.console import Console
from rich.table import Table

from keceng.bench.book import AS_OF
from keceng.bench.collecting import make_csv
from keceng.bench.measuring import describe_machine
from keceng.bench.options import OrderCount, data_option, json_option, rounds_option
from keceng.bench.orders import ORDERS_A_CUSTOMER
from keceng.classify import RunRequest, RunSummary, classify_customers, prepare_increments, read_customers
from keceng.collect import CollectOptions, collect_files
from keceng.lake import MAPPED_FOLDER, Lake
from keceng.measure import catalogue
from keceng.standard import find_standard
from keceng.vocabulary import Language

DAY_SHARE = 0.003
"""A day's part of three years of orders, rather more than it is."""
NEXT_DAY = AS_OF + dt.timedelta(days=1)
_MADE = """
copy (
  select format('SO-{{:010d}}', $orders + i) as order_id,
    format('CUST-{{:09d}}', 1 + cast(floor(pow((hash(i * 11 + 1) % 2147483647) / 2147483647.0, 2) * $customers * 1.001) as bigint))
      as customer_id,
    '{day}' as order_date,
    cast(cast((500 + pow(10, 2 + (hash(i * 11 + 3) % 30011) / 10004.0)) / 100.0
      * case when hash(i * 11 + 4) % 33 = 0 then -1 else 1 end as decimal(12, 2)) as varchar) as amount
  from range($day_orders) as made(i)
  {also}
  order by order_id
) to '{path}' (header)
"""
_AN_OLD_ORDER = "union all by name select 'SO-0000000001' as order_id, 'CUST-000000001' as customer_id, '2023-07-01' as order_date, '12.34' as amount"


@dataclass(frozen=True, slots=True)
class Measured:
    """One run: what it cost, and what it told."""

    cpu_seconds: float
    summary: RunSummary


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a book.

    Attributes:
        file: its orders.
        import_seconds: CPU of taking them in.
        full: CPU of everybody judged anew.
        increment: CPU of the increment.
        run: the last increment.
        is_equal: whether it says what a full run under the same norms, cuts and distributions says.
    """

    file: Path
    import_seconds: float
    full: float
    increment: float
    run: RunSummary
    is_equal: bool


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
        told = measure_increment(
            directory, orders, rounds, lambda name, spent: notes.print(f"{name} {spent:.2f} s")
        )
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        _show(told, language)


def measure_increment(
    directory: Path, orders: int, rounds: int, told: Callable[[str, float], None]
) -> dict[str, object]:
    """The figures of `keceng bench increment --json`.

    `prepare` is done once for all increments on a full run. The day of `increment` came as a file of new orders; with that of
    `increment_changed` came an order of the first day once more, with another amount.

    Args:
        directory: where the file of orders and the ledger that took it in lie, or are made.
        orders: in that file.
        rounds: of which the median is taken, after one that is not measured.
        told: name and CPU seconds of every measurement.
    """
    day_orders = max(round(orders * DAY_SHARE), 1)
    with _copied(_taken(directory, orders, told)) as book:
        before = [_measured(book, _request(AS_OF)).cpu_seconds for _ in range(rounds + 1)]
        told("full_run_before", before[-1])
        prepared = _spent(lambda: prepare_increments(book.snapshot(), _request(NEXT_DAY)))
        told("prepare", prepared)
        days = [
            _measure_day(book, make_day(directory, orders, day_orders, changes=changes), rounds, told)
            for changes in (False, True)
        ]
    plain, changed = days
    seconds = {
        "full_run_before": statistics.median(before[1:]),
        "full_run": plain.full,
        "full_run_changed": changed.full,
        "import": plain.import_seconds,
        "import_changed": changed.import_seconds,
        "prepare": prepared,
        "increment": plain.increment,
        "increment_changed": changed.increment,
    }
    return {
        "ratio_to_full": round(plain.increment / plain.full, 4),
        "ratio_to_full_with_preparing": round((prepared + plain.increment) / plain.full, 4),
        "ratio_to_full_changed": round(changed.increment / changed.full, 4),
        "cpu_seconds": {name: round(spent, 4) for name, spent in seconds.items()},
        "orders": orders,
        "day_orders": day_orders,
        "customers": plain.run.population.customers,
        "increment": dict(plain.run.increment),
        "increment_changed": dict(changed.run.increment),
        "is_equal": all(day.is_equal for day in days),
        "rounds": rounds,
        "data": str(make_csv(directory, orders)),
        "machine": describe_machine(),
    }


def make_day(directory: Path, orders: int, day_orders: int, *, changes: bool) -> Path:
    """A file with the orders of `NEXT_DAY`, of customers who are known and of a few new ones; with `changes` an old one again."""
    path = directory / f"day-{orders}{'-changes' if changes else ''}.csv"
    customers = max(orders // ORDERS_A_CUSTOMER, 1)
    made = _MADE.format(path=path, day=NEXT_DAY, also=_AN_OLD_ORDER if changes else "")
    connection = duckdb.connect()
    connection.execute(made, {"orders": orders, "customers": customers, "day_orders": day_orders})
    connection.close()
    return path


def _taken(directory: Path, orders: int, told: Callable[[str, float], None]) -> Path:
    """The ledger that took the file of orders in."""
    root = directory / f"taken-{orders}"
    if not root.exists():
        made = root.with_suffix(".new")
        shutil.rmtree(made, ignore_errors=True)
        told("collect", _spent(lambda: take_in(Lake.create(made), make_csv(directory, orders))))
        made.rename(root)
    return root


def take_in(lake: Lake, file: Path) -> None:
    """Import `file` as whoever presses return does."""
    collect_files(lake, [file], CollectOptions(assume_defaults=True), import_day=NEXT_DAY)


def _measure_day(book: Lake, file: Path, rounds: int, told: Callable[[str, float], None]) -> Day:
    name = file.stem
    with _copied(book.root) as brought:
        imported = _spent(lambda: take_in(brought, file))
        told(f"{name}: import", imported)
        full, goes = list[Measured](), list[Measured]()
        for _ in range(rounds + 1):
            for runs, request in ((full, _request(NEXT_DAY)), (goes, _request(NEXT_DAY, is_increment=True))):
                with _copied(brought.root) as lake:
                    runs.append(_measured(lake, request))
                told(f"{name}: {'increment' if runs is goes else 'full run'}", runs[-1].cpu_seconds)
        return Day(file, imported, _median(full), _median(goes), goes[-1].summary, _is_equal(brought))


def _request(day: dt.date, *, is_increment: bool = False, frozen: str | None = None) -> RunRequest:
    standard = find_standard("retail", catalogue())
    return RunRequest(standard, day, is_lean=True, is_increment=is_increment, frozen=frozen)


def _measured(lake: Lake, request: RunRequest) -> Measured:
    started = time.process_time()
    summary = classify_customers(lake, request, author="bench")
    return Measured(time.process_time() - started, summary)


def _median(runs: Sequence[Measured]) -> float:
    return statistics.median(run.cpu_seconds for run in runs[1:])


def _spent(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def _is_equal(brought: Lake) -> bool:
    # Row for row and by the hash, against everybody judged anew under the same norms, cuts and distributions.
    base = brought.snapshot().entry.published_run
    with _copied(brought.root) as one, _copied(brought.root) as other:
        run = classify_customers(one, _request(NEXT_DAY, is_increment=True), author="bench")
        frozen = (
            base if "base" in run.increment else None
        )  # where everybody was judged anew, that is the comparison
        full = classify_customers(other, _request(NEXT_DAY, frozen=frozen), author="bench")
        rows = read_customers(one.snapshot().run_directory(run.run_id))
        wanted = read_customers(other.snapshot().run_directory(full.run_id)).select(rows.column_names)
        # The types of columns of codes hang on the file.
        return run.result_hash == full.result_hash and rows.equals(wanted.cast(rows.schema))


@contextmanager
def _copied(root: Path) -> Iterator[Lake]:
    with tempfile.TemporaryDirectory(dir=root.parent) as folder:
        copy = Path(folder) / "lake"
        shutil.copytree(root, copy, copy_function=_link_or_copy)
        yield Lake(copy)


def _link_or_copy(source: str, target: str) -> None:
    # Files of rows and what was mapped of them never change once written, so a link is a copy; logs grow.
    if source.endswith(".parquet") or MAPPED_FOLDER in Path(source).parts:
        os.link(source, target)
    else:
        shutil.copy2(source, target)


def _show(told: dict[str, object], language: Language) -> None:
    seconds = told["cpu_seconds"]
    assert isinstance(seconds, dict)  # noqa: S101  it was made above
    titles = ("做什么", "CPU 秒", "÷ 完整分级") if language == "zh" else ("what", "CPU s", "÷ full run")
    table = Table(*titles)
    for name, spent in seconds.items():
        table.add_row(name, f"{spent:g}", f"{spent / seconds['full_run']:.4f}")
    table.add_row("is_equal", str(told["is_equal"]), "")
    Console().print(table)
