"""`keceng undo`: an import taken back, or what that would change."""

from __future__ import annotations

from pathlib import Path

import click

from keceng.cli.output import print_json, progress, say
from keceng.collect import LEDGER, UndoReport, preview_undo, undo_import
from keceng.loop import Workspace, open_workspace
from keceng.vocabulary import Language, money_text

_GRAINS = {table.name: table.grain for table in LEDGER}


@click.command()
@click.argument("name", metavar="IMPORT_OR_BATCH")
@click.option(
    "--workspace", type=click.Path(path_type=Path), default=Path(), help="工作区目录 / the workspace [here]"
)
@click.option("--preview", "only_looks", is_flag=True, help="只看会改变什么 / only tell what would change")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")
@click.pass_obj
def undo(language: Language, /, name: str, workspace: Path, *, only_looks: bool, as_json: bool) -> None:
    """撤销一次导入 / Take an import back: the ledger as if it had never come, what came later staying.

    IMPORT_OR_BATCH is the import_id, or one of the batch_ids, that `keceng collect --json` told.
    """
    opened = open_workspace(workspace)
    with progress(language) as watch:
        take_back = preview_undo if only_looks else undo_import
        report = take_back(opened.lake, name, watch=watch)
    if as_json:
        print_json(_document(report))
    else:
        _tell(report, opened, language)


def _document(report: UndoReport) -> dict[str, object]:
    change = report.change
    return {
        "files": list(report.files),
        "later_files": list(report.later_files),
        "batch_ids": list(report.batch_ids),
        "rows": {name: list(pair) for name, pair in change.rows.items()},
        "customers_gone": change.customers_gone,
        "customers_kept": report.customers_kept,
        "total_before": change.before.total,
        "total_after": change.after.total,
        "snapshot_id": report.snapshot_id,
    }


def _tell(report: UndoReport, workspace: Workspace, language: Language) -> None:
    is_zh = language == "zh"
    say(f"撤销 {', '.join(report.files)}" if is_zh else f"taken back: {', '.join(report.files)}")
    for name, (before, after) in report.change.rows.items():
        click.echo(f"{_GRAINS[name].in_language(language)}: {before:,} → {after:,}")
    sums = [
        f"{workspace.settings.currency}{money_text(cents)}"
        for cents in (report.change.before.total, report.change.after.total)
    ]
    click.echo(f"{'订单合计' if is_zh else 'sum of orders'}: {sums[0]} → {sums[1]}")
    if report.later_files:
        later = ", ".join(report.later_files)
        say(f"之后的导入保留: {later}" if is_zh else f"later imports stay: {later}")
    if report.customers_kept:
        n = report.customers_kept
        say(
            f"{n} 个客户因有人写过记录而保留"
            if is_zh
            else f"{n} customers stay, because people wrote about them"
        )
