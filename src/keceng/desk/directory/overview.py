"""总览 in figures: heads that reconcile, classes, what changed, what waits, what is at risk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from keceng.classify import GONE, NEW, UNCLASSIFIED
from keceng.desk.directory.exclusions import LeftOut, list_left_out
from keceng.desk.directory.grid import Grid, has_grid, read_grid
from keceng.desk.directory.listing import Group, Listing, group_of
from keceng.desk.directory.measured import read_measured
from keceng.desk.directory.models import Edition, Entry
from keceng.desk.directory.queries import RISKY_STATES, ClassCount, count_classes, count_heads, narrow
from keceng.desk.directory.queries import Wanted as _Wanted
from keceng.desk.directory.scope import current_edition, visible_entries
from keceng.desk.directory.tiers import read_tiers
from keceng.desk.people.models import User
from keceng.desk.runs.board import count_undecided, find_open_review
from keceng.desk.runs.dossier import count_waiting_for
from keceng.desk.runs.models import Review, RunRecord
from keceng.desk.runs.queries import find_failure
from keceng.desk.standards.queries import list_revisions
from keceng.desk.standards.states import Status
from keceng.vocabulary import Text

STATES = {
    NEW: Text("新出现", "new"),
    UNCLASSIFIED: Text("未分级", "not graded"),
    GONE: Text("不再出现", "gone"),
}
"""Where somebody stood who had no class, as people read it."""
NAMED_FALLS, PARETO_POINTS = 8, 20


@dataclass(frozen=True, slots=True)
class ClassCard:
    """A class on its card: heads, share of the visible positive sales, change of heads against the run before."""

    count: ClassCount
    share: float
    change: int


@dataclass(frozen=True, slots=True)
class Flow:
    """Heads between two classes, for the Sankey."""

    source: str
    target: str
    heads: int


@dataclass(frozen=True, slots=True)
class Overview:
    """What the first screen shows of the customers somebody may see.

    Attributes:
        edition: of which run.
        everybody: heads; equals classified + excluded + insufficient.
        classified, provisional, excluded, insufficient: heads.
        left_out: the excluded by reason.
        up, down: heads who moved against the run before.
        falls: the dearest of those who went down.
        at_risk: sales in cents of the best class's customers who are silent too long (`at_risk`, `dormant`).
        overdue: overdue cents; None where nobody's are known, for want of receivables or because the run did not measure them.
        measured: what the run measured.
        pareto: (share of customers, share of sales) points, best first.
        waiting_appeals, waiting_requests: about the visible customers, without an answer.
        grid: system × level, under a standard for government customers.
        review, review_undecided: the open review, and its undecided items about the visible customers.
    """

    edition: Edition
    everybody: int
    classified: int
    provisional: int
    excluded: int
    insufficient: int
    left_out: Sequence[LeftOut]
    cards: Sequence[ClassCard]
    up: int
    down: int
    falls: Sequence[Entry]
    at_risk: int
    overdue: int | None
    measured: frozenset[str]
    flows: Sequence[Flow]
    pareto: Sequence[tuple[float, float]]
    waiting_appeals: int
    waiting_requests: int
    waiting_standards: int
    failure: RunRecord | None
    review: Review | None
    review_undecided: int
    grid: Grid | None

    @property
    def has_sales(self) -> bool:
        """Whether anything was sold to the graded in the window; a sheet of stated numbers alone has no sales."""
        return bool(self.pareto)

    @property
    def has_earlier(self) -> bool:
        """Whether there was a run to compare with."""
        return bool(self.edition.earlier_run_id)


def read_overview(user: User) -> Overview | None:
    """The first screen of `user`; None before the first run."""
    edition = current_edition()
    if edition is None:
        return None
    classes = list(read_tiers(edition))
    seen = visible_entries(user)
    group = group_of(seen)
    graded = group.lacks_word("grade", "")
    classified = graded.heads
    excluded = group.lacks_word("excluded_as", "").heads
    counts = count_classes(seen, classes)
    at_risk = graded.has_word("grade", classes[0]).has_word("state", *RISKY_STATES)
    falls = Listing(narrow(seen, _Wanted(moved="down"), classes), "spend")
    positive = graded.also(group.roster.numbers["spend"] > 0).total_by("spend", "grade")
    total = sum(positive.values())
    appeals, requests = count_waiting_for(user)
    review = find_open_review()
    return Overview(
        edition=edition,
        everybody=group.heads,
        classified=classified,
        provisional=graded.also(group.roster.flags["provisional"]).heads,
        excluded=excluded,
        insufficient=group.heads - classified - excluded,
        left_out=list_left_out(group, edition),
        cards=[
            ClassCard(c, positive.get(c.class_id, 0) / total if total else 0.0, c.heads - c.earlier_heads)
            for c in counts
        ],
        up=count_heads(narrow(seen, _Wanted(moved="up"), classes)),
        down=len(falls),
        falls=falls[:NAMED_FALLS],
        at_risk=at_risk.total("spend"),
        overdue=group.total("overdue_amount") if group.is_known("overdue_amount") else None,
        measured=read_measured(edition),
        flows=_flows(group) if edition.earlier_run_id else [],
        pareto=_pareto(graded, total),
        waiting_appeals=appeals,
        waiting_requests=requests,
        waiting_standards=sum(row.state is Status.IN_REVIEW for row in list_revisions()),
        failure=find_failure(),
        review=review,
        review_undecided=count_undecided(review, user) if review else 0,
        grid=read_grid(edition, set(seen.values_list("customer_key", flat=True)))
        if has_grid(edition)
        else None,
    )


def _flows(group: Group) -> list[Flow]:
    counted = group.count_by("earlier_grade", "grade")
    return [
        Flow(source, target, heads)
        for (source, target), heads in sorted(counted.items())
        if source and target
    ]


def _pareto(graded: Group, total: int) -> list[tuple[float, float]]:
    heads = graded.heads
    if not heads or total <= 0:
        return []
    # What is unknown stands as the least number there is, so nothing remains of it either.
    running = np.maximum(graded.roster.numbers["spend"][graded.in_order("spend")], 0).cumsum()
    step = max(1, heads // PARETO_POINTS)
    places = [*range(step, heads, step), heads]
    points = [(round(place / heads, 4), round(int(running[place - 1]) / total, 4)) for place in places]
    return [(0.0, 0.0), *points]
