"""`keceng demo`: a made-up company through the whole loop, in one command."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import click

from keceng.cli.classifying import REPORT_FILE, deliver_results
from keceng.cli.output import progress, say
from keceng.collect import CollectOptions
from keceng.demo import AS_OF, write_company
from keceng.loop import create_workspace, read_standard
from keceng.vocabulary import KecengError, Language, Text

_MARK = "keceng.toml"


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("demo-result"),
    show_default=True,
    help="放在哪里 / where",
)
@click.option("--seed", type=int, default=20260101, show_default=True, help="随机种子 / seed")
@click.option(
    "--customers",
    type=click.IntRange(200, 100_000),
    default=5000,
    show_default=True,
    help="客户数 / customers",
)
@click.pass_obj
def demo(language: Language, out: Path, seed: int, customers: int) -> None:
    """生成示例公司并分级 / Make the demo company, classify it twice, a month apart; prints the report's path."""
    _clear(out)
    with progress(language) as watch:
        watch(Text("生成示例公司", "making the demo company"))
        files = write_company(out / "files", seed=seed, customers=customers)
        workspace = create_workspace(out)
        workspace.collect(list(files.paths.values()), CollectOptions(assume_defaults=True), watch=watch)
        # A review a month before, so that there is something to compare with and a grade to be kept.
        standard = read_standard("retail")
        workspace.classify(standard, AS_OF.replace(day=1) - dt.timedelta(days=1), watch=watch)
        summary = workspace.classify(standard, AS_OF, value=True, watch=watch)
        deliver_results(workspace, summary, (out / "result").absolute(), language)
    grades = "  ".join(f"{name} {n:,}" for name, n in summary.classes["grade"].items())
    say(("示例公司已分级：" if language == "zh" else "the demo company is classified: ") + grades)
    click.echo(str((out / "result" / REPORT_FILE).absolute()))


def _clear(out: Path) -> None:
    if not out.exists() or not any(out.iterdir()):
        return
    if not (out / _MARK).exists():
        raise KecengError.of(
            "out_not_ours",
            f"{out} 里有别的东西, 不会覆盖",
            f"{out} holds something else and will not be replaced",
        )
    shutil.rmtree(out)
