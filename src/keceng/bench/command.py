"""`keceng bench`: prints ratios and what they were worked out from."""

from __future__ import annotations

import json
import re
import tempfile
from contextlib import ExitStack
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from keceng.bench.contenders import COLLECT_EXTRA, FLOOR, FLOOR_TEXT_IDS, FULL_RUN, OURS, PEERS
from keceng.bench.measuring import alternate, describe_machine, peak_memory
from keceng.bench.orders import Orders, fill_lake, make_orders
from keceng.vocabulary import Language

_SIZES = {"": 1, "k": 1_000, "M": 1_000_000}


class OrderCount(click.ParamType[int]):
    """A number of orders: `200k`, `10M`, `5000`."""

    name = "orders"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number.

        Raises:
            click.BadParameter: it is none, or too small to measure.
        """
        found = re.fullmatch(r"(\d+)([kM]?)", str(value))
        count = int(found[1]) * _SIZES[found[2]] if found else 0
        if count < 1_000:
            self.fail(f"{value}: 至少 1000, 如 200k, 10M / at least 1000, such as 200k, 10M", param, ctx)
        return count


@click.group()
def bench() -> None:
    """测速: 与裸分组和其他引擎相比 / How fast, beside a bare group-by and other engines."""


@bench.command()
@click.option("--orders", type=OrderCount(), default="1M", help="订单数 / how many orders [1M]")
@click.option(
    "--rounds", type=click.IntRange(1, 20), default=3, help="各测几次取中位数 / the median of so many [3]"
)
@click.option(
    "--peers", type=click.Choice(["none", "all"]), default="all", help="是否比较其他引擎 / other engines too"
)
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="数据放在哪里, 可重复使用 / where the data lies, kept [temporary]",
)
@click.option("--json", "as_json", is_flag=True, help="只输出 JSON / JSON alone")
@click.pass_obj
def run(
    language: Language, /, orders: int, rounds: int, peers: str, data: Path | None, *, as_json: bool
) -> None:
    """一次完整分级相当于几次裸分组 / One full run in bare group-bys of the same orders."""
    notes = Console(stderr=True, quiet=as_json)
    with ExitStack() as stack:
        directory = data or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        made = make_orders(directory / f"orders-{orders}", orders)
        if not made.lake.exists():
            fill_lake(made)
        told = _measured(made, rounds, notes, with_peers=peers == "all")
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        _show(told, language)


def _measured(made: Orders, rounds: int, notes: Console, *, with_peers: bool) -> dict[str, object]:
    contenders = {**OURS, **(PEERS if with_peers else {})}
    work = {name: ready(made) for name, ready in contenders.items()}
    seconds = alternate(work, rounds, lambda name, spent: notes.print(f"{name} {spent:.2f} s"))
    memory = {name: peak_memory(name, made) if work[name] else None for name in contenders}
    return {
        "ratio_to_group_by": _ratio(seconds[FULL_RUN], seconds[FLOOR]),
        "ratio_to_group_by_string_ids": _ratio(seconds[FULL_RUN], seconds[FLOOR_TEXT_IDS]),
        "collect_extra_cpu": seconds[COLLECT_EXTRA],
        "cpu_seconds": seconds,
        "peak_rss_mb": memory,
        "orders": made.orders,
        "rounds": rounds,
        "data": str(made.coded),
        "machine": describe_machine(),
    }


def _ratio(ours: float | None, theirs: float | None) -> float | None:
    return round(ours / theirs, 3) if ours and theirs else None


def _show(told: dict[str, object], language: Language) -> None:
    seconds, memory = told["cpu_seconds"], told["peak_rss_mb"]
    assert isinstance(seconds, dict)  # noqa: S101  both were made above
    assert isinstance(memory, dict)  # noqa: S101
    titles = (
        ("做什么", "CPU 秒", "÷ 裸分组", "内存峰值 MB")
        if language == "zh"
        else ("what", "CPU s", "÷ group-by", "peak MB")
    )
    table = Table(*titles)
    for name, spent in seconds.items():
        ratio = _ratio(spent, seconds[FLOOR])
        cells = (spent, ratio, memory[name])
        table.add_row(name, *("–" if cell is None else f"{cell:g}" for cell in cells))
    Console().print(table)
