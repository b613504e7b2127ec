"""`keceng serve`: the workbench on this machine."""

from __future__ import annotations

import os
import secrets
import signal
from pathlib import Path
from types import FrameType
from typing import Any

import click

from keceng.loop import Workspace
from keceng.vocabulary import KecengError, Language, Text

_KEY_FILE = ".desk-key"
_THREADS = 8


@click.command()
@click.option(
    "--workspace", type=click.Path(path_type=Path), default=Path(), help="工作区目录 / the workspace [here]"
)
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="端口 / port")
@click.pass_obj
def serve(language: Language, /, workspace: Path, port: int) -> None:
    """打开工作台 / Serve the workbench on this machine, at http://127.0.0.1:PORT/."""
    made = prepare(workspace)
    from django.conf import settings  # noqa: PLC0415
    from django.core.wsgi import get_wsgi_application  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415
    from waitress.server import create_server  # noqa: PLC0415

    from keceng.desk.directory.actions import follow_published_run  # noqa: PLC0415
    from keceng.desk.opening import repair_desk  # noqa: PLC0415
    from keceng.web.supervising import Supervisor  # noqa: PLC0415

    try:
        repair_desk(made, at=timezone.now())
    except KecengError as error:
        # The worker tries again and again; meanwhile people can work.
        for problem in error.problems:
            click.echo(problem.describe(language), err=True)
    follow_published_run(made.lake, at=timezone.now())
    proxy = _proxy(settings.BEHIND_TLS)
    try:
        server = create_server(get_wsgi_application(), host="127.0.0.1", port=port, threads=_THREADS, **proxy)
    except OSError as error:
        raise _port_taken(port) from error
    signal.signal(signal.SIGTERM, _stop)
    address = f"http://127.0.0.1:{port}/"
    click.echo(f"工作台: {address}" if language == "zh" else f"the workbench: {address}")
    supervisor = Supervisor(workspace)
    supervisor.start()
    try:
        server.run()
    except SystemExit:
        pass
    finally:
        supervisor.stop()
        server.close()


def prepare(workspace: Path) -> Workspace:
    """Django set up to serve a workspace in this process, and its desk brought up to date.

    Raises:
        KecengError: the directory is no workspace.
    """
    os.environ["DJANGO_SETTINGS_MODULE"] = "keceng.web.settings"
    os.environ["KECENG_WORKSPACE"] = str(workspace.resolve())
    from keceng.desk.opening import open_desk  # noqa: PLC0415  Django loads here and nowhere earlier

    os.environ.setdefault("KECENG_SECRET_KEY", _read_key(workspace))
    return open_desk(workspace)


def _proxy(is_behind_tls: bool) -> dict[str, Any]:
    """What waitress believes of the proxy on this machine: whose request it is, and that it came by TLS."""
    if not is_behind_tls:
        return {}
    return {
        "trusted_proxy": "127.0.0.1",
        "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"},
        "clear_untrusted_proxy_headers": True,
    }


def _port_taken(port: int) -> KecengError:
    return KecengError.of(
        "port_taken",
        "这个端口不能用，可能已有程序占用",
        "this port cannot be used; another program may have it",
        remedy=Text("换一个端口，例如 --port 8765", "choose another one, for example --port 8765"),
        value=str(port),
    )


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def _read_key(workspace: Path) -> str:
    # One key per workspace, so that sessions outlive a restart; readable by its owner alone.
    file = workspace / _KEY_FILE
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(50), encoding="utf-8")
    return file.read_text(encoding="utf-8")
