"""`keceng serve`: the workbench on this machine."""

from __future__ import annotations

import os
import secrets
import signal
from pathlib import Path
from types import FrameType

import click

from keceng.vocabulary import Language

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
    os.environ["DJANGO_SETTINGS_MODULE"] = "keceng.web.settings"
    os.environ["KECENG_WORKSPACE"] = str(workspace.resolve())
    from keceng.desk.opening import open_desk  # noqa: PLC0415  Django loads here and nowhere earlier

    os.environ.setdefault("KECENG_SECRET_KEY", _read_key(workspace))
    made = open_desk(workspace)
    from django.core.wsgi import get_wsgi_application  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415
    from waitress.server import create_server  # noqa: PLC0415

    from keceng.desk.directory.actions import follow_published_run  # noqa: PLC0415
    from keceng.desk.opening import repair_desk  # noqa: PLC0415
    from keceng.web.supervising import Supervisor  # noqa: PLC0415

    repair_desk(made, at=timezone.now())
    follow_published_run(made.lake, at=timezone.now())
    server = create_server(get_wsgi_application(), host="127.0.0.1", port=port, threads=_THREADS)
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


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def _read_key(workspace: Path) -> str:
    # One key per workspace, so that sessions outlive a restart; readable by its owner alone.
    file = workspace / _KEY_FILE
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(50), encoding="utf-8")
    return file.read_text(encoding="utf-8")
