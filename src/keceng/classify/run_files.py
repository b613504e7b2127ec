"""The files of a run directory, written from the steps that stand in the engine."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from sqlglot import exp

from keceng.classify.ranking import ranking_ids
from keceng.classify.tables import CUSTOMERS_FILE, CUTS_FILE, STANDARD_FILE, norms_file, ranks_file
from keceng.lake import Engine, column, literal
from keceng.measure import NORM_STEPS
from keceng.standard import CumulativeShare, Quantiles, Standard, dump_standard


def write_files(
    engine: Engine, standard: Standard, directory: Path, steps: Collection[str], *, is_lean: bool = False
) -> None:
    """Customers, those norms that are among `steps`, ranks, cuts and the standard itself; `run.json` is the summary's."""
    engine.save(everything(engine, is_lean=is_lean), directory / CUSTOMERS_FILE)
    for step in (name for name in NORM_STEPS if name in steps):
        engine.save(exp.select("*").from_(step), directory / norms_file(step))
    for ranking in ranking_ids(standard):
        ordered = exp.select("*").from_(f"ranks_{ranking}").order_by("peer_group", "number")
        engine.save(ordered, directory / ranks_file(ranking))
    _save_cuts(engine, standard, directory)
    (directory / STANDARD_FILE).write_text(dump_standard(standard), encoding="utf-8")


def everything(engine: Engine, *, is_lean: bool = False) -> exp.Expr:
    """The rows of a run as they are stored, from the steps `assigned` and `measured`; of a lean run `assigned` holds all."""
    if is_lean:
        return exp.select("assigned.*").from_("assigned").order_by("assigned.customer_key")
    # Every measure goes in with the columns behind its quotient: a changed draft is simulated from here.
    present = set(engine.column_names("assigned"))
    measured = engine.column_names("measured")
    others = [column(name, "measured") for name in measured if name not in present]
    rows = exp.select("assigned.*", *others).from_("assigned")
    if others:
        rows = rows.join("measured", on="measured.customer_key = assigned.unit_key")
    return rows.order_by("assigned.customer_key")


def _save_cuts(engine: Engine, standard: Standard, directory: Path) -> None:
    parts = [
        exp.select(
            exp.alias_(literal(dimension.id), "dimension"),
            "peer_group",
            "compared",
            exp.alias_(literal(class_id), "class_id"),
            exp.alias_(exp.cast(column(f"cut_{k}"), "bigint"), "cut"),
        ).from_(f"cuts_{dimension.id}")
        for dimension in (*standard.dimensions, standard.grade)
        if isinstance(dimension.method, Quantiles | CumulativeShare)
        for k, class_id in enumerate(dimension.class_ids[:-1])
    ]
    if parts:
        query = exp.union(*parts, distinct=False) if len(parts) > 1 else parts[0]
        engine.save(query, directory / CUTS_FILE)
