"""What models of the future are told of each buyer at a date: a history, a year of sales, and the traits of their buying.

Everything is read from the purchase days and measures known at the frame's date, so nothing later can leak in. The list
of traits is closed: who a person is (sex, age, occupation, place) is never one of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sqlglot import exp

from keceng.lake import Step, column, prune_steps, sql
from keceng.measure import mix, purchases, rfm, rhythm
from keceng.measure.frame import Moment
from keceng.vocabulary import Text

FloatArray: TypeAlias = npt.NDArray[np.float64]
SEASON = "season_purchase_days"
"""The trait that depends on the horizon: purchase days of the same span a year before."""


@dataclass(frozen=True, slots=True)
class Trait:
    """A number about how a customer buys, as a model reads it.

    Attributes:
        name: its column in the step `buyers`.
        title: as in a reason.
        is_share: taken as it is; other traits (counts, days, money) are taken as ln(1 + number).
    """

    name: str
    title: Text
    is_share: bool = False


TRAITS: tuple[Trait, ...] = (
    Trait("days_since_last_purchase", Text("距上次购买(天)", "days since the last purchase")),
    Trait("tenure_days", Text("客龄(天)", "tenure in days")),
    Trait("purchase_days", Text("近12个月购买天数", "purchase days of 12 months")),
    Trait("purchase_days_90", Text("近90天购买天数", "purchase days of 90 days")),
    Trait("purchase_days_30", Text("近30天购买天数", "purchase days of 30 days")),
    Trait("lifetime_average_order_value", Text("平均每单金额", "average order value")),
    Trait("gap_ratio", Text("沉默与平常间隔之比", "silence against the usual gap")),
    Trait("expected_gap", Text("平常间隔(天)", "usual gap in days")),
    Trait("lifetime_refund_rate", Text("退货率", "refund rate"), is_share=True),
    Trait("main_category_share", Text("主购品类占比", "main category's share"), is_share=True),
    Trait("line_breadth", Text("品类数", "categories bought")),
    Trait("online_share", Text("线上占比", "online share"), is_share=True),
    Trait(SEASON, Text("去年同期购买天数", "purchase days in the same season last year")),
)
"""Recency, frequency, money, rhythm, category, channel and season; nothing about the person.

No trait is the product of others (sales = orders × order value): on a short history such traits would be told apart by
chance, and fail where the history is longer.
"""


def ground_steps(moment: Moment) -> list[Step]:
    """The steps from the ledger that `buyers` rests on, at one moment."""
    steps = [
        *purchases.unit_steps(moment),
        *purchases.day_steps(moment),
        *purchases.purchase_steps(moment),
        *mix.category_steps(moment),
        *rhythm.rhythm_steps(),
        *rfm.rfm_steps(moment),
        *mix.mix_steps(moment),
    ]
    return prune_steps(steps, {"units", "days", "purchases", "rhythm", "rfm", "needs", "breadth", "channels"})


def buyer_steps(moment: Moment, seasons: Mapping[int, exp.Expr]) -> list[Step]:
    """`buyers`: one row per customer with a valid purchase by `moment.as_of`; needs the tables of `ground_steps`.

    Columns: `customer_key`, `place` (a rank by all the facts that follow: who cannot be told apart shares it), `history_days`
    (the same for all), `first_purchase_on`, `repeats`, `recency_days`, `gross_cents`, `first_day_cents`, `net_cents`,
    `spend_cents`, `rfm_points` (ten-thousandths), every trait as a float in plain units, NULL when unknown, and the season's
    trait once per horizon, as `season_purchase_days_<horizon>`.

    Args:
        moment: of looking; its window is 365 days.
        seasons: by horizon, the length in days of the span, starting at the date a year before, whose purchases make the
            season's trait; it is unknown for everybody while the history is shorter than a year.
    """
    return [
        Step("buyer_days", _buyer_days(moment, seasons), Text("购买者的历史", "histories of buyers")),
        Step("buyers", _buyers(seasons), Text("预测所用的特征", "what predictions rest on")),
    ]


_BUYERS = """
    select d.customer_key, p.history_days, p.first_purchase_on, d.repeats, d.recency_days, d.gross_cents, d.first_day_cents, d.net_cents,
      p.spend as spend_cents, rfm.rfm_score as rfm_points,
      cast(p.days_since_last_purchase as double) as days_since_last_purchase,
      cast(p.tenure_days as double) as tenure_days,
      cast(p.purchase_days as double) as purchase_days,
      cast(d.purchase_days_90 as double) as purchase_days_90,
      cast(d.purchase_days_30 as double) as purchase_days_30,
      cast(p.lifetime_average_order_value as double) / 100 as lifetime_average_order_value,
      cast(rhythm.gap_ratio as double) / 10000 as gap_ratio,
      cast(rhythm.expected_gap as double) as expected_gap,
      cast(p.lifetime_refund_rate as double) / 10000 as lifetime_refund_rate,
      cast(needs.main_category_share as double) / 10000 as main_category_share,
      cast(breadth.line_breadth as double) as line_breadth,
      cast(channels.online_share as double) / 10000 as online_share,
    from buyer_days as d
    join purchases as p using (customer_key)
    left join rhythm using (customer_key)
    left join rfm using (customer_key)
    left join needs using (customer_key)
    left join breadth using (customer_key)
    left join channels using (customer_key)
    """


def season_column(horizon_days: int) -> str:
    """The column of `buyers` that holds the season's trait for a horizon."""
    return f"{SEASON}_{horizon_days}"


def _buyers(seasons: Mapping[int, exp.Expr]) -> exp.Expr:
    query = sql(_BUYERS)
    assert isinstance(query, exp.Select)  # noqa: S101  the text above is a select
    for name in map(season_column, seasons):
        known = sql("case when p.history_days >= 365 then cast(:days as double) end", days=column(name, "d"))
        query = query.select(exp.alias_(known, name), copy=False)
    facts = [column(name) for name in query.named_selects if name != "customer_key"]
    # The keys are random: an order by facts makes every sum, and so every prediction, the same after a new import.
    order = exp.Order(expressions=[exp.Ordered(this=fact) for fact in facts])
    place = exp.Window(this=exp.Anonymous(this="rank"), order=order)
    return exp.select("*", exp.alias_(place, "place")).from_(exp.Subquery(this=query, alias="known"))


def read_traits(buyers: pa.Table) -> FloatArray:
    """The traits of `buyers`, one row per customer and one column per `TRAITS`, on the scale of the models; NaN is unknown."""
    columns = [_as_read(trait, buyers[trait.name]) for trait in TRAITS]
    return np.column_stack(columns)


def _as_read(trait: Trait, column: pa.ChunkedArray) -> FloatArray:
    numbers: FloatArray = column.to_numpy().astype(np.float64)
    return numbers if trait.is_share else np.log1p(np.maximum(numbers, 0.0))


def _buyer_days(moment: Moment, seasons: Mapping[int, exp.Expr]) -> exp.Expr:
    query = sql(_BUYER_DAYS, as_of=moment.as_of)
    assert isinstance(query, exp.Select)  # noqa: S101  the text below is a select
    for horizon, span in seasons.items():
        bought = sql(
            """
            count(*) filter (
              where orders > 0 and day > cast(:as_of as date) - 365 and day <= cast(:as_of as date) - 365 + :span
            )
            """,
            as_of=moment.as_of,
            span=span,
        )
        query = query.select(exp.alias_(bought, season_column(horizon)), copy=False)
    return query


_BUYER_DAYS = """
    select customer_key,
      count(*) filter (where orders > 0) - 1 as repeats,
      max(day) filter (where orders > 0) - min(day) filter (where orders > 0) as recency_days,
      cast(coalesce(sum(gross) filter (where orders > 0), 0) as bigint) as gross_cents,
      arg_min(gross, day) filter (where orders > 0) as first_day_cents,
      cast(sum(net) as bigint) as net_cents,
      count(*) filter (where orders > 0 and day > cast(:as_of as date) - 90) as purchase_days_90,
      count(*) filter (where orders > 0 and day > cast(:as_of as date) - 30) as purchase_days_30
    from days group by customer_key having count(*) filter (where orders > 0) > 0
    """
