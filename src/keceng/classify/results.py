"""A stored run as people read it: one row per customer with source ids, amounts in currency units, and the sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
from sqlglot import exp

from keceng.classify.confidence import chance_of_best_grade
from keceng.classify.stored import read_customers
from keceng.classify.summary import read_run_standard
from keceng.collect import PERSONS
from keceng.lake import Snapshot, column, open_engine, sql
from keceng.measure import ON_DEMAND, Measure, catalogue
from keceng.standard import Standard
from keceng.vocabulary import Kind

CORE_MEASURES = ("spend", "order_count", "purchase_days", "days_since_last_purchase", "gap_ratio")
"""Shown beside every grade, whatever the standard names."""

CONFIDENCE = "grade_confidence"
"""The column of the chance that the best grade is the true one."""


def names_on_demand(assigned: pa.Table) -> tuple[str, ...]:
    """The measures computed only where wanted, of the families that the stored run `assigned` has."""
    return tuple(
        name
        for sign, names in ON_DEMAND.items()
        if sign in assigned.column_names and assigned[sign].null_count < assigned.num_rows
        for name in names
    )


def read_assignments(directory: Path, snapshot: Snapshot) -> pa.Table:
    """The result of a run, one row per customer, ordered by `customer_id`.

    Columns: `customer_id`, the core measures, those that the standard names and lifetime value where the run measured it (amounts as DECIMAL(18,2), ratios and scores as
    DECIMAL(18,4)), a column per dimension, `grade`, `provisional`, `reason_code`, `reason_zh`, `reason_en`, and
    where it is known for anybody `grade_confidence`, the chance (DECIMAL(18,4)) that the best grade is the true one.
    """
    standard = read_run_standard(directory)
    engine = open_engine(snapshot, [PERSONS])
    try:
        assigned, chance = _with_confidence(read_customers(directory), standard)
        engine.give("assigned", assigned)
        dimensions = [d.id for d in standard.dimensions if d.classes]
        always, asked = (
            [catalogue()[name] for name in n] for n in (CORE_MEASURES, names_on_demand(assigned))
        )
        measures = {m.name: m for m in (*always, *standard.inputs, *asked)}
        plain = [*dimensions, "grade", "provisional", "reason_code", "reason_zh", "reason_en"]
        query = (
            exp.select(
                column("customer_id", "identities"),
                *[published_column(m) for m in measures.values()],
                *[column(name, "assigned") for name in plain if name not in measures],
                *chance,
            )
            .from_("assigned")
            .join(
                exp.Subquery(this=_identities(), alias="identities"), using=["customer_key"], join_type="left"
            )
            .order_by(column("customer_id", "identities"))
        )
        return engine.fetch(query)
    finally:
        engine.close()


def _with_confidence(assigned: pa.Table, standard: Standard) -> tuple[pa.Table, list[exp.Expr]]:
    chances = chance_of_best_grade(assigned, standard)
    if chances is None:
        return assigned, []
    unknown = np.isnan(chances)
    parts = np.rint(np.where(unknown, 0.0, chances) * Kind.RATIO.scale).astype(np.int64)
    assigned = assigned.append_column(CONFIDENCE, pa.array(parts, mask=unknown))
    return assigned, [_in_ten_thousandths(CONFIDENCE)]


def _in_ten_thousandths(name: str) -> exp.Expr:
    stored = column(name, "assigned")
    units = exp.cast(sql("cast(:x as decimal(22, 4)) / 10000", x=stored), "decimal(18, 4)")
    return exp.alias_(units, name, quoted=True)


def _identities() -> exp.Expr:
    return sql("select customer_key, min(source_id) as customer_id from persons group by customer_key")


def published_column(measure: Measure) -> exp.Expr:
    """The measure of table `assigned` in the units people read: amounts with two decimals, ratios and scores with four."""
    stored = column(measure.name, "assigned")
    units: exp.Expr
    match measure.kind:
        case Kind.MONEY:
            units = exp.cast(sql("cast(:x as decimal(20, 2)) / 100", x=stored), "decimal(18, 2)")
        case Kind.RATIO | Kind.SCORE:
            return _in_ten_thousandths(measure.name)
        case _:
            units = stored
    return exp.alias_(units, measure.name, quoted=True)
