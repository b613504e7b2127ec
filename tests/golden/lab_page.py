"""The rows that the page of the standards lab prints of a back-test, so that tests can hold the page to the figures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from keceng.evaluate import ClassOutcome, StandardResult, StandardsBacktest

PAGE = Path(__file__).parents[2] / "docs" / "standards-lab.md"


def page_lines() -> list[str]:
    return PAGE.read_text(encoding="utf-8").splitlines()


def lab_rows(title: str, found: StandardsBacktest, standard: str) -> Iterator[str]:
    """The rows of one data set: each cut, its steadiness, its capture."""
    result = found.standards[standard]
    for cut, (known, at_cut) in result.at_cuts.items():
        note = "" if known == found.horizon_days else " *"
        cells = " | ".join(_told(outcome) for outcome in at_cut.by_grade.values())
        yield f"| {title} | {cut}{note} | {cells} |"
    yield _steadiness(title, found, result)
    yield _capture(title, result)


def _told(outcome: ClassOutcome) -> str:
    assert outcome.revenue is not None
    assert outcome.interval is not None
    low, high = outcome.interval.low, outcome.interval.high
    return f"{outcome.revenue:,.0f} ({low:,.0f} – {high:,.0f}), {outcome.customers:,}"


def _steadiness(title: str, found: StandardsBacktest, result: StandardResult) -> str:
    rates = (result.leaving_best, result.flap_rate)
    shown = [share for rate in rates for share in (rate.without, rate.with_hysteresis)]
    cells = " | ".join(
        f"{share:.2%}" for share in [*shown, result.top1_outside_best.without] if share is not None
    )
    return f"| {title} | {len(found.reviews)} | {cells} |"


def _capture(title: str, result: StandardResult) -> str:
    shown = [result.overall.capture_top20, *(ruler.capture_top20 for ruler in result.overall.naive.values())]
    return f"| {title} | " + " | ".join(f"{share:.1%}" for share in shown if share is not None) + " |"
