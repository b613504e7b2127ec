"""Options about how files are read, shared by the commands that take files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from keceng.collect import CollectOptions
from keceng.vocabulary import KecengError, Place, Text

Command = TypeVar("Command", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--map", "mapping", multiple=True, metavar="FIELD=COLUMN", help="字段=列名 / which column feeds a field"),
    click.option("--answer", "answers", multiple=True, metavar="ID=ANSWER", help="回答问题 / answer to a question"),
    click.option("--source", default="main", show_default=True, help="来源系统的名字 / name of the source system"),
    click.option("--entity", "entities", multiple=True, metavar="FILE=KIND", help="文件是什么 / what a file holds, e.g. a.csv=invoices"),
    click.option("--sheet", default=None, help="只读这张工作表 / read this sheet only"),
    click.option("--date-order", type=click.Choice(["dmy", "mdy"]), default=None, help="01/02/2024 的读法 / how it is read"),
    click.option("--append-lines", is_flag=True, help="同一订单再来时追加而不替换 / add lines to a known order"),
    click.option("--overlap", type=click.Choice(["replace", "append"]), default=None, help="与旧文件重叠时 / when files overlap"),
    click.option("--reject-lost-phones", is_flag=True, help="手机成科学计数法的行退回 / reject rows whose phone lost its digits"),
    click.option("--yes", is_flag=True, help="问题都取默认值 / take the default of every question"),
)  # fmt: skip


def source_options(command: Command) -> Command:
    """Add the options about sources to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def collect_options(given: dict[str, Any], *, yes: bool = False) -> CollectOptions:
    """What the options say.

    Raises:
        KecengError: a `NAME=TEXT` option is written otherwise.
    """
    return CollectOptions(
        source=given["source"],
        overrides=_pairs(given["mapping"], "--map"),
        entities=_pairs(given["entities"], "--entity"),
        sheet=given["sheet"],
        date_order=given["date_order"],
        answers=_pairs(given["answers"], "--answer"),
        assume_defaults=yes or given["yes"],
        append_lines=given["append_lines"],
        overlap=given["overlap"],
        rejects_lost_phones=given["reject_lost_phones"],
    )


def _pairs(given: Sequence[str], option: str) -> dict[str, str]:
    pairs = {}
    for text in given:
        name, equals, rest = text.partition("=")
        if not (name.strip() and equals and rest.strip()):
            raise KecengError.of(
                "bad_pair",
                f"{option} 应写成 名称=内容",
                f"{option} is written NAME=TEXT",
                remedy=Text("例: --map amount=实付金额", "e.g. --map amount=Total"),
                place=Place(path=option),
                value=text,
            )
        pairs[name.strip()] = rest.strip()
    return pairs
