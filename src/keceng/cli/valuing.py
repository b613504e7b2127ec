"""`keceng clv`: what customers will be worth, from orders or from a summary of their histories."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pyarrow as pa

from keceng.cli.delivery import require_table_name, write_table
from keceng.cli.options import collect_options, source_options
from keceng.cli.output import print_json, progress, say
from keceng.cli.summaries import read_summary_file
from keceng.collect import CollectOptions, last_valid_order_date
from keceng.loop import Watch, create_workspace
from keceng.measure import gather_histories
from keceng.vocabulary import KecengError, Language, Place, Text

if TYPE_CHECKING:
    from keceng.models import TimeUnit

MODELS = ("bg-nbd", "mbg-nbd", "pareto-nbd", "gamma-gamma")
_DATE = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--summary",
    type=click.Path(path_type=Path),
    default=None,
    help="每客户一行的 x, t_x, T, zbar / one row per customer",
)
@click.option(
    "--model", type=click.Choice(MODELS), default=None, help="只拟合这个模型 / fit this model alone"
)
@click.option(
    "--time-unit",
    type=click.Choice(["days", "weeks"]),
    default="days",
    show_default=True,
    help="--summary 的时间单位 / unit of a --summary",
)
@click.option("--as-of", type=_DATE, default=None, help="截止日 / the day [last valid order]")
@click.option(
    "--horizon", type=click.IntRange(min=1), default=365, show_default=True, help="看多少天 / days ahead"
)
@click.option("--discount-rate", type=float, default=0.1, show_default=True, help="年折现率 / per year")
@click.option(
    "--margin",
    type=float,
    default=1.0,
    show_default=True,
    help="毛利率, 1 即按销售额 / share kept; 1 values sales",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="每客户一行写成 .csv 或 .parquet / one row per customer",
)
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")
@source_options
@click.pass_obj
def clv(
    language: Language,
    /,
    files: tuple[Path, ...],
    summary: Path | None,
    model: str | None,
    time_unit: TimeUnit,
    as_of: dt.datetime | None,
    horizon: int,
    discount_rate: float,
    margin: float,
    out: Path | None,
    *,
    as_json: bool,
    **source: Any,
) -> None:
    """客户终身价值 / What customers will be worth: from order FILES, or from a --summary of their histories."""
    # The models compile their loops: no other command should pay for loading the compiler.
    from keceng.cli import valuation as models  # noqa: PLC0415  see above
    from keceng.models import Terms  # noqa: PLC0415  see above

    _check_request(files, summary, model, out, time_unit)
    terms = Terms(horizon, discount_rate, margin)
    with progress(language) as watch:
        if summary is not None:
            histories, seen_until = read_summary_file(summary), {}
        else:
            options = collect_options(source, yes=True)
            histories, day = _histories_of_orders(files, options, as_of.date() if as_of else None, watch)
            seen_until = {"as_of": day.isoformat()}
        watch(Text("估计模型", "fitting"))
        if model is not None:
            document = models.fit_model(histories, model, time_unit)
        else:
            valuation = models.value_histories(histories, terms, time_unit)
            document = seen_until | models.describe_valuation(valuation, histories, terms)
            if out is not None:
                write_table(models.list_values(valuation, histories), out)
    if as_json:
        print_json(document)
    else:
        _tell(document, language)
    if out is not None:
        say(str(out))


def _check_request(
    files: tuple[Path, ...], summary: Path | None, model: str | None, out: Path | None, time_unit: str
) -> None:
    if bool(files) == (summary is not None):
        raise KecengError.of(
            "files_or_summary",
            "请给出订单文件, 或用 --summary 给出一个汇总文件, 二者取一",
            "give order files, or one --summary file: one of the two",
            remedy=Text("例: keceng clv 订单.xlsx --json", "e.g. keceng clv orders.xlsx --json"),
        )
    if files and time_unit != "days":
        raise KecengError.of(
            "unit_of_orders",
            "订单按日期计算, 时间单位总是 days",
            "orders carry dates, so their unit of time is always days",
            place=Place(path="--time-unit"),
        )
    if out is not None:
        if model is not None:
            raise KecengError.of(
                "out_with_model",
                "--model 只给出参数; 要每客户的价值请去掉 --model",
                "--model gives parameters alone; leave it out for the value of each customer",
                place=Place(path="--out"),
            )
        require_table_name(out)


def _histories_of_orders(
    files: tuple[Path, ...], options: CollectOptions, as_of: dt.date | None, watch: Watch
) -> tuple[pa.Table, dt.date]:
    with tempfile.TemporaryDirectory(prefix="keceng-") as folder:
        workspace = create_workspace(Path(folder))
        workspace.collect(files, options, watch=watch)
        snapshot = workspace.lake.snapshot()
        day = as_of or last_valid_order_date(snapshot)
        if day is None:
            raise KecengError.of(
                "no_purchases",
                "文件里没有有效订单, 无从估值",
                "the files hold no valid order to value by",
            )
        return gather_histories(snapshot, day), day


_METHODS: Mapping[str, Text] = {
    "lifetime": Text("终身模型(BG/NBD 与 Gamma-Gamma)", "lifetime models (BG/NBD and Gamma-Gamma)"),
    "retention": Text("留存率估算", "retention form"),
    "shrunk": Text("收缩估计", "shrunk estimate"),
}


def _tell(document: Mapping[str, Any], language: Language) -> None:
    if "method" not in document:
        _tell_fit(document, language)
        return
    total, ahead, heads = document["total_clv"], document["horizon_days"], document["customers"]
    told = Text(
        f"{heads:,} 家今后 {ahead} 天的价值: {total:,.2f}",
        f"{heads:,} customers, next {ahead} days: {total:,.2f}",
    )
    click.echo(told.in_language(language))
    say(_METHODS[document["method"]].in_language(language))
    for reason in document["reasons"]:
        say(f"· {reason[language]}")
    for part in ("purchases", "spend"):
        if document[part] is not None:
            _tell_fit(document[part], language)


def _tell_fit(fit: Mapping[str, Any], language: Language) -> None:
    errors = fit["standard_errors"]
    told = "  ".join(f"{name} {found:.4g} ± {errors[name]:.2g}" for name, found in fit["params"].items())
    heads = Text(f"{fit['customers']:,} 家", f"{fit['customers']:,} customers").in_language(language)
    click.echo(f"{fit['model']}: {told}  (LL {fit['log_likelihood']:,.2f}, {heads})")
