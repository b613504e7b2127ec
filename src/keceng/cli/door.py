"""The command group and the one place where errors become words and exit codes."""

from __future__ import annotations

import signal
import sys
import tempfile
import traceback
from itertools import pairwise
from pathlib import Path
from typing import cast

import click

from keceng.cli.backtesting import backtest
from keceng.cli.classifying import classify
from keceng.cli.output import say
from keceng.cli.retaining import retention
from keceng.cli.showcase import demo
from keceng.cli.valuing import clv
from keceng.cli.workspace import collect, explain, init, measures, rejects, standards
from keceng.vocabulary import KecengError, Language, host_language

EXIT_USER, EXIT_FAULT, EXIT_INTERRUPTED, EXIT_TERMINATED = 2, 70, 130, 143


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
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
    measures,
    standards,
    explain,
    rejects,
    backtest,
    clv,
    retention,
    demo,
):
    keceng.add_command(_command)


def open_door(arguments: list[str] | None = None) -> None:
    """Run the shell door; exits 0, or 2 with the problems when what the user gave cannot be used."""
    given = sys.argv[1:] if arguments is None else arguments
    # A terminated command leaves through its `finally` blocks, so nothing half-made stays behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(EXIT_TERMINATED))
    language = _language_of(given)
    try:
        keceng.main(given, standalone_mode=False)
    except KecengError as error:
        for problem in error.problems:
            say(problem.describe(language))
        sys.exit(EXIT_USER)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.exceptions.Abort:
        sys.exit(EXIT_INTERRUPTED)
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
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
