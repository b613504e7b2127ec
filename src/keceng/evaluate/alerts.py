"""What a manager must hear of after a run: key accounts down, a shifted mix, changed needs, drifting or vanishing numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from keceng.evaluate.drift import SHIFTED_NEED, Drift, MeasureDrift
from keceng.evaluate.migration import Migration
from keceng.evaluate.shifts import Shift, round_figure
from keceng.measure import catalogue
from keceng.vocabulary import Text, money_text


class AlertCode(StrEnum):
    """What an alert is about."""

    KEY_ACCOUNT_DOWN = "key_account_down"
    CLASS_MIX_SHIFTED = "class_mix_shifted"
    NEED_SHIFTED = "need_shifted"
    MEASURE_DRIFTING = "measure_drifting"
    UNKNOWN_RISING = "unknown_rising"


class Severity(StrEnum):
    """How soon somebody should look: today, at the next review, when there is time."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing to look at.

    Attributes:
        code: what it is about.
        severity: how soon to look.
        sentence: what happened, with the number behind it.
        number: that number: heads, a PSI, a distance, or a rise of a share.
        customers: `customer_key` of those it is about, as far as they are named; empty where it is about everybody in
            `filters`.
        filters: column and value that find the customers behind it in the later run; of a number, the range.
    """

    code: AlertCode
    severity: Severity
    sentence: Text
    number: float
    customers: tuple[int, ...] = ()
    filters: Mapping[str, str] = field(default_factory=dict)

    def to_document(self) -> dict[str, object]:
        """Plain JSON values; customers are counted, for whoever may name them has the keys."""
        return {
            "code": self.code.value,
            "severity": self.severity.value,
            "sentence": {"zh": self.sentence.zh, "en": self.sentence.en},
            "number": round_figure(self.number),
            "customers": len(self.customers),
            "filters": dict(self.filters),
        }


def find_alerts(drift: Drift, migration: Migration, *, currency: str = "¥") -> tuple[Alert, ...]:
    """The alerts of two runs, the most urgent first.

    Args:
        drift: of the two runs.
        migration: of the same two.
        currency: the sign before amounts.
    """
    found = [
        *_find_falls(migration, currency),
        *_find_shifted_mix(drift),
        *_find_shifted_needs(drift),
        *_find_drifting(drift),
        *_find_unknown(drift),
    ]
    order = list(Severity)
    return tuple(sorted(found, key=lambda alert: order.index(alert.severity)))


def _find_falls(migration: Migration, currency: str) -> Iterator[Alert]:
    if not migration.fall_heads:
        return
    top = migration.before.top_class
    cents = sum(c.before_cents for (a, b), c in migration.cells.items() if a == top != b)
    was = migration.heads_from(top)
    amount = currency + money_text(cents)
    title = migration.title_of(top)
    yield Alert(
        AlertCode.KEY_ACCOUNT_DOWN,
        Severity.HIGH,
        Text(
            f"{title.zh} 的 {was:,} 家中有 {migration.fall_heads:,} 家离开, 它们上次的销售额合计 {amount}",
            f"{migration.fall_heads:,} of {was:,} customers left {title.en}; their sales were {amount}",
        ),
        float(migration.fall_heads),
        tuple(fall.customer_key for fall in migration.falls),
        {"from_class": top},
    )


def _find_shifted_mix(drift: Drift) -> Iterator[Alert]:
    shift = drift.class_mix
    if shift.psi is None or not shift.is_shifted:
        return
    cell, before, after = _greatest_change(shift)
    title = drift.after.standard.grade.tier_class(cell).title if _is_class(drift, cell) else Text(cell, cell)
    yield Alert(
        AlertCode.CLASS_MIX_SHIFTED,
        Severity.HIGH,
        Text(
            f"等级构成已明显变化: PSI {shift.psi:.2f}, 变化最大的是 {title.zh}, {before:.1%} → {after:.1%}; 应重新划线",
            f"the mix of classes has shifted: PSI {shift.psi:.2f}, most of all {title.en}, {before:.1%} → {after:.1%}; "
            "the cuts need another look",
        ),
        shift.psi,
        filters={"grade": cell},
    )


def _is_class(drift: Drift, cell: str) -> bool:
    return cell in drift.after.standard.grade.class_ids


def _find_shifted_needs(drift: Drift) -> Iterator[Alert]:
    for name, shift in drift.needs.items():
        if shift.distance is None or shift.distance < SHIFTED_NEED or not shift.is_beyond_chance:
            continue
        level, before, after = _greatest_rise(shift)
        measure = catalogue()[name]
        title, value = measure.title, measure.category_title(level)
        yield Alert(
            AlertCode.NEED_SHIFTED,
            Severity.MEDIUM,
            Text(
                f"客户需求在变: {title.zh} 的构成距离 {shift.distance:.2f}, 增长最多的是 {value.zh}, {before:.1%} → {after:.1%}",
                f"what customers need is changing: {title.en} at a distance of {shift.distance:.2f}, "
                f"most of all towards {value.en}, {before:.1%} → {after:.1%}",
            ),
            shift.distance,
            filters={name: level},
        )


def _find_drifting(drift: Drift) -> Iterator[Alert]:
    for name, found in drift.measures.items():
        shift = found.shift
        if shift.psi is None or not shift.is_shifted:
            continue
        cell, before, after = _greatest_change(shift)
        title = catalogue()[name].title
        yield Alert(
            AlertCode.MEASURE_DRIFTING,
            _severity(found),
            Text(
                f"指标「{title.zh}」在漂移: PSI {shift.psi:.2f}, 「{cell}」的客户 {before:.1%} → {after:.1%}",
                f"“{title.en}” is drifting: PSI {shift.psi:.2f}, customers at “{cell}”: {before:.1%} → {after:.1%}",
            ),
            shift.psi,
            filters={name: cell},
        )


def _find_unknown(drift: Drift) -> Iterator[Alert]:
    for name, found in drift.measures.items():
        if not found.is_unknown_rising:
            continue
        title = catalogue()[name].title
        before, after = found.unknown_before, found.unknown_after
        yield Alert(
            AlertCode.UNKNOWN_RISING,
            _severity(found),
            Text(
                f"指标「{title.zh}」未知的客户增多: {before:.1%} → {after:.1%}; 请检查数据是否还在导入",
                f"“{title.en}” is unknown of more customers: {before:.1%} → {after:.1%}; is its data still coming in?",
            ),
            after - before,
            filters={name: "unknown"},
        )


def _severity(found: MeasureDrift) -> Severity:
    # A number that decides classes matters at the next review; one that is only looked at can wait.
    return Severity.MEDIUM if found.decides else Severity.LOW


def _greatest_change(shift: Shift) -> tuple[str, float, float]:
    return _pick(shift, {cell: abs(b - a) for cell in shift.before for a, b in [shift.shares(cell)]})


def _greatest_rise(shift: Shift) -> tuple[str, float, float]:
    return _pick(shift, {cell: b - a for cell in shift.before for a, b in [shift.shares(cell)]})


def _pick(shift: Shift, weights: Mapping[str, float]) -> tuple[str, float, float]:
    cell = max(weights, key=lambda name: weights[name])
    return (cell, *shift.shares(cell))
