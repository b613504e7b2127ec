"""`keceng worker`: does the jobs of a workspace."""

from __future__ import annotations

import datetime as dt
import os
import signal
from pathlib import Path

import click

from keceng.desk.jobs.leash import end_with_parent
from keceng.vocabulary import Language


@click.command()
@click.option(
    "--workspace", type=click.Path(path_type=Path), default=Path(), help="工作区目录 / the workspace [here]"
)
@click.option("--supervised", is_flag=True, hidden=True)
@click.pass_obj
def worker(language: Language, /, workspace: Path, *, supervised: bool) -> None:
    """执行排队的任务 / Do what waits in the workspace: imports, runs, exports. `keceng serve` starts one by itself."""
    os.environ["KECENG_WORKSPACE"] = str(workspace.resolve())
    from keceng.desk.opening import open_desk  # noqa: PLC0415  Django loads here and nowhere earlier

    open_desk(workspace, migrates=not supervised)
    from keceng.desk.jobs.worker import Worker  # noqa: PLC0415

    working = Worker(workspace.resolve(), lambda: dt.datetime.now().astimezone())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: working.stop())
    if supervised:
        end_with_parent(working.stop)
    else:
        click.echo("任务执行中，按 Ctrl-C 停止" if language == "zh" else "working; Ctrl-C ends it", err=True)
    working.run()
