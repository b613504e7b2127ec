"""`keceng bench serve`: the workbench over a large company at a constant rate of requests, the other core busy with a run."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from keceng.bench.measuring import cpu_seconds_of, describe_machine
from keceng.bench.options import OrderCount, json_option
from keceng.bench.served_desk import DIRECTOR, open_books, time_answers
from keceng.bench.visiting import percentiles, visit
from keceng.lake import SPILL_FOLDER
from keceng.vocabulary import KecengError, Language

TARGETS_MS = {"point": 20.0, "list": 50.0}
"""95 of 100 answers of the desk come within so many milliseconds, with the other core busy."""
_ANSWERS = 300
_STOPS_WITHIN = 60


@click.command()
@click.option("--customers", type=OrderCount(), default="1M", help="客户数 / how many customers [1M]")
@click.option("--seconds", type=click.FloatRange(1, 3600), default=30, help="压多久 / for how long [30]")
@click.option(
    "--rate", type=click.FloatRange(0.1, 1000), default=20, help="每秒请求数 / requests a second [20]"
)
@click.option(
    "--workspace",
    type=click.Path(path_type=Path, file_okay=False),
    help="公司放在哪里, 可重复使用 / where the company lies, kept [temporary]",
)
@click.option("--idle", is_flag=True, help="另一个核空着 / leave the other core alone")
@json_option
@click.pass_obj
def serve(  # noqa: PLR0913  each of these is a choice of the caller
    language: Language,
    /,
    *,
    customers: int,
    seconds: float,
    rate: float,
    workspace: Path | None,
    idle: bool,
    as_json: bool,
) -> None:
    """客户很多时工作台有多快 / How fast the workbench answers over very many customers."""
    with ExitStack() as stack:
        directory = workspace or Path(stack.enter_context(tempfile.TemporaryDirectory())) / "company"
        if not directory.exists():
            from keceng.bench.served_book import make_book  # noqa: PLC0415  it is made once

            make_book(directory, customers)
        told = measure(directory, rate, seconds, is_busy=not idle)
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        _show(told, language)


def measure(workspace: Path, rate: float, seconds: float, *, is_busy: bool = True) -> dict[str, Any]:
    """The figures of `keceng bench serve --json`.

    Args:
        workspace: with a published run; its directory is filled and two people are made in it.
        rate: requests a second.
        seconds: for how long.
        is_busy: whether a run goes on beside it on one thread.

    Raises:
        KecengError: the server does not answer.
    """
    visitors = open_books(workspace)
    with ExitStack() as stack:
        busy = stack.enter_context(_classifying(workspace)) if is_busy else None
        answers = time_answers(workspace, visitors[DIRECTOR], _ANSWERS)
        server, port = stack.enter_context(_serving(workspace))
        visit(port, visitors, 4, 8)
        processes = {"server": server} | ({"classification": busy} if busy else {})
        before = {name: cpu_seconds_of(process.pid) for name, process in processes.items()}
        started = time.perf_counter()
        heard = visit(port, visitors, rate, seconds)
        wall = time.perf_counter() - started
        spent = {name: cpu_seconds_of(process.pid) - before[name] for name, process in processes.items()}
    answered = {name: percentiles(took) for name, took in answers.items()}
    return {
        "customers": _count_customers(),
        "rate": rate,
        "seconds": seconds,
        "answer_ms": answered,
        "page_ms": {
            kind: {"requests": len(took), **percentiles(took), "failed": heard.failed.get(kind, 0)}
            for kind, took in sorted(heard.took.items())
        },
        "server_cpu_ms_per_request": round(1000 * spent["server"] / sum(map(len, heard.took.values())), 1),
        "share_of_a_core": {name: round(cpu / wall, 2) for name, cpu in spent.items()},
        "load": [round(load, 1) for load in os.getloadavg()],
        "target_p95_ms": TARGETS_MS,
        "is_met": all(answered[name]["p95"] <= most for name, most in TARGETS_MS.items()),
        "workspace": str(workspace),
        "machine": describe_machine(),
    }


def _count_customers() -> int:
    from keceng.desk.directory.models import Entry  # noqa: PLC0415  the books are open by now
    from keceng.desk.directory.scope import current_edition  # noqa: PLC0415

    return Entry.objects.filter(edition=current_edition()).count()


@contextmanager
def _classifying(workspace: Path) -> Iterator[subprocess.Popen[bytes]]:
    # What it writes goes to a lake of its own; the files that it reads are the same.
    with tempfile.TemporaryDirectory(dir=workspace.parent) as folder:
        copy = Path(folder) / "lake"
        own = shutil.ignore_patterns("writer.lock", SPILL_FOLDER)
        shutil.copytree(workspace / "lake", copy, copy_function=os.link, ignore=own)
        process = subprocess.Popen(
            [sys.executable, "-m", "keceng.bench.classifying", str(copy)], stdout=subprocess.DEVNULL
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


@contextmanager
def _serving(workspace: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    door = [sys.executable, "-c", "from keceng.cli import main; main()", "serve"]
    process = subprocess.Popen(
        [*door, "--workspace", str(workspace), "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(process, port)
        yield process, port
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(600):
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            break
        time.sleep(0.2)
    raise KecengError.of("no_server", "服务没有起来", "the server does not answer")


def _show(told: Mapping[str, Any], language: Language) -> None:
    heading = (
        ("毫秒", "次数", "p50", "p95", "p99") if language == "zh" else ("ms", "asked", "p50", "p95", "p99")
    )
    desk, page = ("取数", "整页") if language == "zh" else ("desk", "page")
    table = Table(*heading)
    for name, figures in told["answer_ms"].items():
        table.add_row(f"{desk}: {name}", str(_ANSWERS), *(f"{figures[p]:g}" for p in heading[2:]))
    for name, figures in told["page_ms"].items():
        table.add_row(f"{page}: {name}", str(figures["requests"]), *(f"{figures[p]:g}" for p in heading[2:]))
    Console().print(table)
