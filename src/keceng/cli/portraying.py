"""`keceng classes`: what each class of a stored run is, and what sets it apart; as files for analysts too."""

from __future__ import annotations

from pathlib import Path

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from keceng.cli.output import print_json, say
from keceng.evaluate import (
    Characteristic,
    Comparison,
    StoredRun,
    compare_characteristics,
    describe_classes,
    read_run,
)
from keceng.loop import open_workspace
from keceng.measure import catalogue
from keceng.report import (
    ClassesFile,
    title_level,
    write_cases_csv,
    write_comparison_csv,
    write_comparison_workbook,
)
from keceng.vocabulary import KecengError, Language, Place, Text


@click.command()
@click.option(
    "--workspace", type=click.Path(path_type=Path), default=Path(), help="工作区目录 / the workspace [here]"
)
@click.option("--run", "run_id", default=None, help="哪次运行 / which run [published]")
@click.option(
    "--top",
    type=click.IntRange(min=0),
    default=5,
    show_default=True,
    help="每级列出几条特征 / differences shown per class",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="写成 .xlsx, 或编码的 .csv(可供 SPSS) / write .xlsx, or .csv in codes for SPSS",
)
@click.option(
    "--cases",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="逐客户的编码 .csv / one coded row per customer as .csv",
)
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")
@click.pass_obj
def classes(
    language: Language,
    /,
    workspace: Path,
    run_id: str | None,
    top: int,
    out: Path | None,
    cases: Path | None,
    *,
    as_json: bool,
) -> None:
    """每一级是什么样的客户 / What each class is, and what sets it apart from the others."""
    _require_file(out, "--out", (".xlsx", ".csv"))
    _require_file(cases, "--cases", (".csv",))
    made = open_workspace(workspace)
    run = read_run(made.lake.snapshot(), run_id)
    graded = run.read_graded()
    content = ClassesFile(
        describe_classes(graded, run.standard, currency=run.summary.currency),
        compare_characteristics(graded, run.standard),
        run.standard,
        run.as_of,
        run.summary.currency,
    )
    if out is not None:
        _write(content, out, language)
    if cases is not None:
        labels = write_cases_csv(graded, run.standard, cases)
        say(f"{cases}, {labels}")
    if as_json:
        print_json(
            {
                "run_id": run.run_id,
                "as_of": run.as_of.isoformat(),
                "portraits": [portrait.to_document() for portrait in content.portraits],
                "comparison": content.comparison.to_document(),
            }
        )
    elif out is None and cases is None:
        _tell(content, run, language, top)


def _require_file(path: Path | None, option: str, endings: tuple[str, ...]) -> None:
    if path is None:
        return
    if path.suffix.lower() not in endings or not path.absolute().parent.is_dir():
        raise KecengError.of(
            "unusable_file",
            f"不能写成 {path}",
            f"{path} cannot be written",
            remedy=Text(
                f"给出已有文件夹里的 {' 或 '.join(endings)}",
                f"name a {' or '.join(endings)} in a folder that exists",
            ),
            place=Place(path=option),
        )


def _write(content: ClassesFile, out: Path, language: Language) -> None:
    if out.suffix.lower() == ".xlsx":
        write_comparison_workbook(content, out, language=language)
        say(str(out))
    else:
        labels = write_comparison_csv(content.comparison, content.standard, out)
        say(f"{out}, {labels}")


def _tell(content: ClassesFile, run: StoredRun, language: Language, top: int) -> None:
    say(f"{run.run_id} ({run.as_of})")
    for portrait in content.portraits:
        click.echo(portrait.paragraph.in_language(language))
    grid = Table(box=SIMPLE_HEAD)
    titles = (
        ("等级", "特征", "本级", "其余", "提升度", "效应量")
        if language == "zh"
        else ("class", "characteristic", "class", "others", "lift", "effect")
    )
    for place, title in enumerate(titles):
        grid.add_column(title, justify="right" if place > 1 else "left")
    for class_id in content.comparison.heads:
        for row in _tellable(content.comparison, class_id)[:top]:
            grid.add_row(
                escape(content.standard.grade.tier_class(class_id).title.in_language(language)),
                escape(_name(row, language)),
                *(_figure(row, figure) for figure in (row.figure, row.rest_figure)),
                "" if row.lift is None else f"{row.lift:.2f}",
                f"{row.contrast.effect:+.2f}",
            )
        grid.add_section()
    Console().print(grid)


def _tellable(comparison: Comparison, class_id: str) -> list[Characteristic]:
    # What the standard cuts by is no news.
    return [row for row in comparison.of_class(class_id) if not row.decides]


def _name(row: Characteristic, language: Language) -> str:
    measure = catalogue()[row.measure]
    title = measure.title.in_language(language)
    return (
        title if row.level is None else f"{title} = {title_level(measure, row.level).in_language(language)}"
    )


def _figure(row: Characteristic, figure: float) -> str:
    return f"{figure:,.2f}" if row.level is None else f"{figure:.1%}"
