"""Why one customer stands where it stands: the stored reason, and every condition of the grade beside its value."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from keceng.classify.results import read_run_standard
from keceng.classify.summary import RunSummary, read_summary
from keceng.classify.tables import CUSTOMERS_FILE
from keceng.collect import PERSONS
from keceng.lake import Snapshot
from keceng.measure import Measure
from keceng.standard import Condition, Dimension, Rule, Rules, Standard, describe_leaf, evaluate_condition
from keceng.vocabulary import KecengError, Kind, Text, money_text

Stored = int | Decimal | str | bool | dt.date | None


@dataclass(frozen=True, slots=True)
class ConditionLine:
    """One comparison of the grade's rules for one customer.

    Attributes:
        class_id: the class whose rule it belongs to.
        condition: the comparison in words.
        number: the customer's own number in words.
        met: true, false, or None when the number is unknown.
    """

    class_id: str
    condition: Text
    number: Text
    met: bool | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """The stored decision of one run about one customer."""

    customer_id: str
    run: RunSummary
    grade: str | None
    provisional: bool
    reason_code: str
    reason: Text
    classes: Mapping[str, str | None]
    numbers: Mapping[str, Text]
    conditions: tuple[ConditionLine, ...]

    def to_document(self) -> dict[str, object]:
        """Plain JSON values."""
        return {
            "customer_id": self.customer_id,
            "run_id": self.run.run_id,
            "as_of": self.run.as_of.isoformat(),
            "standard": {"id": self.run.standard.id, "revision": self.run.standard.revision},
            "grade": self.grade,
            "provisional": self.provisional,
            "reason_code": self.reason_code,
            "reason_zh": self.reason.zh,
            "reason_en": self.reason.en,
            "classes": dict(self.classes),
            "measures": {name: text.en for name, text in self.numbers.items()},
            "conditions": [
                {
                    "class": line.class_id,
                    "condition_zh": line.condition.zh,
                    "condition_en": line.condition.en,
                    "value": line.number.en,
                    "met": line.met,
                }
                for line in self.conditions
            ],
        }


def explain_customer(snapshot: Snapshot, customer_id: str, run_id: str | None = None) -> Explanation:
    """What the published run, or `run_id`, decided about a customer, from what it stored; nothing is recomputed.

    Raises:
        KecengError: nothing is published, or no customer has this id in any source.
    """
    directory = snapshot.run_directory(run_id)
    row = _stored_row(snapshot, directory, customer_id)
    standard, summary = read_run_standard(directory), read_summary(directory)
    return Explanation(
        customer_id=customer_id,
        run=summary,
        grade=_text_or_none(row["grade"]),
        provisional=bool(row["provisional"]),
        reason_code=str(row["reason_code"]),
        reason=Text(str(row["reason_zh"]), str(row["reason_en"])),
        classes={d.id: _text_or_none(row[d.id]) for d in standard.dimensions if d.classes},
        numbers={m.name: spoken_value(m, row[m.name], summary.currency) for m in standard.inputs},
        conditions=tuple(_condition_lines(standard, row, summary.currency)),
    )


def _stored_row(snapshot: Snapshot, directory: Path, customer_id: str) -> Mapping[str, Stored]:
    persons = snapshot.read(PERSONS)
    keys = persons.filter(pc.equal(persons["source_id"], customer_id))["customer_key"].unique()
    if len(keys) == 0:
        raise KecengError.of(
            "unknown_customer",
            f"没有编号为 {customer_id} 的客户",
            f"no customer has the id {customer_id}",
            remedy=Text("编号要与导入文件里的写法一致", "write it exactly as in the imported file"),
        )
    found = pq.read_table(directory / CUSTOMERS_FILE, filters=pc.field("customer_key").isin(pa.array(keys)))
    if found.num_rows == 0:
        raise KecengError.of(
            "customer_not_in_run",
            f"客户 {customer_id} 在这次运行的截止日还不存在",
            f"customer {customer_id} did not exist at the date of this run",
        )
    row: Mapping[str, Stored] = found.slice(0, 1).to_pylist()[0]
    return row


def _text_or_none(stored: Stored) -> str | None:
    return None if stored is None else str(stored)


def _condition_lines(standard: Standard, row: Mapping[str, Stored], currency: str) -> list[ConditionLine]:
    lines: list[ConditionLine] = []
    for rule in _rules(standard.grade):
        if rule.when is None:
            continue
        lines += _leaf_lines(standard, rule.class_id, rule.when, row, currency)
    return lines


def _rules(grade: Dimension) -> Sequence[Rule]:
    return grade.method.rules if isinstance(grade.method, Rules) else ()


def _leaf_lines(
    standard: Standard, class_id: str, condition: Condition, row: Mapping[str, Stored], currency: str
) -> list[ConditionLine]:
    scope = standard.scope
    return [
        ConditionLine(
            class_id,
            describe_leaf(leaf, scope),
            spoken_value(scope[leaf.names[0]], row.get(leaf.names[0]), currency),
            evaluate_condition(Condition(str(leaf.node), leaf.node), row),
        )
        for leaf in condition.leaves
    ]


def spoken_value(measure: Measure, stored: Stored, currency: str) -> Text:
    """One stored number as a person reads it."""
    if stored is None:
        return Text("未知", "unknown")
    if measure.kind is Kind.MONEY:
        return Text(*[currency + money_text(int(stored))] * 2)  # type: ignore[arg-type]
    if measure.kind in {Kind.RATIO, Kind.SCORE}:
        number = f"{int(stored) / measure.kind.scale:,.4f}".rstrip("0").rstrip(".")  # type: ignore[arg-type]
        return Text(f"{number} {measure.unit.zh}".strip(), f"{number} {measure.unit.en}".strip())
    if measure.kind is Kind.CATEGORY:
        return measure.category_title(str(stored))
    if measure.kind is Kind.FLAG:
        return Text("是", "yes") if stored else Text("否", "no")
    return Text(f"{stored} {measure.unit.zh}".strip(), f"{stored} {measure.unit.en}".strip())
