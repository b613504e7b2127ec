"""The days that a forecast looks at, within one plan: its own, an inner day that halves the known history, and a year before.

The steps of an earlier day are those of the day itself under a prefixed name and with another date. The inner day depends on
how long the history is, so its date is a tree that reads the step `look_back`. What came after an earlier day ends, by
construction, on the day of the forecast or before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

from sqlglot import exp

from keceng.lake import Step, sql
from keceng.measure.foresight import buyer_steps, ground_steps
from keceng.measure.frame import Frame, Moment, PlannedFrame
from keceng.measure.standings import YEAR
from keceng.vocabulary import Text

LEARNT_WINDOW_DAYS = 365
"""The window of every trait, whatever the window of the standard."""

_TITLES = {
    "now": Text("截止日", "on the day"),
    "inner": Text("内部切分日", "on the inner cut"),
    "year": Text("一年前", "a year before"),
}


def look_steps(frame: Frame, horizons: Sequence[int]) -> list[Step]:
    """The steps to the tables that `looks_query` reads; needs those of `ground_steps(frame)`.

    Args:
        frame: the day of the forecast and who is judged. Where its window is not `LEARNT_WINDOW_DAYS`, the ground is laid anew.
        horizons: the spans, in days, for which something is to be foretold.
    """
    seasons: dict[int, exp.Expr] = {h: _span(h) for h in horizons}
    now = Frame(frame.as_of, LEARNT_WINDOW_DAYS, frame.unit)
    inner = PlannedFrame(sql("(select inner_on from look_back)"), LEARNT_WINDOW_DAYS, frame.unit)
    year = Frame(frame.as_of - dt.timedelta(days=YEAR), LEARNT_WINDOW_DAYS, frame.unit)
    within_year: dict[int, exp.Expr] = {h: exp.Literal.number(min(h, YEAR)) for h in horizons}
    return [
        Step("look_back", _look_back(frame), Text("内部切分日", "the inner cut")),
        *(buyer_steps(now, seasons) if _stands(frame) else _steps_of("now", now, seasons)),
        *_steps_of("inner", inner, seasons),
        _outcome_step("inner", inner, seasons),
        *_steps_of("year", year, seasons),
        _outcome_step("year", year, within_year),
    ]


def looks_query(frame: Frame, horizons: Sequence[int]) -> exp.Expr:
    """Every buyer once per day looked at (`look`: now, inner, year) with the traits of that day and, of an earlier day, what came.

    Beside the columns of `buyers`: `net_cents_<horizon>` and `orders_<horizon>` of the min(horizon, half the history) days after
    the inner day, and of the min(horizon, 365) days after the day a year before; NULL on the day itself.
    """
    now = exp.select(exp.alias_(exp.Literal.string("now"), "look"), "*").from_(
        "buyers" if _stands(frame) else "now_buyers"
    )
    for name in _outcome_columns(horizons):
        now = now.select(exp.alias_(exp.cast(exp.null(), "bigint"), name))
    earlier = [
        exp.select(exp.alias_(exp.Literal.string(look), "look"), "*")
        .from_(f"{look}_buyers")
        .join(f"{look}_outcomes", using=["customer_key"])
        for look in ("inner", "year")
    ]
    looks = sql(
        "select * from (select * from :now as n union all by name select * from :inner_day as i "
        "union all by name select * from :year as y) as looks",
        now=exp.Subquery(this=now),
        inner_day=exp.Subquery(this=earlier[0]),
        year=exp.Subquery(this=earlier[1]),
    )
    assert isinstance(looks, exp.Select)  # noqa: S101  the text above is a select
    # who cannot be told apart stands in the order of what came, so that nothing rests on random keys
    return looks.order_by("look", "place", *_outcome_columns(horizons), "customer_key")


def _stands(frame: Frame) -> bool:
    return frame.window_days == LEARNT_WINDOW_DAYS


def _span(horizon_days: int) -> exp.Expr:
    return sql("least(:horizon, (select half_days from look_back))", horizon=horizon_days)


def _look_back(frame: Frame) -> exp.Expr:
    # one row always: without any purchase its days are unknown, and so is every day compared with them
    return sql(
        """
        select half_days, cast(:as_of as date) - half_days as inner_on
        from (select cast((cast(:as_of as date) - min(first_purchase_on)) // 2 as integer) as half_days from purchases) as known
        """,
        as_of=frame.as_of,
    )


def _steps_of(look: str, moment: Moment, seasons: Mapping[int, exp.Expr]) -> list[Step]:
    steps = [*ground_steps(moment), *buyer_steps(moment, seasons)]
    made = {step.name for step in steps}
    title = _TITLES[look]
    return [
        Step(
            f"{look}_{step.name}",
            _prefixed(step.query, look, made),
            Text("{step}({day})", "{step}, {day}").fill(step=step.title, day=title),
        )
        for step in steps
    ]


def _prefixed(query: exp.Expr, look: str, made: Collection[str]) -> exp.Expr:
    # the alias keeps the old name, so that `purchases.spend` still reads what it says
    query = query.copy()
    within = {cte.alias for cte in query.find_all(exp.CTE)}
    for table in query.find_all(exp.Table):
        name = table.name
        if name in made and name not in within:
            if not table.alias:
                table.set("alias", exp.TableAlias(this=exp.to_identifier(name)))
            table.set("this", exp.to_identifier(f"{look}_{name}"))
    return query


def _outcome_step(look: str, moment: Moment, spans: Mapping[int, exp.Expr]) -> Step:
    query = sql(
        """
        select b.customer_key from :buyers as b join :units as u on u.unit_key = b.customer_key
        left join purchase_day as d on d.customer_key = u.customer_key and d.day > :as_of
        group by b.customer_key
        """,
        buyers=exp.to_table(f"{look}_buyers"),
        units=exp.to_table(f"{look}_units"),
        as_of=moment.as_of,
    )
    assert isinstance(query, exp.Select)  # noqa: S101  the text above is a select
    for horizon, span in spans.items():
        ends = sql("(cast(:as_of as date) + :span)", as_of=moment.as_of, span=span)
        net = sql("cast(coalesce(sum(d.net) filter (where d.day <= :ends), 0) as bigint)", ends=ends)
        orders = sql(
            """
            cast(coalesce(sum(case when d.void_on <= :ends then 0 else d.orders end) filter (where d.day <= :ends), 0) as bigint)
            """,
            ends=ends,
        )
        for name, found in zip(_outcome_columns([horizon]), (net, orders), strict=True):
            query = query.select(exp.alias_(found, name))
    return Step(f"{look}_outcomes", query, Text("{day}之后", "after, {day}").fill(day=_TITLES[look]))


def _outcome_columns(horizons: Sequence[int]) -> list[str]:
    return [f"{part}_{horizon}" for horizon in horizons for part in ("net_cents", "orders")]
