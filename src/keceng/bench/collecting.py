"""`keceng bench collect`: a CSV of orders taken into a ledger, beside DuckDB's copy of the same file to Parquet."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import click
import duckdb
from rich.console import Console
from rich.table import Table

from keceng.bench.book import AS_OF
from keceng.bench.contenders import Work
from keceng.bench.measuring import alternate, describe_machine
from keceng.bench.options import OrderCount, data_option, json_option, rounds_option
from keceng.collect import CollectOptions, collect_files, validate_sales
from keceng.lake import Lake
from keceng.vocabulary import Language

COPY, TYPED_COPY, VALIDATION, COLLECT = "copy", "typed_copy", "validation", "collect"
_HIGH_WATER = re.compile(r"VmHWM:\s*(\d+) kB")
_MADE = """
copy (
  select format('SO-{{:010d}}', i) as order_id,
    format('CUST-{{:09d}}', 1 + cast(floor(pow((hash(i * 7 + 1) % 2147483647) / 2147483647.0, 2) * $customers) as bigint)) as customer_id,
    strftime(date '2023-07-01' + cast(i * 1095 // $rows as int), '%Y-%m-%d') as order_date,
    case when hash(i * 7 + 9) % 200000 = 0 then 'n/k'
      else cast(cast((500 + pow(10, 2 + (hash(i * 7 + 3) % 30011) / 10004.0)) / 100.0
        * case when hash(i * 7 + 4) % 33 = 0 then -1 else 1 end as decimal(12, 2)) as varchar) end as amount
  from range($rows) as made(i) order by i
) to '{path}' (header)
"""
_COPY = "copy (select * from read_csv('{path}', all_varchar = true)) to '{target}' (format parquet, compression zstd)"
_TYPED_COPY = "copy (select * from read_csv('{path}', ignore_errors = true)) to '{target}' (format parquet, compression zstd)"

_WHAT = {
    COPY: "DuckDB's copy of the file to Parquet as text, zstd",
    TYPED_COPY: "the same with the types that DuckDB sniffs, rows that do not fit left out",
    VALIDATION: "the file looked through, cut, tidied and staged; mapped and asked about; every cell read and every row judged; "
    "rejected rows with row, column, value and reason; nothing written to the lake",
    COLLECT: "validation; order ids compared, customers numbered and keyed; orders, lines, customers, persons and purchase days written "
    "in their order; the rows kept so that the import can be taken back; committed",
}
"""What each contender does, told with its seconds."""


@click.command()
@click.option("--rows", type=OrderCount(), default="1M", help="CSV 的行数 / rows of the CSV [1M]")
@rounds_option
@data_option
@json_option
@click.pass_obj
def collect(language: Language, /, rows: int, rounds: int, data: Path | None, *, as_json: bool) -> None:
    """导入一个 CSV 相当于几次 DuckDB 复制 / Taking in a CSV, in copies by DuckDB of the same file."""
    notes = Console(stderr=True, quiet=as_json)
    with ExitStack() as stack:
        directory = data or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        source = make_csv(directory, rows)
        seconds = alternate(
            _contenders(source, directory), rounds, lambda name, spent: notes.print(f"{name} {spent:.2f} s")
        )
        told = _told(source, rows, rounds, seconds, _peak(source, directory))
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        _show(seconds, told, language)


def make_csv(directory: Path, rows: int) -> Path:
    """Orders of three years in the order of their days, a tenth as many customers, some returns, a few cells that are no amount."""
    path = directory / f"orders-{rows}.csv"
    if not path.exists():
        directory.mkdir(parents=True, exist_ok=True)
        made = path.with_suffix(".new")
        connection = duckdb.connect()
        numbers = {"rows": rows, "customers": max(rows // 10, 1)}
        connection.execute(_MADE.format(path=_quoted(made)), numbers)
        connection.close()
        made.replace(path)
    return path


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _contenders(source: Path, directory: Path) -> Mapping[str, Work | None]:
    target = _quoted(directory / "copied.parquet")
    return {
        COPY: lambda: duckdb.execute(_COPY.format(path=_quoted(source), target=target)),
        TYPED_COPY: lambda: duckdb.execute(_TYPED_COPY.format(path=_quoted(source), target=target)),
        VALIDATION: lambda: _in_new_lake(source, directory, takes_in=False),
        COLLECT: lambda: _in_new_lake(source, directory, takes_in=True),
    }


def _in_new_lake(source: Path, directory: Path, *, takes_in: bool) -> None:
    root = directory / "measured-lake"
    shutil.rmtree(root, ignore_errors=True)
    lake, options = Lake.create(root), CollectOptions(assume_defaults=True)
    if takes_in:
        collect_files(lake, [source], options, import_day=AS_OF)
    else:
        validate_sales(lake, source, options, import_day=AS_OF)
    shutil.rmtree(root)


def _peak(source: Path, directory: Path) -> int:
    """Megabytes of a process of its own that takes the file in once."""
    command = [sys.executable, "-m", "keceng.bench.collecting", str(source), str(directory)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1])


def _told(
    source: Path, rows: int, rounds: int, seconds: Mapping[str, float | None], peak: int
) -> dict[str, object]:
    return {
        "ratio_to_copy": _ratio(seconds, COLLECT, COPY),
        "ratio_to_typed_copy": _ratio(seconds, COLLECT, TYPED_COPY),
        "validation_ratio": _ratio(seconds, VALIDATION, COPY),
        "validation_to_typed_copy": _ratio(seconds, VALIDATION, TYPED_COPY),
        "what": _WHAT,
        "cpu_seconds": dict(seconds),
        "peak_rss_mb": peak,
        "rows": rows,
        "rounds": rounds,
        "data": str(source),
        "machine": describe_machine(),
    }


def _ratio(seconds: Mapping[str, float | None], ours: str, theirs: str) -> float | None:
    one, other = seconds[ours], seconds[theirs]
    return round(one / other, 3) if one and other else None


def _show(seconds: Mapping[str, float | None], told: Mapping[str, object], language: Language) -> None:
    titles = ("做什么", "CPU 秒", "÷ 复制") if language == "zh" else ("what", "CPU s", "÷ copy")
    table = Table(*titles)
    for name, spent in seconds.items():
        table.add_row(name, f"{spent:g}" if spent else "–", f"{_ratio(seconds, name, COPY) or 0:g}")
    Console().print(table)
    said = "导入的内存峰值" if language == "zh" else "peak memory of taking in"
    Console().print(f"{said}: {told['peak_rss_mb']} MB")


if __name__ == "__main__":
    _in_new_lake(Path(sys.argv[1]), Path(sys.argv[2]), takes_in=True)
    # The mark of this process alone: a child's own usage would begin at its parent's.
    mark = _HIGH_WATER.search(Path("/proc/self/status").read_text(encoding="ascii"))
    print(int(mark[1]) * 1024 // 1_000_000 if mark else 0)
