"""The command group and the one place where errors become words and exit codes."""

from __future__ import annotations

import sys
import tempfile
import traceback
from importlib.metadata import EntryPoint, entry_points
from itertools import pairwise
from pathlib import Path
from typing import cast

import click

from keceng.cli.backtesting import backtest
from keceng.cli.classifying import classify
from keceng.cli.drifting import drift, moves
from keceng.cli.explaining import explain
from keceng.cli.following import series
from keceng.cli.output import say
from keceng.cli.portraying import classes
from keceng.cli.retaining import retention
from keceng.cli.service_rates import rates
from keceng.cli.showcase import demo
from keceng.cli.signals import signals_heeded
from keceng.cli.simulating import simulate
from keceng.cli.standard_texts import diff, lint
from keceng.cli.undoing import undo
from keceng.cli.valuing import clv
from keceng.cli.workspace import collect, init, measures, rejects, standards
from keceng.vocabulary import KecengError, Language, Text, host_language

_ADDED = "keceng.commands"
EXIT_USER, EXIT_FAULT, EXIT_ABORTED = 2, 70, 130


class _Door(click.Group):
    """The commands of the loop, and those of packages that add to them: the workbench's need Django, which we never load."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Ours and theirs."""
        return [*super().list_commands(ctx), *(point.name for point in entry_points(group=_ADDED))]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Ours first; one of theirs is imported when it is asked for."""
        found = super().get_command(ctx, cmd_name)
        if found is not None:
            return found
        for point in entry_points(group=_ADDED, name=cmd_name):
            return cast("click.Command", _load(point))
        return None


def _load(point: EntryPoint) -> object:
    try:
        return point.load()
    except ModuleNotFoundError as error:
        raise KecengError.of(
            "not_installed",
            f"{point.name} 需要工作台组件: {error.name}",
            f"{point.name} needs the workbench's parts: {error.name}",
            remedy=Text("安装 keceng[web]", "install keceng[web]"),
        ) from error


@click.group(cls=_Door, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--lang", type=click.Choice(["zh", "en"]), default=None, help="语言 / language (default: the host's)"
)
@click.version_option(package_name="keceng", prog_name="keceng")
@click.pass_context
def keceng(context: click.Context, lang: str | None) -> None:
    """客层: classify customers under a written standard, with a reason for every grade.

    keceng classify orders.xlsx --out result    分级, 无需任何设置 (no set-up needed)
    """
    context.obj = cast("Language", lang or host_language())


for _command in (
    classify,
    init,
    collect,
    undo,
    measures,
    standards,
    diff,
    lint,
    explain,
    rejects,
    backtest,
    clv,
    retention,
    rates,
    simulate,
    classes,
    moves,
    series,
    drift,
    demo,
):
    keceng.add_command(_command)


def open_door(arguments: list[str] | None = None) -> None:
    """Run the shell door; exits 0, or 2 with the problems when what the user gave cannot be used."""
    given = sys.argv[1:] if arguments is None else arguments
    language = _language_of(given)
    try:
        with signals_heeded(language):
            keceng.main(given, standalone_mode=False)
    except KecengError as error:
        for problem in error.problems:
            say(problem.describe(language))
        sys.exit(EXIT_USER)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.exceptions.Abort:
        sys.exit(EXIT_ABORTED)
    except Exception:
        say(_fault_message(language))
        sys.exit(EXIT_FAULT)


def _language_of(arguments: list[str]) -> Language:
    for here, following in pairwise(arguments):
        if here == "--lang" and following in {"zh", "en"}:
            return cast("Language", following)
    return host_language()


def _fault_message(language: Language) -> str:
    with tempfile.NamedTemporaryFile(
        "w", prefix="keceng-fault-", suffix=".txt", delete=False, encoding="utf-8"
    ) as file:
        traceback.print_exc(file=file)
    details = Path(file.name)
    if language == "zh":
        return f"客层内部出错, 没有写入任何结果。细节(可能含数据)在 {details}"
    return f"Keceng failed inside; no result was written. Details (which may hold data) are in {details}"
