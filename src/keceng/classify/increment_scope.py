"""Whether a run may go on from the one before it, or has to judge everybody anew; and why, in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from keceng.classify.aging import AGED_MEASURES
from keceng.classify.layers import layers_of
from keceng.classify.past import Past
from keceng.classify.summary import RunSummary, read_summary
from keceng.classify.tables import LINKS_FILE, ranks_file
from keceng.lake import Snapshot
from keceng.standard import (
    Bands,
    Condition,
    CumulativeShare,
    Dimension,
    Quantiles,
    Scorecard,
    Standard,
    Unit,
    Use,
)
from keceng.vocabulary import Text

MOST_ROWS = 20
"""Of a hundred customers; whoever would replace more judges everybody."""

_OF_PURCHASES = (
    "spend", "gross_spend", "order_count", "purchase_days", "refund_rate", "average_order_value", "largest_day_share",
    "lifetime_spend", "lifetime_gross_spend", "lifetime_order_count", "lifetime_purchase_days", "lifetime_refund_rate",
    "lifetime_average_order_value", "lifetime_largest_day_share", "first_purchase_on", "last_purchase_on", "tenure_days",
    "days_since_last_purchase", "history_days",
)  # fmt: skip
_OF_RHYTHM = ("expected_gap", "gap_ratio", "base_gap", "lifecycle_state")
_OF_ATTRIBUTES = (
    "customer_kind", "role", "owner", "industry", "province", "city", "region", "size_class", "class_legacy", "is_bucket",
    "is_related_party", "is_supplier", "is_dishonest_listed",
)  # fmt: skip
OWN_MEASURES = frozenset({*_OF_PURCHASES, *_OF_RHYTHM, *_OF_ATTRIBUTES})
"""Measures that follow from what is known of the one customer, the date and the norms alone."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What an increment goes on from.

    Attributes:
        directory: of the published run.
        summary: of the same.
        root: the full run whose file lies under it; itself where it is one.
        root_as_of: the day of that.
        at_root: the lake as that read it.
        before: the lake as that run read it.
        after: the lake now.
    """

    directory: Path
    summary: RunSummary
    root: Path
    root_as_of: dt.date
    at_root: Snapshot
    before: Snapshot
    after: Snapshot


def why_not_by_standard(standard: Standard, *, is_lean: bool, has_more: bool) -> Text | None:
    """Why runs of `standard` cannot be increments; None where they can."""
    if not is_lean or has_more:
        return Text(
            '这里每次都算全部指标；工作区设 measures = "needed" 后才能只算增量',
            'every measure is computed here; an increment needs measures = "needed" in the workspace',
        )
    if standard.unit is not Unit.ACCOUNT:
        return Text("标准按集团评级", "the standard judges groups")
    for measure in standard.inputs:
        if measure.name not in OWN_MEASURES:
            return Text(
                f"标准用到「{measure.title.zh}」，它不只取决于客户自己",
                f"the standard reads {measure.title.en}, which does not follow from the customer alone",
            )
    for dimension in (*standard.dimensions, standard.grade):
        if (found := _why_not_by_dimension(dimension)) is not None:
            return found
    return None


def _why_not_by_dimension(dimension: Dimension) -> Text | None:
    match dimension.method:
        case Scorecard():
            return Text(
                f"「{dimension.title.zh}」是评分卡，名次随所有客户变动",
                f"{dimension.title.en} is a scorecard, whose ranks move with everybody",
            )
        case (
            Use(measure=name) | Bands(measure=name) | Quantiles(measure=name) | CumulativeShare(measure=name)
        ):
            if name in AGED_MEASURES:
                return Text(
                    f"「{dimension.title.zh}」按天数排名，每天人人变动",
                    f"{dimension.title.en} ranks ages, which change every day for everybody",
                )
    if dimension.within is not None:
        return Text(
            f"「{dimension.title.zh}」在可比组内比较，分组随人数变动",
            f"{dimension.title.en} compares within peer groups, which form anew with their members",
        )
    return None


def is_hashed_anew(standard: Standard) -> bool:
    """Whether numbers that the hash covers change every day for everybody, so that there is nothing to go on from."""
    return not AGED_MEASURES.isdisjoint(standard.measures)


def find_ground(snapshot: Snapshot, standard: Standard, as_of: dt.date, past: Past) -> Ground | Text:
    """The run to go on from: the published one; or why it will not do."""
    if past.earlier is None or past.published_run is None:
        return Text("还没有发布过运行", "nothing is published yet")
    summary = read_summary(past.earlier)
    if summary.ruler != past.ruler or summary.standard.id != standard.id:
        return Text("标准改过了", "the standard has changed")
    if as_of < summary.as_of:
        return Text(
            f"截止日早于上次运行的 {summary.as_of}",
            f"the date lies before that of the last run, {summary.as_of}",
        )
    if (reason := _why_not_by_standing(past, summary, as_of)) is not None:
        return reason
    layers = layers_of(past.earlier)
    if (
        any(not (past.earlier / ranks_file(d.id)).exists() for d in _ranked(standard))
        or (
            layers.overlay is not None
            and not is_hashed_anew(standard)
            and not (past.earlier / LINKS_FILE).exists()
        )
        or not layers.base.exists()
    ):
        return Text("上次运行的文件不全", "files of the last run are missing")
    before, root = snapshot.of_run(past.published_run), layers.base.parent
    if root == past.earlier:
        return Ground(past.earlier, summary, root, summary.as_of, before, before, snapshot)
    at_root, below = snapshot.of_run(root.name), read_summary(root)
    return Ground(past.earlier, summary, root, below.as_of, at_root, before, snapshot)


def _ranked(standard: Standard) -> Iterator[Dimension]:
    for dimension in (*standard.dimensions, standard.grade):
        if isinstance(dimension.method, Bands | Quantiles | CumulativeShare):
            yield dimension


def _why_not_by_standing(past: Past, summary: RunSummary, as_of: dt.date) -> Text | None:
    changed = Text("升降级缓冲与上次运行不同", "grades were not held in the same way by the last run")
    if past.stability == "off" or summary.stability == "off":
        return None if past.stability == summary.stability else changed
    if as_of == summary.as_of:
        return None if past.stability == summary.stability else changed
    return None if past.held == past.earlier else changed


def conditions_of(standard: Standard) -> Iterator[Condition]:
    """Every condition on which a row of a run of `standard` rests."""
    population = standard.population
    written = [population.include, *(e.when for e in population.exclude), standard.provisional]
    written.append(None if standard.stability is None else standard.stability.at_once)
    dimensions = (*standard.dimensions, standard.grade)
    written += [condition for dimension in dimensions for condition in dimension.conditions]
    yield from (condition for condition in written if condition is not None)
