"""Which measures tell customers apart: their own numbers and attributes, and never what must not decide a class."""

from __future__ import annotations

from collections.abc import Mapping

from keceng.measure import Measure, catalogue
from keceng.standard import SENSITIVE_TITLES, SENSITIVE_WORDS
from keceng.vocabulary import Kind

NORMS = frozenset(
    [
        "base_gap",
        "class_retention",
        "history_days",
        "loyal_tenure_days",
        "median_positive_contribution",
        "peer_group",
        "role_median_spend",
    ]
)
"""What customers are compared with: the same for many of them, and about none of them."""


def comparable_measures(offered: Mapping[str, Measure] | None = None) -> tuple[Measure, ...]:
    """The measures of `offered` (the catalogue by default) without dates, norms and sensitive attributes."""
    measures = (catalogue() if offered is None else offered).values()
    return tuple(
        m for m in measures if m.kind is not Kind.DATE and m.name not in NORMS and not is_sensitive(m)
    )


def is_sensitive(measure: Measure) -> bool:
    """Whether a measure is an attribute of the person that must not decide a class."""
    words = SENSITIVE_WORDS & {measure.name, *measure.name.split("_")}
    return bool(words) or any(word in measure.title.zh for word in SENSITIVE_TITLES)
