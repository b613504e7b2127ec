"""`keceng backtest`: did the ranking find the customers who brought the revenue; did A out-earn B, and did the grades hold?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from keceng.cli.classifying import parse_date
from keceng.cli.options import collect_options, source_options
from keceng.cli.output import print_json, progress, say
from keceng.cli.standards_table import show_standards
from keceng.evaluate import Backtest, StandardsBacktest
from keceng.loop import backtest_files, backtest_standards_on_files, open_workspace, read_standard
from keceng.standard import Standard
from keceng.vocabulary import KecengError, Language, Place, Text


def _parse_cuts(
    _context: click.Context, parameter: click.Parameter, text: str | None
) -> int | list[dt.date] | None:
    if text is None:
        return None
    if text.strip().isdecimal():
        return int(text)
    parts = [part.strip() for part in text.split(",")]
    try:
        return [dt.date.fromisoformat(part) for part in parts]
    except ValueError as error:
        raise KecengError.of(
            "bad_cuts",
            "应写成个数, 或用逗号隔开的日期 2026-03-31,2026-06-30",
            "write a number, or dates with commas between: 2026-03-31,2026-06-30",
            place=Place(path=parameter.opts[0]),
            value=text,
        ) from error


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--cut", callback=parse_date, help="切分日 / the last day the rankings know, 2026-06-30")
@click.option(
    "--cuts",
    callback=_parse_cuts,
    help="检验标准: 最近几个季末, 或这些日期 / judge standards at so many quarter ends, or at 2026-03-31,2026-06-30",
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
    cut: dt.date | None,
    cuts: int | list[dt.date] | None,
    horizon_days: int,
    standard_names: tuple[str, ...],
    workspace: Path | None,
    *,
    as_json: bool,
    **source: Any,
) -> None:
    """用切分日之前的数据排名或定级, 看之后的收入 / Rank or grade by what was known, judge by what came.

    FILES: order files as for classify; or --workspace. --cut judges rankings; --cuts judges standards at several days.
    """
    if bool(files) == bool(workspace):
        raise KecengError.of(
            "files_or_workspace",
            "请给出文件, 或用 --workspace 给出工作区, 二者取一",
            "give files, or a workspace with --workspace: one of the two",
        )
    standards = [read_standard(name) for name in standard_names]
    books = _Books(files, workspace, source, language)
    if cuts is not None and cut is None:
        replayed, assumed = books.judge_standards(standards, cuts, horizon_days)
        if as_json:
            print_json(replayed.to_document())
        else:
            show_standards(replayed, language)
            _say_notes(assumed, language)
    elif cut is not None and cuts is None:
        result, assumed = books.judge_rankings(standards, cut, horizon_days)
        if as_json:
            print_json(result.to_document())
        else:
            _tell(result, assumed, language)
    else:
        raise KecengError.of(
            "cut_or_cuts",
            "请用 --cut 检验排名, 或用 --cuts 检验标准, 二者取一",
            "give --cut to judge rankings, or --cuts to judge standards: one of the two",
        )


@dataclass(frozen=True, slots=True)
class _Books:
    files: tuple[Path, ...]
    workspace: Path | None
    source: dict[str, Any]
    language: Language

    def judge_rankings(
        self, standards: list[Standard], cut: dt.date, horizon_days: int
    ) -> tuple[Backtest, Sequence[Text]]:
        with progress(self.language) as watch:
            if self.workspace is not None:
                opened = open_workspace(self.workspace)
                return opened.backtest(cut, horizon_days, standards, watch=watch), ()
            options = collect_options(self.source, yes=True)
            result, report = backtest_files(
                self.files, cut, horizon_days, standards=standards, options=options, watch=watch
            )
            return result, report.assumed

    def judge_standards(
        self, standards: list[Standard], cuts: int | list[dt.date], horizon_days: int
    ) -> tuple[StandardsBacktest, Sequence[Text]]:
        with progress(self.language) as watch:
            if self.workspace is not None:
                opened = open_workspace(self.workspace)
                return opened.backtest_standards(standards, cuts, horizon_days, watch=watch), ()
            options = collect_options(self.source, yes=True)
            result, report = backtest_standards_on_files(
                self.files, standards, cuts, horizon_days, options=options, watch=watch
            )
            return result, report.assumed


def _tell(result: Backtest, assumed: Sequence[Text], language: Language) -> None:
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
    _say_notes((*assumed, *result.all_notes), language)


def _say_notes(notes: Sequence[Text], language: Language) -> None:
    for note in notes:
        say(f"· {note.in_language(language)}")


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1%}"


def _decimal(number: float | None) -> str:
    return "" if number is None else f"{number:.3f}"
