"""Whom to keep first: the customers of a run by what may be lost with them, each with its reason."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
from sqlglot import exp

from keceng.classify.results import published_column
from keceng.classify.stored import read_customers
from keceng.classify.summary import RunSummary, read_run_standard, read_summary
from keceng.classify.wording import spoken_number
from keceng.collect import CUSTOMERS, PERSONS
from keceng.lake import Snapshot, Step, column, open_engine, sql
from keceng.measure import Frame, catalogue, measure_steps
from keceng.standard import Standard
from keceng.vocabulary import KecengError, Language, Text

LIST_MEASURES = (
    "owner", "lifecycle_state", "current_value", "lapse_risk", "expected_loss", "days_since_last_purchase",
)  # fmt: skip
_NEEDED = {*LIST_MEASURES, "expected_gap", "current_value_basis"}


def list_expected_losses(directory: Path, snapshot: Snapshot, *, top: int | None = None) -> pa.Table:
    """The judged customers of a run whose loss is expected to cost anything, the dearest first.

    Args:
        directory: the files of the run.
        snapshot: the ledger the run was made from; ids come from it.
        top: how many at most; all by default.

    Returns:
        `position`, `customer_id`, `grade`, the `LIST_MEASURES` in the units people read, `reason_zh`, `reason_en`. One row per
        unit that was judged: a group stands once, under the account at its top. Ties stand in the order of ids.

    Raises:
        KecengError: the run was made before expected losses were measured.
    """
    assigned = read_customers(directory)
    if not set(assigned.column_names) >= _NEEDED:
        raise KecengError.of(
            "run_without_losses",
            "这次运行还没有预期损失",
            "this run holds no expected losses",
            remedy=Text("重新运行 keceng classify", "run keceng classify again"),
        )
    standard, summary = read_run_standard(directory), read_summary(directory)
    engine = open_engine(snapshot, (CUSTOMERS, PERSONS))
    try:
        frame = Frame(summary.as_of, standard.window_days, standard.unit.value)
        engine.run(step for step in measure_steps(frame) if step.name == "units")
        engine.give("stored", assigned)
        engine.run([_listed_step()])
        return engine.fetch(_listing(standard, summary, top))
    finally:
        engine.close()


def _listed_step() -> Step:
    query = sql(
        """
        with named as (
          select customer_key, min(source_id) as customer_id from persons group by customer_key
        )
        select stored.*, named.customer_id, row_number() over (order by expected_loss desc, named.customer_id) as position
        from stored
        join units on units.customer_key = stored.customer_key and units.unit_key = stored.customer_key
        left join named on named.customer_key = stored.customer_key
        where stored.grade is not null and stored.expected_loss > 0
        """
    )
    return Step("assigned", query, Text("可能失去的客户", "customers who may be lost"))


def _listing(standard: Standard, summary: RunSummary, top: int | None) -> exp.Expr:
    measures = catalogue()
    query = (
        exp.select(
            "position", "customer_id", "grade", *[published_column(measures[n]) for n in LIST_MEASURES]
        )
        .select(exp.alias_(_reason("zh", standard, summary), "reason_zh"))
        .select(exp.alias_(_reason("en", standard, summary), "reason_en"))
        .from_("assigned")
        .order_by("position")
    )
    return query if top is None else query.limit(top)


_REASONS = {
    "zh": "concat(:window, :basis, ' ', :value, ', 已 ', :silence, '未购(平常 ', :gap, '一次), 可能损失 ', :loss)",
    "en": "concat(:basis, ' of the ', :window, ' ', :value, '; no purchase for ', :silence, ' (usually every ', :gap, '); ', :loss, ' at stake')",
}


def _reason(language: Language, standard: Standard, summary: RunSummary) -> exp.Expr:
    def spoken(name: str) -> exp.Expr:
        return spoken_number(catalogue()[name], column(name), language, summary.currency)

    days = standard.window_days
    window = Text("近12个月", "last 12 months") if days == 365 else Text(f"近{days}天", f"last {days} days")
    return sql(
        _REASONS[language],
        window=window.in_language(language),
        basis=spoken("current_value_basis"),
        value=spoken("current_value"),
        silence=spoken("days_since_last_purchase"),
        gap=spoken("expected_gap"),
        loss=spoken("expected_loss"),
    )
