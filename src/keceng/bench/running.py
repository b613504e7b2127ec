"""`keceng bench run`: a full run beside the bare group-by and the peers, on one book, in one process, in turn."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from keceng.bench.book import Orders
from keceng.bench.chart import draw_chart
from keceng.bench.contenders import (
    CHANGED_DRAFT,
    COLLECT_EXTRA,
    FLOOR,
    FLOOR_TEXT_IDS,
    FULL_RUN,
    OURS,
    PEERS,
    TITLES,
)
from keceng.bench.measuring import Alone, alternate, describe_machine, measure_alone
from keceng.bench.options import OrderCount, data_option, json_option, rounds_option
from keceng.bench.orders import fill_lake, make_orders
from keceng.settings import read_size
from keceng.vocabulary import Language

LIMITED = "full_run_limited"
Figures = Mapping[str, float | None]


def _size(_context: click.Context, _param: click.Parameter, given: str | None) -> str | None:
    if given is not None and read_size(given) is None:
        raise click.BadParameter(f"{given}: 写成 1GB, 400MB / write 1GB, 400MB")
    return given


@click.command()
@click.option("--orders", type=OrderCount(), default="1M", help="订单数 / how many orders [1M]")
@rounds_option
@click.option(
    "--peers", type=click.Choice(["none", "all"]), default="all", help="是否比较其他引擎 / other engines too"
)
@click.option(
    "--memory-limit", callback=_size, help="再测一次限制内存的运行 / one more run within so much, 1GB"
)
@data_option
@click.option(
    "--chart", type=click.Path(path_type=Path, dir_okay=False), help="画成图 / draw it, an SVG file"
)
@json_option
@click.pass_obj
def run(  # noqa: PLR0913  each of these is a choice of the caller
    language: Language,
    /,
    *,
    orders: int,
    rounds: int,
    peers: str,
    memory_limit: str | None,
    data: Path | None,
    chart: Path | None,
    as_json: bool,
) -> None:
    """一次完整分级相当于几次裸分组 / One full run in bare group-bys of the same orders."""
    notes = Console(stderr=True, quiet=as_json)
    with ExitStack() as stack:
        directory = data or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        made = make_orders(directory / f"orders-{orders}", orders)
        if not made.lake.exists():
            fill_lake(made)
        told = measure(made, rounds, notes, with_peers=peers == "all", memory_limit=memory_limit)
    seconds, memory = told["cpu_seconds"], told["peak_rss_mb"]
    assert isinstance(seconds, dict)  # noqa: S101  both were made above
    assert isinstance(memory, dict)  # noqa: S101
    if chart is not None:
        title = f"{orders:,} 订单" if language == "zh" else f"{orders:,} orders"
        chart.write_text(draw_chart(title, seconds, memory, language), encoding="utf-8")
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        _show(seconds, memory, language)


def measure(
    made: Orders, rounds: int, notes: Console, *, with_peers: bool, memory_limit: str | None = None
) -> dict[str, object]:
    """The figures of `keceng bench run --json`: CPU in turn in this process, peaks each in a process of its own.

    Args:
        made: the book.
        rounds: of which the median is taken.
        notes: told what was measured.
        with_peers: whether other engines are measured too.
        memory_limit: of one more run, as keceng.toml has it, whose CPU is compared with a run as cold as itself.
    """
    contenders = {**OURS, **(PEERS if with_peers else {})}
    work = {name: ready(made) for name, ready in contenders.items()}
    seconds = alternate(work, rounds, lambda name, spent: notes.print(f"{name} {spent:.2f} s"))
    alone = {name: measure_alone(name, made) if job is not None else None for name, job in work.items()}
    told: dict[str, object] = {
        "ratio_to_group_by": _ratio(seconds[FULL_RUN], seconds[FLOOR]),
        "ratio_to_group_by_string_ids": _ratio(seconds[FULL_RUN], seconds[FLOOR_TEXT_IDS]),
        "changed_draft_to_group_by": _ratio(seconds[CHANGED_DRAFT], seconds[FLOOR]),
        "collect_extra_cpu": seconds[COLLECT_EXTRA],
        "cpu_seconds": seconds,
        "peak_rss_mb": {name: took.peak if took else None for name, took in alone.items()},
        "orders": made.orders,
        "rounds": rounds,
        "data": str(made.coded),
        "machine": describe_machine(),
    }
    if memory_limit is not None:
        told |= _limited(made, memory_limit, alone[FULL_RUN])
    return told


def _limited(made: Orders, memory_limit: str, unlimited: Alone | None) -> dict[str, object]:
    took = measure_alone(FULL_RUN, made, memory_limit)
    if took is None or unlimited is None:
        return {}
    limit = read_size(memory_limit) or 1
    return {
        LIMITED: {
            "memory_limit": memory_limit,
            "cpu_seconds": took.cpu,
            "ratio_to_unlimited": _ratio(took.cpu, unlimited.cpu),
            "peak_rss_mb": took.peak,
            "ratio_to_limit": round(took.peak * 1_000_000 / limit, 3),
            "spilled_mb": took.spilled,
        }
    }


def _ratio(ours: float | None, theirs: float | None) -> float | None:
    return round(ours / theirs, 3) if ours and theirs else None


def _show(seconds: Figures, memory: Figures, language: Language) -> None:
    titles = (
        ("做什么", "CPU 秒", "÷ 裸分组", "内存峰值 MB")
        if language == "zh"
        else ("what", "CPU s", "÷ group-by", "peak MB")
    )
    table = Table(*titles)
    for name, spent in seconds.items():
        ratio = _ratio(spent, seconds[FLOOR])
        cells = (spent, ratio, memory[name])
        table.add_row(
            TITLES[name].in_language(language), *("–" if cell is None else f"{cell:g}" for cell in cells)
        )
    Console().print(table)
