"""Why a chance of buying is high or low, in words: what each trait adds to it."""

from __future__ import annotations

from dataclasses import dataclass

from keceng.measure.foresight import TRAITS, Trait
from keceng.vocabulary import Text


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one trait adds to a customer's log-odds of buying, against the average customer of the training day."""

    trait: Trait
    log_odds: float

    @property
    def sentence(self) -> Text:
        """The trait and the direction in which it speaks."""
        if self.log_odds >= 0:
            return Text(
                f"{self.trait.title.zh}: 提高购买可能", f"{self.trait.title.en}: makes a purchase likelier"
            )
        return Text(
            f"{self.trait.title.zh}: 降低购买可能", f"{self.trait.title.en}: makes a purchase less likely"
        )

    @property
    def code(self) -> str:
        """The trait and the direction, as a category of a measure."""
        return f"{self.trait.name}:{'likelier' if self.log_odds >= 0 else 'less_likely'}"


_DIRECTIONS = tuple(Contribution(trait, sign) for trait in TRAITS for sign in (-1.0, 1.0))

REASON_CODES: tuple[tuple[str, Text], ...] = tuple((c.code, c.sentence) for c in _DIRECTIONS)
"""Every code with its sentence: two a trait in the order of `TRAITS`, less likely before likelier."""
