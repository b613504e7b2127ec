"""The classes of a result, each in figures and in one paragraph: size, value, need, trend, states, examples.

Heads are customers, as in the run's own record; amounts take one row of each judged unit, so a group counts once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pyarrow as pa

from keceng.evaluate.graded_table import GradedTable, Judged, open_judged
from keceng.evaluate.portrait_words import phrase_portrait
from keceng.evaluate.shifts import round_figure
from keceng.lake import column, sql
from keceng.standard import Standard
from keceng.vocabulary import Text

NEED, STATE = "main_category", "lifecycle_state"
EXAMPLES = 3
TOP_NEEDS = 5


@dataclass(frozen=True, slots=True)
class Amounts:
    """Money of a class in cents, over those of whom it is known; mean and median None where of nobody.

    Attributes:
        known: units that have the number.
        median: the lower of the two in the middle.
    """

    known: int
    total: int
    mean: float | None
    median: int | None

    def to_document(self) -> dict[str, object]:
        """Plain JSON values, in currency units."""
        return {
            "known": self.known,
            "total": self.total / 100,
            "mean": None if self.mean is None else round_figure(self.mean / 100),
            "median": None if self.median is None else self.median / 100,
        }


@dataclass(frozen=True, slots=True)
class Trend:
    """Where the sales of a class go.

    Attributes:
        before_cents: its sales of the window before; those of the window are in `Amounts`.
        known: units old enough for a growth of their own (`spend_growth`).
        median_growth: the median of ln((this window + k) ÷ (window before + k)); None where of nobody.
        growing: units of those whose growth is above 0.
    """

    before_cents: int
    known: int
    median_growth: float | None
    growing: int


@dataclass(frozen=True, slots=True)
class ClassPortrait:
    """One class of the grade.

    Attributes:
        heads: customers.
        units: judged units: as many, or fewer where groups are judged.
        head_share: of everyone classified; 0 where nobody is.
        sales: net sales in the window.
        sales_share: of the positive sales of everyone classified; 0 when there are none.
        value: `current_value` (contribution, else margin, else sales).
        needs: the commonest main categories with their heads, the greatest first; None is unknown.
        need_kinds: how many main categories there are.
        states: heads by state of the lifecycle; None is unknown.
        examples: `customer_key` of typical ones: nearest to the class's median sales.
        paragraph: all of it in words.
    """

    class_id: str
    title: Text
    heads: int
    units: int
    head_share: float
    sales: Amounts
    sales_share: float
    value: Amounts
    trend: Trend
    needs: Mapping[str | None, int]
    need_kinds: int
    states: Mapping[str | None, int]
    examples: tuple[int, ...]
    paragraph: Text

    def to_document(self) -> dict[str, object]:
        """Plain JSON values; examples are left to whoever may name customers."""
        return {
            "class": self.class_id,
            "title": {"zh": self.title.zh, "en": self.title.en},
            "customers": self.heads,
            "units": self.units,
            "customer_share": round_figure(self.head_share),
            "sales": self.sales.to_document(),
            "sales_share": round_figure(self.sales_share),
            "value": self.value.to_document(),
            "sales_before": self.trend.before_cents / 100,
            "median_growth": round_figure(self.trend.median_growth),
            "growing": self.trend.growing,
            "growth_known": self.trend.known,
            "needs": {name or "unknown": n for name, n in self.needs.items()},
            "states": {name or "unknown": n for name, n in self.states.items()},
            "paragraph": {"zh": self.paragraph.zh, "en": self.paragraph.en},
        }


def describe_classes(
    graded: pa.Table | GradedTable, standard: Standard, *, currency: str = "¥"
) -> tuple[ClassPortrait, ...]:
    """A portrait of every class of the grade, in its order; a class without anybody has one too.

    Args:
        graded: a table with the columns of `customers.parquet`, of a stored run or of a draft on trial.
        standard: the ruler that made it.
        currency: the sign before amounts in the paragraphs.
    """
    with open_judged(graded, standard) as judged:
        gathered = _gather(judged)
    return tuple(_portrait(c.id, c.title, gathered, standard, currency) for c in standard.grade.classes)


@dataclass(frozen=True, slots=True)
class _Gathered:
    heads: Mapping[str, int]
    figures: Mapping[str, Mapping[str, object]]
    levels: Mapping[str, Mapping[str, Mapping[str | None, int]]]
    examples: Mapping[str, tuple[int, ...]]

    @property
    def all_heads(self) -> int:
        return sum(self.heads.values())

    @property
    def all_positive(self) -> int:
        return sum(_whole(row["positive"]) for row in self.figures.values())


def _gather(judged: Judged) -> _Gathered:
    return _Gathered(
        heads={str(r["grade"]): _whole(r["heads"]) for r in judged.fetch(_HEADS, ())},
        figures={str(r["grade"]): r for r in judged.fetch(_FIGURES, _MONEY, units=True)},
        levels={name: _count_levels(judged, name) for name in (NEED, STATE)},
        examples=_find_examples(judged),
    )


_MONEY = ("spend", "previous_spend", "current_value", "spend_growth")

_HEADS = "select grade, count(*) as heads from judged group by grade"

_FIGURES = """
select grade, count(*) as units,
  count(spend) as sales_known, cast(sum(spend) as bigint) as sales, quantile_disc(spend, 0.5) as sales_median,
  cast(sum(case when spend > 0 then spend end) as bigint) as positive,
  cast(sum(previous_spend) as bigint) as sales_before,
  count(current_value) as value_known, cast(sum(current_value) as bigint) as "value",
  quantile_disc(current_value, 0.5) as value_median,
  count(spend_growth) as growth_known, quantile_disc(spend_growth, 0.5) as growth_median,
  count(*) filter (where spend_growth > 0) as growing
from judged group by grade
"""

_EXAMPLES = """
select grade, customer_key from (
  select grade, customer_key, row_number() over (
      partition by grade order by abs(coalesce(spend, 0) - coalesce(middle, 0)), customer_key
    ) as place
  from (
    select judged.grade, judged.customer_key, judged.spend, middles.middle from judged
    join (select grade, quantile_disc(spend, 0.5) as middle from judged group by grade) as middles
      on middles.grade = judged.grade
  ) as apart
) as placed
where place <= :examples order by grade, place
"""

_LEVELS = """
select grade, level, count(*) as heads from (select grade, :level as level from judged) as levelled
group by grade, level order by heads desc, level
"""


def _count_levels(judged: Judged, name: str) -> dict[str, dict[str | None, int]]:
    counted: dict[str, dict[str | None, int]] = {}
    for row in judged.fetch_tree(sql(_LEVELS, level=column(name)), (name,)):
        level = None if row["level"] is None else str(row["level"])
        counted.setdefault(str(row["grade"]), {})[level] = _whole(row["heads"])
    return counted


def _find_examples(judged: Judged) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    for row in judged.fetch_tree(sql(_EXAMPLES, examples=EXAMPLES), ("spend",), units=True):
        grade = str(row["grade"])
        found[grade] = (*found.get(grade, ()), _whole(row["customer_key"]))
    return found


def _portrait(
    class_id: str, title: Text, gathered: _Gathered, standard: Standard, currency: str
) -> ClassPortrait:
    figures, heads = gathered.figures.get(class_id, {}), gathered.heads.get(class_id, 0)
    levels = {name: found.get(class_id, {}) for name, found in gathered.levels.items()}
    growth = figures.get("growth_median")
    known_needs = [(name, n) for name, n in levels[NEED].items() if name is not None]
    needs: dict[str | None, int] = dict(known_needs[:TOP_NEEDS])
    if None in levels[NEED]:
        needs[None] = levels[NEED][None]
    everybody, positive = gathered.all_heads, gathered.all_positive
    portrait = ClassPortrait(
        class_id=class_id,
        title=title,
        heads=heads,
        units=_whole(figures.get("units")),
        head_share=heads / everybody if everybody else 0.0,
        sales=_amounts(figures, "sales"),
        sales_share=_whole(figures.get("positive")) / positive if positive else 0.0,
        value=_amounts(figures, "value"),
        trend=Trend(
            before_cents=_whole(figures.get("sales_before")),
            known=_whole(figures.get("growth_known")),
            median_growth=None if growth is None else _whole(growth) / 10_000,
            growing=_whole(figures.get("growing")),
        ),
        needs=needs,
        need_kinds=len(known_needs),
        states=levels[STATE],
        examples=gathered.examples.get(class_id, ()),
        paragraph=Text("", ""),
    )
    paragraph = phrase_portrait(portrait, window_days=standard.window_days, currency=currency)
    return replace(portrait, paragraph=paragraph)


def _amounts(figures: Mapping[str, object], name: str) -> Amounts:
    known, total = _whole(figures.get(f"{name}_known")), _whole(figures.get(name))
    median = figures.get(f"{name}_median")
    return Amounts(known, total, total / known if known else None, None if median is None else _whole(median))


def _whole(found: object) -> int:
    return 0 if found is None else int(str(found))
