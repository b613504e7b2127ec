"""`keceng moves` and `keceng drift`: two stored runs compared, customer by customer and number by number."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from keceng.cli.output import print_json, say
from keceng.evaluate import (
    Alert,
    Drift,
    Migration,
    Severity,
    Shift,
    ShiftVerdict,
    StoredRun,
    choose_pair,
    find_alerts,
    measure_drift,
    migration_matrix,
)
from keceng.loop import Workspace, open_workspace
from keceng.measure import catalogue
from keceng.vocabulary import Language, Text, money_text

Command = TypeVar("Command", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--from", "from_run", default=None, metavar="RUN", help="从哪次运行 / the earlier run [the one published before]"),
    click.option("--to", "to_run", default=None, metavar="RUN", help="到哪次运行 / the later run [published]"),
    click.option("--workspace", type=click.Path(path_type=Path), default=Path(), help="工作区目录 / the workspace [here]"),
    click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON"),
)  # fmt: skip

_VERDICTS = {
    ShiftVerdict.STABLE: Text("稳定", "stable"),
    ShiftVerdict.WATCH: Text("留意", "watch"),
    ShiftVerdict.SHIFTED: Text("已变化", "shifted"),
}
_SEVERITIES = {
    Severity.HIGH: Text("马上", "now"),
    Severity.MEDIUM: Text("下次复盘", "next review"),
    Severity.LOW: Text("有空时", "in time"),
}
_BY_CHANCE = Text("(人数少, 可能出于偶然)", "(few heads: may be chance)")


def _pair_options(command: Command) -> Command:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command()
@_pair_options
@click.option(
    "--top",
    type=click.IntRange(min=0),
    default=20,
    show_default=True,
    help="列出几家 / how many falls to list",
)
@click.pass_obj
def moves(
    language: Language,
    /,
    from_run: str | None,
    to_run: str | None,
    workspace: Path,
    top: int,
    *,
    as_json: bool,
) -> None:
    """谁从哪一级到了哪一级 / Who moved from which class to which between two runs."""
    made = open_workspace(workspace)
    migration = migration_matrix(made.lake.snapshot(), *choose_pair(made.lake, from_run, to_run))
    if as_json:
        print_json(migration.to_document())
        return
    _tell_runs(migration.before, migration.after, migration.notes, language)
    Console().print(_matrix(migration, language))
    _tell_falls(migration, language, top, made.settings.currency)


@click.command()
@_pair_options
@click.option(
    "--top",
    type=click.IntRange(min=0),
    default=15,
    show_default=True,
    help="列出几个指标 / how many measures to list",
)
@click.pass_obj
def drift(
    language: Language,
    /,
    from_run: str | None,
    to_run: str | None,
    workspace: Path,
    top: int,
    *,
    as_json: bool,
) -> None:
    """等级构成、指标、需求变了多少, 该留意什么 / What has drifted between two runs, and what to look at."""
    made = open_workspace(workspace)
    found, alerts = _compare(made, from_run, to_run)
    if as_json:
        print_json({**found.to_document(), "alerts": [alert.to_document() for alert in alerts]})
        return
    _tell_runs(found.before, found.after, found.notes, language)
    _tell_alerts(alerts, language)
    Console().print(_mix(found, language))
    Console().print(_measures(found, language, top))


def _compare(made: Workspace, from_run: str | None, to_run: str | None) -> tuple[Drift, tuple[Alert, ...]]:
    pair = choose_pair(made.lake, from_run, to_run)
    snapshot = made.lake.snapshot()
    found = measure_drift(snapshot, *pair)
    return found, find_alerts(found, migration_matrix(snapshot, *pair), currency=made.settings.currency)


def _tell_runs(before: StoredRun, after: StoredRun, notes: tuple[Text, ...], language: Language) -> None:
    say(f"{before.run_id} ({before.as_of}) → {after.run_id} ({after.as_of})")
    for note in notes:
        say(f"· {note.in_language(language)}")


def _grid(*titles: str) -> Table:
    grid = Table(box=SIMPLE_HEAD)
    for place, title in enumerate(titles):
        grid.add_column(escape(title), justify="right" if place else "left")
    return grid


def _matrix(migration: Migration, language: Language) -> Table:
    columns = [s for s in migration.to_states if migration.heads_to(s)]
    titles = [migration.title_of(s).in_language(language) for s in columns]
    grid = _grid(*(("从 \\ 到", *titles, "合计") if language == "zh" else ("from \\ to", *titles, "total")))
    for state in migration.from_states:
        if not (heads := migration.heads_from(state)):
            continue
        cells = [migration.cells.get((state, column)) for column in columns]
        counts = [f"{cell.heads:,}" if cell else "·" for cell in cells]
        grid.add_row(escape(migration.title_of(state).in_language(language)), *counts, f"{heads:,}")
    return grid


def _tell_falls(migration: Migration, language: Language, top: int, currency: str) -> None:
    title = migration.title_of(migration.before.top_class)
    was = migration.heads_from(migration.before.top_class)
    head = Text(
        "{was} 家中 {left} 家离开 {title}; 共 {moved} 家换了等级",
        "{left} of {was} customers left {title}; {moved} changed class in all",
    ).fill(was=f"{was:,}", left=f"{migration.fall_heads:,}", title=title, moved=f"{migration.moved_heads:,}")
    click.echo(head.in_language(language))
    for fall in migration.falls[:top]:
        to = migration.title_of(fall.to_state).in_language(language)
        sales = "" if fall.before_cents is None else f"{currency}{money_text(fall.before_cents)}"
        reason = fall.reason.in_language(language) if fall.reason else ""
        click.echo("  ".join(p for p in (fall.customer_id or "?", f"→ {to}", sales, reason) if p))


def _tell_alerts(alerts: tuple[Alert, ...], language: Language) -> None:
    if not alerts:
        click.echo("没有需要留意的变化" if language == "zh" else "nothing to look at")
    for alert in alerts:
        severity = _SEVERITIES[alert.severity].in_language(language)
        click.echo(f"[{severity}] {alert.sentence.in_language(language)}")


def _mix(found: Drift, language: Language) -> Table:
    shift = found.class_mix
    titles = ("等级", "之前", "之后") if language == "zh" else ("class", "before", "after")
    grid = _grid(*titles)
    for class_id in shift.before:
        before, after = shift.shares(class_id)
        grid.add_row(
            escape(_class_title(found, class_id).in_language(language)), f"{before:.1%}", f"{after:.1%}"
        )
    grid.add_section()
    grid.add_row("PSI", _psi(shift), _verdict(shift, language))
    return grid


def _class_title(found: Drift, class_id: str) -> Text:
    grades = (run.standard.grade for run in (found.after, found.before))
    grade = next(grade for grade in grades if class_id in grade.class_ids)
    return grade.tier_class(class_id).title


def _measures(found: Drift, language: Language, top: int) -> Table:
    titles = (
        ("指标", "PSI", "判断", "未知, 之前", "未知, 之后")
        if language == "zh"
        else ("measure", "PSI", "verdict", "unknown before", "after")
    )
    grid = _grid(*titles)
    for name, one in list(found.measures.items())[:top]:
        grid.add_row(
            catalogue()[name].title.in_language(language) + (" *" if one.decides else ""),
            _psi(one.shift),
            _verdict(one.shift, language),
            f"{one.unknown_before:.1%}",
            f"{one.unknown_after:.1%}",
        )
    grid.caption = "* 标准用到的指标" if language == "zh" else "* named by the standard"
    return grid


def _psi(shift: Shift) -> str:
    return "" if shift.psi is None else f"{shift.psi:.3f}"


def _verdict(shift: Shift, language: Language) -> str:
    if shift.psi is None:
        return ""
    verdict = _VERDICTS[shift.verdict].in_language(language)
    chance = shift.verdict is not ShiftVerdict.STABLE and not shift.is_beyond_chance
    return f"{verdict} {_BY_CHANCE.in_language(language)}" if chance else verdict
