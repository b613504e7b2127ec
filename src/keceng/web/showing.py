"""`keceng showroom`: the workbench on the demo company, with people to sign in as."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from keceng.vocabulary import Language
from keceng.web.serving import prepare, serve

_ANSWER = "KECENG_DEMO_SERVE"
_NO = frozenset({"0", "no", "off", "false"})


@click.command()
@click.option(
    "--workspace", type=click.Path(path_type=Path), default=Path("demo-result"), show_default=True,
    help="示例公司的工作区 / the demo company's workspace",
)  # fmt: skip
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="端口 / port")
@click.pass_context
def showroom(context: click.Context, workspace: Path, port: int) -> None:
    """打开示例公司的工作台 / Open the workbench on the demo company: people of every role, something on every desk.

    On a terminal it serves until Ctrl-C; elsewhere it ends. KECENG_DEMO_SERVE=1 or 0 decides otherwise.
    """
    language: Language = context.obj
    made = prepare(workspace)
    from django.utils import timezone  # noqa: PLC0415  Django is ready from here on

    from keceng.desk.people.models import User  # noqa: PLC0415
    from keceng.desk.showroom.furnishing import furnish  # noqa: PLC0415
    from keceng.desk.showroom.people import draw_password  # noqa: PLC0415

    if not User.objects.exists():
        password = draw_password()
        furnish(made, password, at=timezone.now())
        _tell(language, password)
    if _serves():
        click.echo("Ctrl-C 结束" if language == "zh" else "Ctrl-C ends it")
        context.invoke(serve, workspace=workspace, port=port)
    else:
        again = f"keceng showroom --workspace {workspace} --port {port}"
        click.echo(f"打开工作台: {again}" if language == "zh" else f"the workbench: {again}")


def _serves() -> bool:
    said = os.environ.get(_ANSWER, "").strip().lower()
    return said not in _NO if said else sys.stdout.isatty()


def _tell(language: Language, password: str) -> None:
    from keceng.desk.showroom.people import COLLEAGUES  # noqa: PLC0415

    is_chinese = language == "zh"
    click.echo(
        f"口令 (大家相同, 只显示这一次): {password}"
        if is_chinese
        else f"password (everybody's, shown once): {password}"
    )
    for colleague in COLLEAGUES:
        click.echo(
            f"  {colleague.username:<9} {colleague.shown_name}  {colleague.role.title.in_language(language)}"
        )
