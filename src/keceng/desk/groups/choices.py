"""What a form offers to narrow by: the names that the run knows something of, in words, with what may be said of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from keceng.desk.directory.models import Edition
from keceng.desk.groups.names import Names, read_names
from keceng.measure import Measure
from keceng.vocabulary import Kind, Text

_RESULTS = Text("分级结果", "Result")
_OWN = Text("客户与联系", "Customer and contact")
_STORED = Text("指标", "Measures")
_OF_THE_CUSTOMER = frozenset(
    {"role", "industry", "province", "city", "size_class", "class_legacy", "is_bucket", "is_related_party",
     "is_supplier", "is_dishonest_listed", "is_loss_making", "loss_two_quarters"}
)  # fmt: skip
_PERCENT = Text("%", "%")
_SAME_FOR_ALL = frozenset(
    {"history_days", "loyal_tenure_days", "cost_known_share", "median_positive_contribution"}
)


@dataclass(frozen=True, slots=True)
class Choice:
    """A name as a form offers it.

    Attributes:
        unit: as a person writes its numbers: per cent for a plain ratio.
        options: the codes of a closed list and their titles.
    """

    name: str
    title: Text
    definition: Text
    kind: Kind
    unit: Text
    options: tuple[tuple[str, Text], ...]

    @property
    def is_percent(self) -> bool:
        """Whether numbers of it are written in per cent."""
        return self.unit == _PERCENT

    @property
    def titled(self) -> Text:
        """The title and, where there is one, the unit."""
        if not self.unit.zh:
            return self.title
        return Text("{title}（{unit}）", "{title} ({unit})").fill(title=self.title, unit=self.unit)


@dataclass(frozen=True, slots=True)
class Shelf:
    """Choices that belong together, under one heading."""

    title: Text
    choices: Sequence[Choice]


def as_choice(name: str, measure: Measure) -> Choice:
    """A name of the scope as a form offers it."""
    unit = measure.unit
    if measure.kind is Kind.RATIO and not unit.en:
        unit = _PERCENT
    return Choice(name, measure.title, measure.definition, measure.kind, unit, measure.categories)


def list_shelves(edition: Edition) -> list[Shelf]:
    """Everything a group may ask about that is known of anybody, what people ask most first."""
    names = read_names(edition)
    results = [n for n in names.results if n != "state" or not _repeats(names, n)]
    rest = [
        n for n in names.scope if n in names.known and n not in {*names.results, *names.own, *_SAME_FOR_ALL}
    ]
    of_the_customer = [n for n in rest if n in _OF_THE_CUSTOMER]
    stored = [n for n in rest if n not in _OF_THE_CUSTOMER]
    parts = ((_RESULTS, results), (_OWN, [*names.own, *of_the_customer]), (_STORED, stored))
    return [Shelf(title, [as_choice(n, names.scope[n]) for n in found]) for title, found in parts if found]


def _repeats(names: Names, name: str) -> bool:
    # The alias is offered only where nothing else is called so.
    return names.scope[name].name != name and names.scope[name].name in names.scope


def list_measures(edition: Edition) -> list[Choice]:
    """The numbers by which a list may be narrowed without a group."""
    names = read_names(edition)
    stored = [
        n for n in names.scope if n in names.known and n not in {*names.results, *names.own, *_SAME_FOR_ALL}
    ]
    return [as_choice(n, names.scope[n]) for n in stored if names.scope[n].kind.is_number]
