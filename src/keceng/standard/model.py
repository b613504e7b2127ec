"""A standard as it is used: frozen, complete, valid by construction. Only `load_standard` builds one.

Every number here is a whole number of stored parts (`Kind.scale`): cents, ten-thousandths of a ratio or of a point.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from keceng.measure import Measure
from keceng.standard.condition import Condition
from keceng.standard.methods import METHOD_NAMES, Cut, Method, Rules, method_names
from keceng.standard.publication import MethodName, publish_names
from keceng.vocabulary import DimensionKind, Text


class Unit(StrEnum):
    """Who is judged: each account, or a group of accounts rolled up by their parent."""

    ACCOUNT = "account"
    GROUP = "group"


class TiePolicy(StrEnum):
    """Where customers with equal numbers go when a cut runs through them."""

    UP = "up"
    DOWN = "down"


class SmallData(StrEnum):
    """Whether quantiles and shares give way to halves and terciles when few are compared."""

    AUTO = "auto"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class TierClass:
    """One class of a dimension.

    Attributes:
        id: as stored and as written in conditions.
        title: for colleagues.
        public_title: for customers; None for segments that never reach them.
        note: why it is cut there, for the one who edits it.
        watch: whether it is a class of the grade that only a cause leads to, never a low score; nobody waits for it.
    """

    id: str
    title: Text
    public_title: Text | None = None
    note: Text | None = None
    watch: bool = False


@dataclass(frozen=True, slots=True)
class Dimension:
    """One way of looking at every customer.

    Attributes:
        id: the name it publishes its class under.
        title: as on a screen.
        kind: tiers are ordered best first; segments are not ordered.
        method: how a customer gets a class.
        classes: best first for tiers; empty for a scorecard of which only the score is wanted, and for a catalogue
            category with an open list.
        within: the category whose members are compared among themselves; None compares everyone.
        min_group: smaller groups join one pool, a smaller pool the whole company.
        among: who is compared; the others score 0 and get the last class. None compares everyone.
        tie_policy: which class a tie group gets that a cut runs through.
        frozen: (class, lowest stored number) pairs fixed at publication instead of resolved in the run.
        small_data: whether few compared customers are cut into halves or terciles.
    """

    id: str
    title: Text
    kind: DimensionKind
    method: Method
    classes: tuple[TierClass, ...]
    within: str | None = None
    min_group: int = 30
    among: Condition | None = None
    tie_policy: TiePolicy = TiePolicy.UP
    frozen: tuple[tuple[str, Cut], ...] = ()
    small_data: SmallData = SmallData.AUTO

    @property
    def class_ids(self) -> tuple[str, ...]:
        """The classes by id, in order."""
        return tuple(c.id for c in self.classes)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Every condition written in it, in order."""
        rules = self.method.rules if isinstance(self.method, Rules) else ()
        written = [c for rule in rules for c in (rule.when, rule.stay)]
        return tuple(c for c in (*written, self.among) if c is not None)

    @property
    def names(self) -> frozenset[str]:
        """The measures and published names it needs."""
        needed = {name for condition in self.conditions for name in condition.names}
        within = {self.within} if self.within else set()
        return frozenset(needed | within | set(method_names(self.method)))

    @property
    def by(self) -> MethodName:
        """The method as written after `by:`."""
        return METHOD_NAMES[type(self.method)]

    @property
    def published(self) -> tuple[Measure, ...]:
        """The names later rules may use."""
        classes = tuple((c.id, c.title) for c in self.classes)
        return publish_names(self.id, self.title, by=self.by, classes=classes)

    def tier_class(self, class_id: str) -> TierClass:
        """The class with this id.

        Raises:
            KeyError: the dimension has no such class.
        """
        for found in self.classes:
            if found.id == class_id:
                return found
        raise KeyError(class_id)


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Customers who are listed with a reason instead of judged; an unknown condition does not exclude."""

    id: str
    when: Condition
    reason: Text


@dataclass(frozen=True, slots=True)
class Population:
    """Who is judged: those included (None: everyone) and not excluded."""

    include: Condition | None = None
    exclude: tuple[Exclusion, ...] = ()


@dataclass(frozen=True, slots=True)
class Stability:
    """What keeps a grade from flickering.

    Attributes:
        demote_after: reviews in a row before a customer goes down.
        margin: how far beyond a cut before a move counts, in ten-thousandths of the cut.
        min_stay_days: the shortest time in a class.
        at_once: who goes down at once, without delay, margin or shortest time; None: nobody.
    """

    demote_after: int
    margin: int
    min_stay_days: int
    at_once: Condition | None = None


@dataclass(frozen=True, slots=True)
class Strategy:
    """What is done for a class, or for a class in one state.

    Attributes:
        grade: the class.
        state: a class of the standard's `strategy_by` dimension; None for all the others.
        goal: in a few words.
        rhythm_days: the days between two contacts, None where none is planned.
        service: the service package, None where the class's own applies.
        owner_role: one of `OWNER_ROLES`, None where the class's own applies, or whoever the books name.
    """

    grade: str
    state: str | None
    goal: Text
    rhythm_days: int | None = None
    service: str | None = None
    owner_role: str | None = None


class PeriodUnit(StrEnum):
    """Units in which reviews are spaced."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Review:
    """When the standard itself is looked at again, and by whom."""

    count: int
    unit: PeriodUnit
    owner: str

    @property
    def every(self) -> str:
        """The spacing as written: `1 month`, `2 weeks`."""
        return f"{self.count} {self.unit}" + ("s" if self.count != 1 else "")


@dataclass(frozen=True, slots=True)
class Nomination:
    """The class to which people may nominate a customer, beside those whom the rules put there.

    Attributes:
        class_id: a class of the grade.
        quota: the greatest share of the classified customers that the class may hold, in ten-thousandths.
        months: how long a nomination holds at most.
    """

    class_id: str
    quota: int
    months: int


@dataclass(frozen=True, slots=True)
class Standard:
    """The ruler: who is judged, along which dimensions, to which grade, and what is done for each.

    Attributes:
        id: a slug.
        revision: from 1; a revision is immutable once a run has used it.
        title: as on a screen.
        window_days: the window of windowed measures.
        unit: account or group.
        population: who is judged.
        dimensions: each after those it refers to.
        grade: the final dimension, id `grade`.
        provisional: who has a grade that is not final yet, besides newcomers and thin scorecards; None: nobody else.
        stability: None when it is off.
        strategy_by: the dimension whose class may refine a strategy, None when no strategy does.
        strategy: what is done; every class of the grade has one.
        review: when it is looked at again; None is a finding of the lints.
        nomination: the class to which people may nominate; None: there are no nominations.
        inputs: the catalogue measures it names, by name.
    """

    id: str
    revision: int
    title: Text
    window_days: int
    unit: Unit
    population: Population
    dimensions: tuple[Dimension, ...]
    grade: Dimension
    provisional: Condition | None
    stability: Stability | None
    strategy_by: str | None
    strategy: tuple[Strategy, ...]
    review: Review | None
    nomination: Nomination | None
    inputs: tuple[Measure, ...]

    @property
    def scope(self) -> Mapping[str, Measure]:
        """Every name its conditions may use, catalogue measures it needs and names its dimensions publish."""
        published = (m for d in self.dimensions for m in d.published)
        return {m.name: m for m in (*self.inputs, *published)}

    @property
    def measures(self) -> tuple[str, ...]:
        """The catalogue measures it needs, by name."""
        return tuple(m.name for m in self.inputs)

    def dimension(self, dimension_id: str) -> Dimension:
        """The dimension with this id; `grade` is one of them.

        Raises:
            KeyError: there is none.
        """
        for found in (*self.dimensions, self.grade):
            if found.id == dimension_id:
                return found
        raise KeyError(dimension_id)

    def strategy_for(self, grade: str, state: str | None = None) -> Strategy:
        """What is done for `grade` in `state`: the pair's own strategy, else the grade's.

        Raises:
            KeyError: `grade` is not a class of the grade.
        """
        by_pair = {(s.grade, s.state): s for s in self.strategy}
        return by_pair.get((grade, state)) or by_pair[grade, None]

    def owner_role_for(self, grade: str, state: str | None = None) -> str | None:
        """The role that looks after `grade` in `state`: the pair's own, else the grade's; None: whoever the books name."""
        by_pair = {(s.grade, s.state): s.owner_role for s in self.strategy}
        return by_pair.get((grade, state)) or by_pair.get((grade, None))
