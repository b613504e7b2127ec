"""What a measure declares: name, titles, definition, kind, direction, window, inputs, source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from keceng.vocabulary import Direction, Kind, Text


@dataclass(frozen=True, slots=True)
class Measure:
    """One number, date, flag or category that every customer has, or has as unknown.

    Attributes:
        name: its column in the measured table and its name in conditions.
        title: as on a screen.
        definition: one sentence, precise enough to recompute by hand.
        kind: decides what it may be compared with and how it is stored.
        unit: as printed after the number; empty where the kind says it.
        direction: which way is better for us.
        actionable: whether an action of ours can change it (the way up uses only these).
        windowed: whether it looks at the standard's window; others look at all time up to `as_of`.
        inputs: the ledger tables it reads.
        source: where the definition comes from (paper, rule, law), or "house" for our own.
        exact: names of the two integer columns whose quotient, in stored parts, it is; comparisons use these,
            the column itself is rounded for print.
        categories: codes and their titles, for categories with a closed list.
        is_cause: whether it is an event or a state of affairs that may by itself put a customer under watch: overdue
            money, a credit grade, a loss, a listing. A score or a rank is none.
    """

    name: str
    title: Text
    definition: Text
    kind: Kind
    unit: Text
    direction: Direction
    inputs: tuple[str, ...]
    source: str = "house"
    actionable: bool = False
    windowed: bool = False
    exact: tuple[str, str] | None = None
    categories: tuple[tuple[str, Text], ...] = ()
    is_cause: bool = False

    def category_title(self, code: str) -> Text:
        """The title of a category code; an open list shows the code itself."""
        return dict(self.categories).get(code, Text(code, code))


class Catalogue(Mapping[str, Measure]):
    """Measures by name, in the order they are shown."""

    def __init__(self, measures: tuple[Measure, ...]) -> None:
        self._measures = {m.name: m for m in measures}
        if len(self._measures) != len(measures):
            raise ValueError("two measures share a name")

    def __getitem__(self, name: str) -> Measure:
        return self._measures[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._measures)

    def __len__(self) -> int:
        return len(self._measures)
