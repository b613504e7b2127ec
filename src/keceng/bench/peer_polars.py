"""The retail classification in Polars; see `keceng.bench.peers`."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from keceng.bench.book import AS_OF, Orders
from keceng.bench.peers import (
    CUTS,
    LEAST_GAP,
    LOST_AFTER_MORE,
    LOST_AFTER_ONE,
    LOST_SILENCE,
    MOST_GAP,
    NEW_DAYS,
    REASONS,
    STATES,
    WINDOW_DAYS,
)

column = pl.col


def write_classes(made: Orders, out: Path) -> None:
    """Classify the customers of `made` and write them to `out`."""
    known = _measured(made)
    deep = (column("days") >= 3) | ((column("days") == 2) & (10 * column("largest") <= 6 * column("gross")))
    stays, high = column("state") != "lost", column("value") == "high"
    grade = pl.when(high & stays & deep).then(pl.lit("A")).when((high | (column("value") == "mid")) & stays)
    graded = (
        known.lazy()
        .with_columns(expected=_expected(known))
        .with_columns(state=_state())
        .join(_values(known), on="spend", how="left")
        .with_columns(column("value").fill_null("low"))
        .with_columns(grade=grade.then(pl.lit("B")).otherwise(pl.lit("C")))
        .with_columns(reason_code=_reason())
    )
    graded.sort("customer").sink_parquet(out, compression="zstd")


def _measured(made: Orders) -> pl.DataFrame:
    age = (pl.lit(AS_OF) - column("day")).dt.total_days().cast(pl.Int32)
    days = (
        pl.scan_parquet(made.coded)
        .group_by("customer", age.alias("age"))
        .agg(column("amount").sum(), column("amount").clip(0).sum().alias("gross"))
    )
    recent = column("age") < WINDOW_DAYS
    # A day of returns alone is no purchase; of the ages of purchases, in order, the differences are the gaps.
    ages = column("age").filter(column("gross") > 0).sort()
    gaps = ages.diff().drop_nulls()
    measured = days.group_by("customer").agg(
        column("amount").filter(recent).sum().alias("spend"),
        column("gross").filter(recent).sum().alias("gross"),
        column("gross").filter(recent).max().fill_null(0).alias("largest"),
        ages.min().alias("silence"),
        ages.max().alias("tenure"),
        ages.len().cast(pl.Int64).alias("lifetime_days"),
        (ages < WINDOW_DAYS).sum().cast(pl.Int64).alias("days"),
        gaps.len().cast(pl.Int64).alias("gaps"),
        gaps.first().alias("latest"),
        gaps.quantile(0.5, "lower").cast(pl.Int64).alias("gap"),
    )
    return measured.filter(column("lifetime_days") > 0).collect(engine="streaming")


def _expected(known: pl.DataFrame) -> pl.Expr:
    personal = known["gap"].drop_nulls().sort()
    norm, upper = (int(personal[-(-percent * len(personal) // 100) - 1]) for percent in (50, 75))
    gap, gaps = column("gap"), column("gaps")
    blended = pl.when(gaps >= 3).then(20 * gap).when(gaps == 2).then(4 * (2 * gap + 3 * norm))
    return blended.when(gaps == 1).then(5 * (gap + 3 * norm)).otherwise(20 * upper).clip(LEAST_GAP, MOST_GAP)


def _state() -> pl.Expr:
    silence, expected = column("silence"), column("expected")
    patience = pl.when(column("lifetime_days") == 1).then(LOST_AFTER_ONE).otherwise(LOST_AFTER_MORE)
    conditions = (
        (column("tenure") < NEW_DAYS) & (20 * silence <= 3 * expected),
        (silence > LOST_SILENCE) | ((20 * silence > 6 * expected) & (silence > patience)),
        (20 * column("latest") > 3 * expected) & (20 * silence <= expected),
        20 * silence <= 2 * expected,
        20 * silence <= 3 * expected,
    )
    state = pl.lit(STATES[5])
    for condition, name in reversed(list(zip(conditions, STATES[:5], strict=True))):
        state = pl.when(condition).then(pl.lit(name)).otherwise(state)
    return state


def _values(known: pl.DataFrame) -> pl.LazyFrame:
    total, value = column("sales").sum(), pl.lit("low")
    for to, cap, name in reversed(CUTS):
        reached = (10_000 * column("before") < to * total) & (column("upto") <= int(cap * len(known)))
        value = pl.when(reached).then(pl.lit(name)).otherwise(value)
    return (
        known.lazy()
        .filter(column("spend") > 0)
        .group_by("spend")
        .agg(column("spend").sum().alias("sales"), pl.len().cast(pl.Int64).alias("heads"))
        .sort("spend", descending=True)
        .with_columns(before=column("sales").cum_sum() - column("sales"), upto=column("heads").cum_sum())
        .select("spend", value.alias("value"))
    )


def _reason() -> pl.Expr:
    told = pl.lit("")
    for grade, value, state in reversed(REASONS):
        met = (column("grade") == grade) & (column("value") == value) & (column("state") == state)
        told = pl.when(met).then(pl.lit(f"{grade}|{value}|{state}")).otherwise(told)
    return told
