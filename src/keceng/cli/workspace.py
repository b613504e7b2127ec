"""The verbs of a workspace: init, collect, measures, standards, rejects."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table as Grid

from keceng.cli.databases import database_options, database_source
from keceng.cli.options import collect_options, source_options
from keceng.cli.output import print_json, progress, say
from keceng.collect import REJECTS, CollectReport, Question, write_rejects
from keceng.loop import create_workspace, new_setup_code, open_workspace, read_standard
from keceng.measure import catalogue
from keceng.standard import lint_standard, list_templates
from keceng.vocabulary import KecengError, Language, Place, Problem, Text

_WORKSPACE = click.option(
    "--workspace", type=click.Path(path_type=Path), default=Path(), help="工作区目录 / the workspace [here]"
)
_JSON = click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.pass_obj
def init(language: Language, /, directory: Path) -> None:
    """新建工作区 / Make a workspace in DIRECTORY."""
    create_workspace(directory)
    link = f"http://127.0.0.1:8000/?code={new_setup_code(directory)}"
    say(
        f"工作区已建好。打开工作台: keceng serve --workspace {directory}, 首次设置链接(只用一次): {link}"
        if language == "zh"
        else f"workspace made. The workbench: keceng serve --workspace {directory}; its one-time set-up link: {link}"
    )
    click.echo(str(directory))


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@_WORKSPACE
@_JSON
@database_options
@source_options
@click.pass_obj
def collect(
    language: Language, /, files: tuple[Path, ...], workspace: Path, *, as_json: bool, **source: Any
) -> None:
    """导入文件或数据库 / Take FILES, or a table or query of a database, into the workspace's ledger, all of it or nothing."""
    options, database = collect_options(source), database_source(source, files)
    with progress(language) as watch:
        opened = open_workspace(workspace)
        if database is None:
            report = opened.collect(files, options, watch=watch)
        else:
            report = opened.collect_database(database, options, watch=watch)
    if report.questions:
        raise KecengError([_unanswered(question) for question in report.questions])
    if as_json:
        print_json(_report_document(report))
    else:
        _tell_collected(report, language)


def _unanswered(question: Question) -> Problem:
    options = [f"{o.answer} ({{}})" for o in question.options]
    zh = " · ".join(o.format(q.title.zh) for o, q in zip(options, question.options, strict=True))
    en = " · ".join(o.format(q.title.en) for o, q in zip(options, question.options, strict=True))
    return Problem(
        f"unanswered.{question.id}",
        Text(f"{question.text.zh} {question.why.zh}", f"{question.text.en} {question.why.en}"),
        Text(
            f"--answer {question.id}=…: {zh}"
            + (f"; --yes 取默认 {question.default}" if question.default else ""),
            f"--answer {question.id}=…: {en}"
            + (f"; --yes takes {question.default}" if question.default else ""),
        ),
    )


def _report_document(report: CollectReport) -> dict[str, object]:
    return {
        "rows": asdict(report.rows),
        "rejects": dict(report.rejects),
        "assumed": [f"{text.zh} / {text.en}" for text in report.assumed],
        "import_id": report.import_id,
        "batch_ids": list(report.batch_ids),
        "snapshot_id": report.snapshot_id,
    }


def _tell_collected(report: CollectReport, language: Language) -> None:
    rows = report.rows
    words = (
        "读入 新增 更新 不变 退回" if language == "zh" else "read added updated unchanged rejected"
    ).split()
    counts = (rows.read, rows.added, rows.updated, rows.unchanged, rows.rejected)
    click.echo("  ".join(f"{word} {n:,}" for word, n in zip(words, counts, strict=True)))
    for text in report.assumed:
        say(f"· {text.in_language(language)}")
    for code, n in report.rejects.items():
        say(f"  {code}: {n:,}")
    if report.import_id:
        said = "撤销" if language == "zh" else "to take it back"
        say(f"{said}: keceng undo {report.import_id}")


@click.command()
@_JSON
@click.pass_obj
def measures(language: Language, /, *, as_json: bool) -> None:
    """列出全部指标及定义 / List every measure with its definition."""
    if as_json:
        print_json([_measure_document(name) for name in catalogue()])
        return
    grid = Grid(show_lines=False)
    for heading in ("指标 / measure", "名称 / title", "类型 / kind", "定义 / definition"):
        grid.add_column(heading, overflow="fold")
    for measure in catalogue().values():
        grid.add_row(
            measure.name,
            measure.title.in_language(language),
            measure.kind.value,
            measure.definition.in_language(language),
        )
    Console().print(grid)


def _measure_document(name: str) -> dict[str, object]:
    measure = catalogue()[name]
    return {
        "name": measure.name,
        "title": {"zh": measure.title.zh, "en": measure.title.en},
        "definition": {"zh": measure.definition.zh, "en": measure.definition.en},
        "kind": measure.kind.value,
        "unit": {"zh": measure.unit.zh, "en": measure.unit.en},
        "direction": measure.direction.value,
        "actionable": measure.actionable,
        "is_cause": measure.is_cause,
        "windowed": measure.windowed,
        "inputs": list(measure.inputs),
        "source": measure.source,
    }


@click.command()
@click.argument("name", required=False)
@click.pass_obj
def standards(language: Language, /, name: str | None) -> None:
    """列出模板, 或检查一个标准 / List the templates, or check one standard (id or YAML file)."""
    if name is None:
        for template in list_templates():
            click.echo(f"{template:14} {read_standard(template).title.in_language(language)}")
        return
    standard = read_standard(name)
    click.echo(f"{standard.id} r{standard.revision}: {standard.title.in_language(language)}")
    for finding in lint_standard(standard, catalogue()):
        say(finding.describe(language))


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@_WORKSPACE
@click.pass_obj
def rejects(language: Language, /, path: Path, workspace: Path) -> None:
    """导出退回行, 改好后再导入 / Write the rejected rows to PATH (.csv or .xlsx), to be fixed and collected again."""
    snapshot = open_workspace(workspace).lake.snapshot()
    batches = snapshot.read(REJECTS)["batch_id"].unique().to_pylist()
    if not batches:
        say("没有退回的行" if language == "zh" else "no rejected rows")
        return
    if path.suffix.lower() not in {".csv", ".xlsx"} or not path.absolute().parent.is_dir():
        raise KecengError.of(
            "bad_rejects_file",
            f"不能写成 {path}",
            f"{path} cannot be written",
            remedy=Text("给出已有文件夹里的 .csv 或 .xlsx", "name a .csv or .xlsx in a folder that exists"),
            place=Place(path=str(path)),
        )
    write_rejects(snapshot, batches, path)
    click.echo(str(path))
