"""The list of whom to keep first, from a stored run."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
import pyarrow as pa
from rich.console import Console
from rich.markup import escape
from rich.table import Table as Grid

from keceng.classify import list_expected_losses, read_summary
from keceng.cli.delivery import require_table_name, write_table
from keceng.cli.output import print_json, say
from keceng.loop import open_workspace
from keceng.measure import catalogue
from keceng.vocabulary import Language, Text

_SHOWN: Mapping[str, Text] = {
    "position": Text("序", "#"),
    "customer_id": Text("客户", "customer"),
    "grade": Text("等级", "grade"),
    "lifecycle_state": Text("状态", "state"),
    "expected_loss": Text("预期损失", "expected loss"),
    "reason": Text("理由", "why"),
}


@click.command()
@click.option(
    "--workspace", type=click.Path(path_type=Path), default=Path(), help="工作区目录 / the workspace [here]"
)
@click.option("--run", "run_id", default=None, help="哪次运行 / which run [published]")
@click.option("--top", type=click.IntRange(min=1), default=50, show_default=True, help="前几位 / how many")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="写成 .csv 或 .parquet / write a .csv or .parquet",
)
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")
@click.pass_obj
def retention(
    language: Language, /, workspace: Path, run_id: str | None, top: int, out: Path | None, *, as_json: bool
) -> None:
    """先保住谁 / Whom to keep first: customers by what may be lost with them (value × risk)."""
    if out is not None:
        require_table_name(out)
    snapshot = open_workspace(workspace).lake.snapshot()
    directory = snapshot.run_directory(run_id)
    losses = list_expected_losses(directory, snapshot, top=top)
    if out is not None:
        write_table(losses, out)
        say(str(out))
    if as_json:
        summary = read_summary(directory)
        print_json(
            {
                "run_id": summary.run_id,
                "as_of": summary.as_of.isoformat(),
                "customers": [_plain(row) for row in losses.to_pylist()],
            }
        )
    elif out is None:
        _show(losses, language)


def _plain(row: Mapping[str, Any]) -> dict[str, object]:
    return {name: float(found) if isinstance(found, Decimal) else found for name, found in row.items()}


def _show(losses: pa.Table, language: Language) -> None:
    grid = Grid()
    for title in _SHOWN.values():
        grid.add_column(title.in_language(language), overflow="fold")
    states = catalogue()["lifecycle_state"]
    for row in losses.to_pylist():
        grid.add_row(
            str(row["position"]),
            escape(row["customer_id"]),
            row["grade"],
            states.category_title(row["lifecycle_state"]).in_language(language),
            f"{row['expected_loss']:,}",
            escape(row[f"reason_{language}"]),
        )
    Console().print(grid)
