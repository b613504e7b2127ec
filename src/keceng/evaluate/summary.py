"""The result of a back-test, as data and as the document that doors print."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from keceng import measure
from keceng.evaluate.quality import RankingQuality
from keceng.vocabulary import Text

_DIGITS = 6


@dataclass(frozen=True, slots=True)
class TotalOutcome:
    """What a forecast foretold for all customers together, and what came, in currency units."""

    predicted: float
    actual: float

    @property
    def error(self) -> float | None:
        """Predicted ÷ actual − 1; None where nothing came."""
        return self.predicted / self.actual - 1 if self.actual else None


@dataclass(frozen=True, slots=True)
class PropensityComparison:
    """How well purchases within `horizon_days` were told, beside two baselines.

    Attributes:
        horizon_days: the span, as long as the inner cut's.
        propensity: of the model; None where a rule stood in.
        rfm: of the RFM score as a ranking.
        bg_nbd: of the lifetime model's chances; None where it could not be fitted.
    """

    horizon_days: int
    propensity: measure.PropensityQuality | None
    rfm: measure.PropensityQuality
    bg_nbd: measure.PropensityQuality | None


@dataclass(frozen=True, slots=True)
class Backtest:
    """A back-test of rankings at one cut.

    Attributes:
        cut: the last day that the rankings know.
        horizon_days: the days after it that judge them.
        customers: with a valid purchase by the cut.
        actual: the net revenue that came of them all, in currency units.
        rankings: the quality of each, by name.
        totals: of the rankings that are forecasts.
        notes: choices, fallbacks and limits, in words.
        purchases: how well purchases were told; None without an inner cut.
    """

    cut: dt.date
    horizon_days: int
    customers: int
    actual: float
    rankings: Mapping[str, RankingQuality]
    totals: Mapping[str, TotalOutcome]
    notes: tuple[Text, ...] = ()
    purchases: PropensityComparison | None = None

    def to_document(self) -> dict[str, object]:
        """As JSON: qualities to six decimals, totals to the cent, notes in both languages."""
        return {
            "cut": self.cut.isoformat(),
            "horizon_days": self.horizon_days,
            "customers": self.customers,
            "rankings": {
                name: {part: _rounded(number) for part, number in asdict(quality).items()}
                for name, quality in self.rankings.items()
            },
            "totals": {
                name: {"predicted": round(total.predicted, 2), "actual": round(total.actual, 2)}
                for name, total in self.totals.items()
            },
            "notes": [f"{note.zh} / {note.en}" for note in self.all_notes],
        }

    @property
    def all_notes(self) -> tuple[Text, ...]:
        """The notes, and how well purchases were told."""
        if self.purchases is None:
            return self.notes
        told = self.purchases
        models = (("propensity", told.propensity), ("RFM", told.rfm), ("BG/NBD", told.bg_nbd))
        parts = "; ".join(f"{name} {_describe(quality)}" for name, quality in models if quality is not None)
        purchases = Text(
            f"{told.horizon_days} 天内是否购买: {parts}",
            f"a purchase within {told.horizon_days} days: {parts}",
        )
        return (*self.notes, purchases)


def _describe(quality: measure.PropensityQuality) -> str:
    parts = (("AUC", quality.auc), ("Brier", quality.brier), ("lift@10%", quality.top_decile_lift))
    return ", ".join(f"{name} {number:.3f}" for name, number in parts if number is not None)


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, _DIGITS)
