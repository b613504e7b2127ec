"""`keceng series`: a series of published runs, with the flow between them and what became of each month's newcomers."""

from __future__ import annotations

from pathlib import Path

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from keceng.cli.output import print_json, say
from keceng.evaluate import Cohort, CohortSeries, follow_cohorts, list_published, trace_flow
from keceng.loop import open_workspace
from keceng.vocabulary import Language, Text


@click.command()
@click.option(
    "--workspace", type=click.Path(path_type=Path), default=Path(), help="工作区目录 / the workspace [here]"
)
@click.option(
    "--last",
    type=click.IntRange(min=2),
    default=12,
    show_default=True,
    help="最近几次运行 / how many runs, the newest",
)
@click.option("--json", "as_json", is_flag=True, help="流向与分批的 JSON / flow and cohorts as JSON")
@click.pass_obj
def series(language: Language, /, workspace: Path, last: int, *, as_json: bool) -> None:
    """各月新客后来到了哪一级 / What became of each month's newcomers over the published runs."""
    made = open_workspace(workspace)
    run_ids = list_published(made.lake)[-last:]
    snapshot = made.lake.snapshot()
    cohorts = follow_cohorts(snapshot, run_ids)
    if as_json:
        print_json(
            {
                "flow": trace_flow(snapshot, run_ids).to_document(),
                "cohorts": cohorts.to_document()["cohorts"],
            }
        )
        return
    top = cohorts.runs[-1].standard.grade.classes[0]
    told = Text(
        "首购月份与人数; 各次运行中在{title}的占比",
        "month of the first purchase, customers, and the share in {title} at each run",
    ).fill(title=top.title)
    say(told.in_language(language))
    Console().print(_grid(cohorts, top.id, language))


def _grid(cohorts: CohortSeries, top: str, language: Language) -> Table:
    grid = Table(box=SIMPLE_HEAD)
    grid.add_column("月份" if language == "zh" else "month")
    grid.add_column("家数" if language == "zh" else "customers", justify="right")
    for run in cohorts.runs:
        grid.add_column(run.as_of.isoformat(), justify="right")
    never = "从未购买" if language == "zh" else "never bought"
    for cohort in cohorts.cohorts:
        shares = [_share(cohort, place, top) for place in range(len(cohorts.runs))]
        heads = max(sum(found.values()) for found in cohort.heads)
        grid.add_row(escape(cohort.month or never), f"{heads:,}", *shares)
    return grid


def _share(cohort: Cohort, place: int, top: str) -> str:
    if not cohort.heads[place]:
        return ""
    return f"{cohort.shares(place).get(top, 0.0):.0%}"
