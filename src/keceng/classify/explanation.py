"""Why one customer stands where it stands: the stored reason, every number beside its line, what would change the class."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from keceng.classify.confidence import chances_of_grades
from keceng.classify.decisions import read_decisions
from keceng.classify.explanation_lines import (
    ConditionLine,
    DimensionLine,
    condition_lines,
    cut_of_leaf,
    dimension_lines,
    spoken_value,
)
from keceng.classify.explanation_rows import columns_read, find_customer_keys, first_row
from keceng.classify.explanation_standing import Standing, standing_of
from keceng.classify.explanation_ways import WayTold, describe_loss, tell_lapse, tell_way
from keceng.classify.stored import find_customers
from keceng.classify.summary import RunSummary, read_summary
from keceng.classify.ways import find_ways_up, next_review
from keceng.classify.ways_down import WayDown, find_way_down
from keceng.classify.ways_obstacles import Obstacle
from keceng.classify.ways_opening import open_case, run_judge
from keceng.lake import Snapshot
from keceng.standard import Row, Standard, Stored
from keceng.vocabulary import Text

__all__ = ["ConditionLine", "Explanation", "explain_customer", "spoken_value"]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The stored decision of one run about one customer, and what would change it.

    Attributes:
        customer_id: as given.
        run: the run.
        standard: the ruler as the run used it.
        grade: what counts, after stability and people's decisions; None when it has none.
        provisional: whether it is not final yet.
        reason_code: of the stored reason.
        reason: the stored reason.
        classes: by dimension.
        numbers: the measures that the standard names, as people read them.
        conditions: every comparison of the grade's rules beside the customer's number.
        dimensions: every dimension with the customer's number and the cuts that applied to it.
        standing: how the grade came to stand: by the rules, by the system, by a person.
        ways_up: at most two ways to a better class than the rules give, cheapest first.
        obstacle: why there is no way up; None where there is one.
        way_down: how near the next lower class is.
        confidence: the chance of the class that the rules gave, where it rests on a forecast; from 0 to 1.
        facts: what was read of the stored row, in stored parts.
    """

    customer_id: str
    run: RunSummary
    standard: Standard
    grade: str | None
    provisional: bool
    reason_code: str
    reason: Text
    classes: Mapping[str, str | None]
    numbers: Mapping[str, Text]
    conditions: tuple[ConditionLine, ...]
    dimensions: tuple[DimensionLine, ...]
    standing: Standing
    ways_up: tuple[WayTold, ...]
    obstacle: Text | None
    way_down: WayDown
    confidence: float | None
    facts: Row = field(repr=False)

    @property
    def next_review(self) -> dt.date:
        """About when cuts and distributions are set anew."""
        return next_review(self.run.as_of, self.standard.review)

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
            "conditions": [line.to_document() for line in self.conditions],
            "dimensions": [line.to_document() for line in self.dimensions],
            "stability": self.standing.to_document(),
            "ways_up": [way.to_document() for way in self.ways_up],
            "no_way_up": None if self.obstacle is None else {"zh": self.obstacle.zh, "en": self.obstacle.en},
            "way_down": self._way_down(),
            "confidence": self.confidence,
        }

    @property
    def lapse_text(self) -> Text | None:
        """When the class is lost if nothing more is bought; None when it is not within two years."""
        lapse = self.way_down.lapse
        return None if lapse is None else tell_lapse(lapse, self.standard, self.run.currency)

    @property
    def loss_text(self) -> Text | None:
        """How much less in sales loses the class; None when less in sales does not."""
        loss = self.way_down.loss
        return None if loss is None else describe_loss(loss, self.standard, self.run.currency)

    def _way_down(self) -> dict[str, object]:
        lapse, loss = self.way_down.lapse, self.way_down.loss
        told, lost = self.lapse_text, self.loss_text
        return {
            "without_purchases": None
            if lapse is None or told is None
            else {
                "falls_on": lapse.falls_on.isoformat(),
                "to": lapse.to_class,
                "days_since_last_purchase": lapse.days_since_last_purchase,
                "zh": told.zh,
                "en": told.en,
            },
            "less_sales": None
            if loss is None or lost is None
            else {"money": loss.money / 100, "to": loss.to_class, "zh": lost.zh, "en": lost.en},
        }


def explain_customer(
    snapshot: Snapshot, customer_id: str, run_id: str | None = None, *, customer_key: int | None = None
) -> Explanation:
    """What the published run, or `run_id`, decided about a customer, from what it stored, and what would change it.

    Whoever knows the `customer_key` gives it: two sources may call two customers by the same id.
    The reason, the lines and the standing are the stored ones. Ways up and down are worked out with everybody else, the
    cuts and the distributions as that run left them.

    Raises:
        KecengError: nothing is published, or no customer has this id in any source.
    """
    directory = snapshot.run_directory(run_id)
    keys = find_customer_keys(snapshot, customer_id) if customer_key is None else [customer_key]
    columns = columns_read(run_judge(directory).standard)
    found = find_customers(snapshot, directory, keys, ["customer_key", *columns])
    row: Row = first_row(found, customer_id)  # type: ignore[assignment]
    return _explained(snapshot, directory, customer_id, (row, found.slice(0, 1)), read_summary(directory))


def _explained(
    snapshot: Snapshot, directory: Path, customer_id: str, stored: tuple[Row, pa.Table], summary: RunSummary
) -> Explanation:
    row, as_table = stored
    standard, currency = run_judge(directory).standard, summary.currency
    seen = snapshot.of_run(summary.run_id)
    case = open_case(seen, directory, row, summary.as_of)
    up = find_ways_up(case)
    return Explanation(
        customer_id=customer_id,
        run=summary,
        standard=standard,
        grade=_text_or_none(row["grade"]),
        provisional=bool(row["provisional"]),
        reason_code=str(row["reason_code"]),
        reason=Text(str(row["reason_zh"]), str(row["reason_en"])),
        classes={d.id: _text_or_none(row[d.id]) for d in standard.dimensions if d.classes},
        numbers={m.name: spoken_value(m, row[m.name], currency) for m in standard.inputs},
        conditions=tuple(condition_lines(standard, row, currency)),
        dimensions=tuple(dimension_lines(standard, row, currency)),
        standing=standing_of(standard, row, read_decisions(seen) if row.get("decision_id") else ()),
        ways_up=tuple(tell_way(way, standard, currency) for way in up.ways),
        obstacle=None if up.obstacle is None else _told(up.obstacle, standard, row, currency),
        way_down=find_way_down(case),
        confidence=_confidence(as_table, standard, row),
        facts=row,
    )


def _told(obstacle: Obstacle, standard: Standard, row: Row, currency: str) -> Text:
    line = None if obstacle.failing is None else cut_of_leaf(standard, obstacle.failing, row, currency)
    if line is None:
        return obstacle.text
    return Text(f"{obstacle.text.zh}（今天{line.zh}）", f"{obstacle.text.en} (today: {line.en})")


def _confidence(stored: pa.Table, standard: Standard, row: Row) -> float | None:
    grade = row.get("grade_by_rules")
    chances = None if grade is None else chances_of_grades(stored, standard)
    if not chances:
        return None
    chance = float(chances[str(grade)][0])
    return None if np.isnan(chance) else round(chance, 4)


def _text_or_none(stored: Stored) -> str | None:
    return None if stored is None else str(stored)
