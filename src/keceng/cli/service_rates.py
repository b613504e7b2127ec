"""`keceng rates`: what one unit of service costs the company, shown and declared."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path

import click

from keceng.cli.output import print_json, say
from keceng.collect import ACTIVITIES, declare_cost_rates
from keceng.loop import open_workspace
from keceng.measure import RateInForce, list_rates
from keceng.vocabulary import KecengError, Language, Place, Text, money_text

_WORKSPACE = click.option(
    "--workspace", type=click.Path(path_type=Path), default=Path(), help="工作区目录 / the workspace [here]"
)
_DATE = click.DateTime(["%Y-%m-%d"])
_YEARLY = "holding"
_PARTS = 100


@click.group()
def rates() -> None:
    """服务成本费率 / What one unit of service costs: an order, a delivery, a return, an hour of visits, a ticket."""


@rates.command("set")
@click.argument("declared", nargs=-1, required=True, metavar="ACTIVITY=RATE...")
@click.option("--since", type=_DATE, default=None, help="从哪天起 / from which day on [today]")
@_WORKSPACE
@click.pass_obj
def set_rates(
    language: Language, /, declared: tuple[str, ...], since: dt.datetime | None, workspace: Path
) -> None:
    """声明费率 / Declare rates: order=12.5 is money an order; holding=6% is a share of receivables a year.

    ACTIVITY: order delivery return visit (an hour) ticket holding
    """
    made = open_workspace(workspace)
    since_on = since.date() if since else dt.date.today()
    read = read_rates(declared)
    declare_cost_rates(made.lake, read, since_on=since_on)
    zh, en = (
        f"已声明 {len(read)} 项费率, 从 {since_on} 起用",
        f"{len(read)} rates declared, from {since_on} on",
    )
    say(zh if language == "zh" else en)


@rates.command("show")
@click.option("--as-of", type=_DATE, default=None, help="看哪一天 / on which day [today]")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")
@_WORKSPACE
@click.pass_obj
def show_rates(language: Language, /, as_of: dt.datetime | None, workspace: Path, *, as_json: bool) -> None:
    """列出费率 / List the rates in force, and which are defaults."""
    made = open_workspace(workspace)
    found = list_rates(made.lake.snapshot(), as_of.date() if as_of else dt.date.today())
    if as_json:
        print_json([_document(rate) for rate in found])
        return
    for rate in found:
        since = Text("默认", "default") if rate.since_on is None else Text(*[f"≥ {rate.since_on}"] * 2)
        title, told = rate.title.in_language(language), spoken_rate(rate, made.settings.currency)
        click.echo(f"{rate.activity:10}{told:>12}  {since.in_language(language):12}  {title}")


def spoken_rate(rate: RateInForce, currency: str) -> str:
    """`¥15.00`, or `8%` for a share a year."""
    if rate.activity == _YEARLY:
        return f"{Decimal(rate.rate) / _PARTS:f}%"
    return currency + money_text(rate.rate)


def _document(rate: RateInForce) -> dict[str, object]:
    return {
        "activity": rate.activity,
        "rate": rate.rate / (_PARTS * _PARTS if rate.activity == _YEARLY else _PARTS),
        "unit": "share_per_year" if rate.activity == _YEARLY else "money",
        "since_on": rate.since_on.isoformat() if rate.since_on else None,
        "is_default": rate.since_on is None,
    }


def read_rates(declared: Sequence[str]) -> dict[str, int]:
    """`order=12.5` and `holding=6%` as whole rates (see `keceng.collect.ACTIVITIES`).

    Raises:
        KecengError: one is written otherwise, or is finer than a whole cent or hundredth of a per cent.
    """
    read = {}
    for text in declared:
        activity, _, number = text.partition("=")
        read[activity.strip()] = _whole_rate(activity.strip(), number.strip(), text)
    return read


def _whole_rate(activity: str, number: str, text: str) -> int:
    is_share = number.endswith("%")
    try:
        parts = Decimal(number.rstrip("%").lstrip("¥$€£").replace(",", "")) * _PARTS
    except InvalidOperation:
        parts = Decimal("NaN")
    if activity in ACTIVITIES and is_share != (activity == _YEARLY):
        parts = Decimal("NaN")
    if not parts.is_finite() or parts != parts.to_integral_value():
        raise KecengError.of(
            "bad_rate",
            "费率应写成 活动=金额, 应收占用写成年利率",
            "a rate is written ACTIVITY=AMOUNT, for holding as a share a year",
            remedy=Text("例: order=12.5 visit=300 holding=6%", "e.g. order=12.5 visit=300 holding=6%"),
            place=Place(path="rates"),
            value=text,
        )
    return int(parts)
