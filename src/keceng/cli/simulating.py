"""`keceng simulate`: what publishing a draft would do, before anybody publishes it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from keceng.classify import GONE, NEW, UNCLASSIFIED
from keceng.cli.delivery import require_table_name, write_table
from keceng.cli.output import print_json, say
from keceng.evaluate import ClassSize, Impact
from keceng.loop import open_workspace, read_standard
from keceng.report import ClassesFile, write_comparison_csv, write_comparison_workbook
from keceng.standard import Standard
from keceng.vocabulary import KecengError, Language, Place, Text, money_text

_STATES = {
    NEW: Text("新出现", "new"),
    UNCLASSIFIED: Text("未分级", "not classified"),
    GONE: Text("不再出现", "gone"),
}
MOST_SHOWN = 20


@click.command()
@click.argument("draft")
@click.option("--against", default=None, help="与哪个标准比 / compare with this standard [what is in force]")
@click.option(
    "--workspace", type=click.Path(path_type=Path), default=Path(), help="工作区目录 / the workspace [here]"
)
@click.option(
    "--classes",
    "classes_file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="各级特征写成 .xlsx, 或编码的 .csv(可供 SPSS) / classes as .xlsx, or .csv in codes for SPSS",
)
@click.option(
    "--movers",
    "movers_file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="升降级名单写成 .csv 或 .parquet / everyone who moves, as .csv or .parquet",
)
@click.option("--json", "as_json", is_flag=True, help="只输出 JSON / print the JSON alone")
@click.pass_obj
def simulate(
    language: Language,
    /,
    draft: str,
    against: str | None,
    workspace: Path,
    classes_file: Path | None,
    movers_file: Path | None,
    *,
    as_json: bool,
) -> None:
    """草案一旦发布, 谁升谁降 / Who would move if a draft were published, on the data of the published run.

    DRAFT: a template's id or a YAML file. Nothing is stored.
    """
    if movers_file is not None:
        require_table_name(movers_file)
    _require_classes_file(classes_file)
    ruler = read_standard(draft)
    impact = open_workspace(workspace).simulate(ruler, read_standard(against) if against else None)
    if classes_file is not None:
        _write_classes(impact, ruler, classes_file, language)
    if movers_file is not None:
        write_table(impact.movers, movers_file)
        say(str(movers_file))
    if as_json:
        print_json(impact.to_document())
    else:
        _tell(impact, language)


def _require_classes_file(path: Path | None) -> None:
    if path is None or (path.suffix.lower() in {".xlsx", ".csv"} and path.absolute().parent.is_dir()):
        return
    raise KecengError.of(
        "unusable_file",
        f"不能写成 {path}",
        f"{path} cannot be written",
        remedy=Text("给出已有文件夹里的 .xlsx 或 .csv", "name a .xlsx or .csv in a folder that exists"),
        place=Place(path="--classes"),
    )


def _write_classes(impact: Impact, ruler: Standard, path: Path, language: Language) -> None:
    if path.suffix.lower() == ".csv":
        labels = write_comparison_csv(impact.comparison, ruler, path)
        say(f"{path}, {labels}")
        return
    content = ClassesFile(impact.portraits, impact.comparison, ruler, impact.as_of, impact.currency)
    write_comparison_workbook(content, path, language=language)
    say(str(path))


def _tell(impact: Impact, language: Language) -> None:
    said = Text(
        f"{impact.draft.id} 第 {impact.draft.revision} 版, 截至 {impact.as_of}: {impact.customers:,} 家客户中 {impact.moved:,} 家等级会变",
        f"{impact.draft.id} revision {impact.draft.revision}, as of {impact.as_of}: {impact.moved:,} of {impact.customers:,} customers would change class",
    )
    click.echo(said.in_language(language))
    for note in impact.notes:
        click.echo(f"* {note.in_language(language)}")
    console = Console()
    console.print(_sizes(impact, language))
    console.print(_matrix(impact, language))
    if impact.named:
        console.print(_named(impact, language))
    if len(impact.owners) > 1 or (impact.owners and impact.owners[0].owner):
        console.print(_owners(impact, language))
    for portrait in impact.portraits:
        click.echo(portrait.paragraph.in_language(language))


def _grid(titles: tuple[Text, ...], language: Language, *, words: int = 1) -> Table:
    grid = Table(box=SIMPLE_HEAD)
    for place, title in enumerate(titles):
        grid.add_column(title.in_language(language), justify="left" if place < words else "right")
    return grid


def _class_name(class_id: str, language: Language) -> str:
    return _STATES[class_id].in_language(language) if class_id in _STATES else class_id


def _sizes(impact: Impact, language: Language) -> Table:
    titles = (
        Text("等级", "class"),
        Text("现在", "now"),
        Text("草案", "draft"),
        Text("销售占比 现在", "sales share now"),
        Text("草案", "draft"),
    )
    grid = _grid(titles, language)
    for class_id in {**impact.before, **impact.after}:
        before, after = (side.get(class_id, ClassSize()) for side in (impact.before, impact.after))
        grid.add_row(
            _class_name(class_id, language),
            f"{before.heads:,}",
            f"{after.heads:,}",
            f"{before.sales_share:.1%}",
            f"{after.sales_share:.1%}",
        )
    return grid


def _matrix(impact: Impact, language: Language) -> Table:
    across = list(dict.fromkeys([*impact.after, *(b for row in impact.moves.values() for b in row)]))
    titles = (
        Text("从 ↓ 到 →", "from ↓ to →"),
        *(Text(_class_name(b, "zh"), _class_name(b, "en")) for b in across),
    )
    grid = _grid(titles, language)
    for class_id in [c for c in {**impact.before, **impact.moves} if c in impact.moves]:
        row = impact.moves[class_id]
        grid.add_row(_class_name(class_id, language), *(f"{row[b]:,}" if row.get(b) else "·" for b in across))
    return grid


def _named(impact: Impact, language: Language) -> Table:
    titles = (
        Text("重点客户", "key account"),
        Text("负责人", "owner"),
        Text("变化", "move"),
        Text("理由", "why"),
        Text("销售额", "sales"),
    )
    grid = _grid(titles, language, words=4)
    for move in impact.named[:MOST_SHOWN]:
        grid.add_row(
            escape(f"{move.customer_id} {move.customer_name or ''}".strip()),
            escape(move.owner or ""),
            f"{_class_name(move.from_class, language)} → {_class_name(move.to_class, language)}",
            escape(move.reason.in_language(language)) if move.reason else "",
            "" if move.sales_cents is None else money_text(move.sales_cents),
        )
    hidden = impact.named_heads - min(MOST_SHOWN, len(impact.named))
    if hidden:
        grid.caption = Text(
            f"另有 {hidden} 家, 见 --movers 或 --json", f"{hidden} more in --movers or --json"
        ).in_language(language)
    return grid


def _owners(impact: Impact, language: Language) -> Table:
    titles = (
        Text("负责人", "owner"),
        Text("客户数 现在 → 草案", "customers now → draft"),
        Text("每月联系 现在 → 草案", "contacts a month now → draft"),
    )
    grid = _grid(titles, language)
    for owner in impact.owners[:MOST_SHOWN]:
        grid.add_row(
            escape(owner.owner or Text("未指定", "nobody").in_language(language)),
            f"{_told(owner.before)} → {_told(owner.after)}",
            f"{owner.contacts_before:,.0f} → {owner.contacts_after:,.0f}",
        )
    return grid


def _told(heads: Mapping[str, int]) -> str:
    return " ".join(f"{class_id}{n}" for class_id, n in heads.items())
