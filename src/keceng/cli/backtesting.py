"""`keceng backtest`: did the ranking find the customers who brought the revenue?"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from keceng.cli.classifying import parse_date
from keceng.cli.options import collect_options, source_options
from keceng.cli.output import print_json, progress, say
from keceng.evaluate import Backtest
from keceng.loop import backtest_files, open_workspace, read_standard
from keceng.vocabulary import KecengError, Language, Text


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--cut", required=True, callback=parse_date, help="切分日 / the last day the rankings know, 2026-06-30"
)
@click.option(
    "--horizon",
    "horizon_days",
    required=True,
    type=int,
    help="其后多少天检验 / days after it that judge them",
)
@click.option(
    "--standard",
    "standard_names",
    multiple=True,
    help="也检验这些标准 / judge this standard too; may be repeated",
)
@click.option("--workspace", type=click.Path(path_type=Path), help="工作区 / a workspace, instead of files")
@click.option("--json", "as_json", is_flag=True, help="只输出 JSON / print the JSON alone")
@source_options
@click.pass_obj
def backtest(
    language: Language,
    /,
    files: tuple[Path, ...],
    cut: dt.date,
    horizon_days: int,
    standard_names: tuple[str, ...],
    workspace: Path | None,
    *,
    as_json: bool,
    **source: Any,
) -> None:
    """用切分日之前的数据排名, 看之后的收入 / Rank by what was known, judge by what came.

    FILES: order files as for classify; or --workspace.
    """
    if bool(files) == bool(workspace):
        raise KecengError.of(
            "files_or_workspace",
            "请给出文件, 或用 --workspace 给出工作区, 二者取一",
            "give files, or a workspace with --workspace: one of the two",
        )
    standards = [read_standard(name) for name in standard_names]
    assumed: tuple[Text, ...] = ()
    with progress(language) as watch:
        if workspace is not None:
            result = open_workspace(workspace).backtest(cut, horizon_days, standards, watch=watch)
        else:
            options = collect_options(source, yes=True)
            result, report = backtest_files(
                files, cut, horizon_days, standards=standards, options=options, watch=watch
            )
            assumed = tuple(report.assumed)
    if as_json:
        print_json(result.to_document())
    else:
        _tell(result, assumed, language)


def _tell(result: Backtest, assumed: tuple[Text, ...], language: Language) -> None:
    heads = Text(
        "{customers} 家在 {cut} 及以前买过; 用其后 {days} 天的净销售额检验, 实际 {actual}",
        "{customers} customers had bought by {cut}; judged by the net revenue of the {days} days after it, {actual}",
    ).fill(
        customers=f"{result.customers:,}",
        cut=result.cut,
        days=result.horizon_days,
        actual=f"{result.actual:,.0f}",
    )
    say(heads.in_language(language))
    titles = (
        ("排名", "前10%占比", "前20%占比", "基尼", "秩相关", "预测总额")
        if language == "zh"
        else ("ranking", "top 10 %", "top 20 %", "Gini", "Spearman", "predicted")
    )
    table = Table(box=SIMPLE_HEAD)
    for place, title in enumerate(titles):
        table.add_column(title, justify="right" if place else "left", no_wrap=True)
    for name, quality in result.rankings.items():
        total = result.totals.get(name)
        table.add_row(
            name,
            _percent(quality.capture_top10),
            _percent(quality.capture_top20),
            _decimal(quality.gini),
            _decimal(quality.spearman),
            f"{total.predicted:,.0f}" if total else "",
        )
    Console().print(table)
    for note in (*assumed, *result.all_notes):
        say(f"· {note.in_language(language)}")


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"


def _decimal(number: float | None) -> str:
    return "" if number is None else f"{number:.3f}"
