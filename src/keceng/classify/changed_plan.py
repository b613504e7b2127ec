"""What of a changed draft has to be worked out anew, over the columns, ranks and points that a run has stored.

A dimension that the draft leaves as it was, reading nothing that changed, keeps the classes that the run stored. Of a ranked
one whose cuts alone changed the run's ranks hold, of a scorecard the points of its percentiles.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from keceng.classify.decisions import decision_steps
from keceng.classify.dimensions import dimension_steps
from keceng.classify.easing import Easing
from keceng.classify.population import needed_columns
from keceng.classify.ranking import named, number_of
from keceng.classify.reason_codes import code_step
from keceng.classify.stability import stability_steps
from keceng.lake import Step, column, sql
from keceng.standard import (
    Bands,
    CumulativeShare,
    Dimension,
    Part,
    PercentileOf,
    Quantiles,
    Scorecard,
    ScoreMeasure,
    Standard,
)
from keceng.vocabulary import Text

STORED, SETTLED, CODED = "stored", "settled", "coded"
"""The table with the run's rows, and the steps with the grades and with the reason codes."""
_WAS = "was__"
_MADE_BEFORE = ("groups_", "ranks_", "cuts_")
_RANKED = Bands | Quantiles | CumulativeShare


class NotStoredError(Exception):
    """The draft needs a number that the run did not store."""


@dataclass(frozen=True, slots=True)
class ChangedPlan:
    """The steps of a draft over the rows of a run, where nobody holds a grade by the draft yet.

    Attributes:
        steps: from the tables `STORED`, `decided`, `standings`, `ranks_…` and `cuts_…` to `SETTLED`.
        code: the step `CODED`.
        cuts: by dimension the step whose cuts are to be resolved from the run's ranks.
        ranked: the dimensions for which a table `ranks_…` is read.
    """

    steps: Sequence[Step]
    code: Step
    cuts: Sequence[tuple[Dimension, Step]]
    ranked: Sequence[str]
    _places: Mapping[str, frozenset[str]]
    _as_ranked: frozenset[str]
    _read: frozenset[str]

    def needs_places(self, asked: Collection[str] = ()) -> frozenset[str]:
        """The rankings of the run that the steps read a place of, or the columns `asked`; of the others no rank is needed.

        Raises:
            NotStoredError: of a ranking that the draft has changed.
        """
        read = self._read | set(asked)
        needed = frozenset(name for name, places in self._places.items() if not places.isdisjoint(read))
        if not needed <= self._as_ranked:
            raise NotStoredError
        return needed


def plan_changes(
    draft: Standard, stored: Standard, columns: Collection[str], as_of: dt.date, *, is_decided: bool
) -> ChangedPlan:
    """The plan of `draft` over a run of `stored`.

    Args:
        draft: of the same window, unit and population.
        stored: the run's standard.
        columns: what the run stored of every customer.
        as_of: the run's day.
        is_decided: whether anybody has decided about a grade.

    Raises:
        NotStoredError: the draft compares other customers, or other numbers, than the run did.
    """
    made = _Changes(draft, stored, frozenset(columns))
    for dimension in (*draft.dimensions, draft.grade):
        made.add(dimension)
    # Nobody holds a grade by a new ruler, so nothing keeps one.
    settled = (
        stability_steps(replace(draft, stability=None), as_of, made.source, Easing())
        if is_decided
        else [_by_rules_alone(made.source)]
    )
    return ChangedPlan(
        steps=[made.population(), *made.steps, *settled],
        code=code_step(draft, SETTLED),
        cuts=made.cuts,
        ranked=[d.id for d in made.ranked],
        _places={d.id: frozenset(_places(d)) for d in made.ranked},
        _as_ranked=frozenset(made.as_ranked),
        _read=frozenset(name for d in made.changed for name in d.names),
    )


def _by_rules_alone(source: str) -> Step:
    query = sql(
        """
        select *, grade as grade_by_rules, cast(null as varchar) as kept_by, cast(null as varchar) as decision_id,
          cast(null as date) as decision_expires_on from :source
        """,
        source=exp.to_table(source),
    )
    return Step(SETTLED, query, Text("最终等级", "the final grade"))


def decided_steps(draft: Standard, as_of: dt.date) -> list[Step]:
    """`decided`, of the customers whom a decision is about."""
    everybody = exp.select("customer_key", exp.alias_(column("customer_key"), "unit_key")).distinct()
    units = Step("units", everybody.from_("decisions"), Text("评级单元", "units"))
    return [units, *decision_steps(draft, as_of)]


def _places(dimension: Dimension) -> set[str]:
    # What is known of a customer by its place alone.
    names = {f"{dimension.id}__group"}
    for measure in dimension.published:
        if measure.name not in (dimension.id, f"{dimension.id}_score"):
            names |= {measure.name, *(measure.exact or ())}
    return names


class _Changes:
    """The steps of one draft, gathered dimension by dimension."""

    def __init__(self, draft: Standard, stored: Standard, columns: frozenset[str]) -> None:
        self._draft, self._columns = draft, columns
        self._scope = {**draft.scope, **{m.name: m for m in draft.grade.published}}
        self._former = {d.id: d for d in (*stored.dimensions, stored.grade)}
        self._other_numbers: set[str] = set()
        self._aliased: dict[str, str] = {}
        self._kept: list[Dimension] = []
        self.changed: list[Dimension] = []
        self.steps: list[Step] = []
        self.cuts: list[tuple[Dimension, Step]] = []
        self.ranked: list[Dimension] = []
        self.as_ranked: set[str] = set()
        self.source = "population"

    def add(self, dimension: Dimension) -> None:
        """Take the dimension as it was stored, or work it out anew."""
        former = self._former.get(dimension.id)
        is_grade = dimension is self._draft.grade
        if not is_grade and former == dimension and self._is_as_it_was(dimension.names):
            self._kept.append(dimension)
            return
        self.changed.append(dimension)
        match dimension.method:
            case Scorecard():
                made = self._scored(dimension, former)
            case Bands():
                made = self._ranked(dimension, former)
            case Quantiles() | CumulativeShare():
                made = self._ranked(dimension, former)
                if dimension.id not in self.as_ranked:
                    raise NotStoredError
            case _:
                made = dimension_steps(dimension, self.source, self._scope)
        self.steps += made
        self.source = made[-1].name
        for measure in dimension.published:
            self._other_numbers |= {measure.name, *(measure.exact or ())}

    def population(self) -> Step:
        """The rows of the run in the columns that the draft reads, and who is judged."""
        draft = self._draft
        names = dict.fromkeys(n for n in needed_columns(draft) if n in self._columns)
        for dimension in self._kept:
            published = {n for m in dimension.published for n in (m.name, *(m.exact or ()))}
            names |= dict.fromkeys(
                n for n in self._columns if n in published or n.startswith(f"{dimension.id}__")
            )
        query = exp.select(
            *[column(name) for name in names],
            *[exp.alias_(column(was), name, quoted=True) for name, was in self._aliased.items()],
            column("excluded_as"),
            exp.alias_(exp.Is(this=column("excluded_as"), expression=exp.null()), "is_judged"),
        ).from_(STORED)
        return Step("population", query, Text("参评范围", "who is judged"))

    def _is_as_it_was(self, names: Collection[str]) -> bool:
        return self._other_numbers.isdisjoint(names)

    def _was(self, name: str) -> str:
        if name not in self._columns:
            raise NotStoredError
        self._aliased[_WAS + name] = name
        return _WAS + name

    def _ranked(self, dimension: Dimension, former: Dimension | None) -> list[Step]:
        assert isinstance(dimension.method, _RANKED)  # noqa: S101  the caller matched it
        self.ranked.append(dimension)
        measure = dimension.method.measure
        if (
            former is not None
            and isinstance(former.method, _RANKED)
            and former.method.measure == measure
            and _compares_as(dimension, former)
            and self._is_as_it_was([measure, *_comparing_names(dimension)])
        ):
            self.as_ranked.add(dimension.id)
            own = column(self._was(f"{dimension.id}__group"))
            groups = self._groups(dimension, own, number_of(self._scope[measure]))
        else:
            groups = self._nobody(dimension)
        return [groups, *self._without_ranking(dimension)]

    def _scored(self, dimension: Dimension, former: Dimension | None) -> list[Step]:
        method = dimension.method
        assert isinstance(method, Scorecard)  # noqa: S101  the caller matched it
        self.ranked.append(dimension)
        parts = tuple(self._part(dimension, part, former) for part in method.parts)
        pointed = replace(dimension, method=replace(method, parts=parts))
        return [self._nobody(dimension), *self._without_ranking(pointed)]

    def _part(self, dimension: Dimension, part: Part, former: Dimension | None) -> Part:
        # A percentile is a place among the others; those of the run hold where the same are compared by the same number.
        if not isinstance(part.source, PercentileOf):
            return part
        before = former.method.parts if former is not None and isinstance(former.method, Scorecard) else ()
        is_same = any(p.id == part.id and p.source == part.source for p in before)
        reads = [part.source.measure, *_comparing_names(dimension)]
        if (
            former is None
            or not is_same
            or not _compares_as(dimension, former)
            or not self._is_as_it_was(reads)
        ):
            raise NotStoredError
        return replace(part, source=ScoreMeasure(self._was(f"{dimension.id}__{part.id}")))

    def _nobody(self, dimension: Dimension) -> Step:
        # A changed number has no place among the others yet.
        return self._groups(dimension, exp.cast(exp.null(), "varchar"), exp.cast(exp.null(), "bigint"))

    def _groups(self, dimension: Dimension, own: exp.Expr, number: exp.Expr) -> Step:
        query = (
            exp.select(column("customer_key"), named("number", number), named("peer_group", own))
            .from_(self.source)
            .where(exp.Not(this=exp.Is(this=own.copy(), expression=exp.null())))
        )
        return Step(f"groups_{dimension.id}", query, Text("参评客户与可比组", "who is compared with whom"))

    def _without_ranking(self, dimension: Dimension) -> list[Step]:
        steps = dimension_steps(dimension, self.source, self._scope)
        self.cuts += [(dimension, step) for step in steps if step.name == f"cuts_{dimension.id}"]
        return [step for step in steps if not step.name.startswith(_MADE_BEFORE)]


def _compares_as(one: Dimension, other: Dimension) -> bool:
    return (one.within, one.min_group, one.among) == (other.within, other.min_group, other.among)


def _comparing_names(dimension: Dimension) -> set[str]:
    among = set(dimension.among.names) if dimension.among else set()
    return among | ({dimension.within} if dimension.within else set())
