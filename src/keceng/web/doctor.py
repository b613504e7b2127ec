"""`keceng doctor` and `keceng backup`: what an administrator runs beside the workbench."""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import NoReturn

import click

from keceng.desk.health.findings import Check, Finding, Level, examine, worst
from keceng.vocabulary import KecengError, Language, Text

_MARKS = {Level.GOOD: "✓", Level.WARNING: "!", Level.BROKEN: "✗"}
_VERDICTS = {
    Level.GOOD: Text("一切正常", "all is well"),
    Level.WARNING: Text("可以用，有几处要留意", "it works; some things want a look"),
    Level.BROKEN: Text("有东西坏了", "something is broken"),
}
_WORKSPACE = click.option(
    "--workspace", type=click.Path(path_type=Path), default=Path(), help="工作区目录 / the workspace [here]"
)


@click.command()
@_WORKSPACE
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")
@click.pass_obj
def doctor(language: Language, /, workspace: Path, *, as_json: bool) -> None:
    """检查安装与工作区 / Is everything in order? Exit status: 0 yes, 1 something wants a look, 2 something is broken."""
    findings = list(examine(_checks(workspace, dt.datetime.now().astimezone())))
    if as_json:
        told = {"level": worst(findings).value, "findings": [asdict(finding) for finding in findings]}
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        _print(findings, language)
    sys.exit(worst(findings).exit_code)


@click.command()
@_WORKSPACE
@click.option(
    "--to",
    "target",
    type=click.Path(path_type=Path),
    required=True,
    help="备份文件 / the file to write, .tar",
)
@click.pass_obj
def backup(language: Language, /, workspace: Path, *, target: Path) -> None:
    """备份工作区和数据库 / Copy the workspace and its database into one file, while people work."""
    _set_up(workspace)
    from django.conf import settings  # noqa: PLC0415  Django loads here and nowhere earlier

    from keceng.desk.backups import make_backup  # noqa: PLC0415
    from keceng.loop import open_workspace  # noqa: PLC0415

    open_workspace(workspace)
    now = dt.datetime.now().astimezone()
    size = make_backup(workspace, target, settings.DATABASES["default"], at=now)
    told = f"{target} ({size / 1_000_000:.1f} MB)"
    click.echo(f"已备份: {told}" if language == "zh" else f"backed up: {told}")


def _checks(directory: Path, at: dt.datetime) -> Iterable[Check]:
    from keceng.desk.health.machine import machine_checks  # noqa: PLC0415
    from keceng.desk.health.workspace import workspace_checks  # noqa: PLC0415

    yield from machine_checks(directory)
    yield from workspace_checks(directory, at=at)
    try:
        _set_up(directory)
    except KecengError as fault:
        error = fault
        yield Check("database", Text("数据库", "Database"), lambda: _refuse(error))
        return
    from keceng.desk.health.books import book_checks  # noqa: PLC0415
    from keceng.web.installation import installation_checks  # noqa: PLC0415

    yield from book_checks(directory, at=at)
    yield from installation_checks()


def _refuse(error: KecengError) -> NoReturn:
    raise error


def _set_up(directory: Path) -> None:
    import django  # noqa: PLC0415
    from django.apps import apps  # noqa: PLC0415

    os.environ["DJANGO_SETTINGS_MODULE"] = "keceng.web.settings"
    os.environ["KECENG_WORKSPACE"] = str(directory.resolve())
    if not apps.ready:
        django.setup()


def _print(findings: list[Finding], language: Language) -> None:
    for found in findings:
        what, state = found.what.in_language(language), found.state.in_language(language)
        click.echo(f"{_MARKS[found.level]} {what}: {state}")
        if found.remedy is not None:
            click.echo(f"    → {found.remedy.in_language(language)}")
    click.echo(_VERDICTS[worst(findings)].in_language(language))
