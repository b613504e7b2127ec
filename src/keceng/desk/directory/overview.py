"""总览 in figures: heads that reconcile, classes, what changed, what waits, what is at risk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet, Sum

from keceng.classify import GONE, NEW, UNCLASSIFIED
from keceng.desk.directory.models import Edition, Entry
from keceng.desk.directory.queries import (
    RISKY_STATES,
    ClassCount,
    count_classes,
    current_edition,
    narrow,
    visible_entries,
)
from keceng.desk.directory.queries import Wanted as _Wanted
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
        up, down: heads who moved against the run before.
        falls: the dearest of those who went down.
        at_risk: sales in cents of the best class's customers who are silent too long (`at_risk`, `dormant`).
        overdue: overdue cents.
        pareto: (share of customers, share of sales) points, best first.
        waiting_appeals, waiting_requests: about the visible customers, without an answer.
        review, review_undecided: the open review, and its undecided items about the visible customers.
    """

    edition: Edition
    everybody: int
    classified: int
    provisional: int
    excluded: int
    insufficient: int
    cards: Sequence[ClassCard]
    up: int
    down: int
    falls: Sequence[Entry]
    at_risk: int
    overdue: int
    flows: Sequence[Flow]
    pareto: Sequence[tuple[float, float]]
    waiting_appeals: int
    waiting_requests: int
    waiting_standards: int
    failure: RunRecord | None
    review: Review | None
    review_undecided: int

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
    heads = seen.aggregate(
        everybody=Count("pk"),
        classified=Count("pk", filter=~Q(grade="")),
        provisional=Count("pk", filter=Q(provisional=True) & ~Q(grade="")),
        excluded=Count("pk", filter=~Q(excluded_as="")),
        overdue=Sum("overdue_amount"),
        positive=Sum("spend", filter=Q(spend__gt=0) & ~Q(grade="")),
    )
    counts = count_classes(seen, classes)
    risky = seen.filter(grade=classes[0], state__in=RISKY_STATES).aggregate(spend=Sum("spend"))
    falls = narrow(seen, _Wanted(moved="down"), classes)
    total = heads["positive"] or 0
    appeals, requests = count_waiting_for(user)
    review = find_open_review()
    return Overview(
        edition=edition,
        everybody=heads["everybody"],
        classified=heads["classified"],
        provisional=heads["provisional"],
        excluded=heads["excluded"],
        insufficient=heads["everybody"] - heads["classified"] - heads["excluded"],
        cards=[ClassCard(c, c.spend / total if total else 0.0, c.heads - c.earlier_heads) for c in counts],
        up=narrow(seen, _Wanted(moved="up"), classes).count(),
        down=falls.count(),
        falls=list(falls.order_by("-spend", "customer_key")[:NAMED_FALLS]),
        at_risk=risky["spend"] or 0,
        overdue=heads["overdue"] or 0,
        flows=_flows(seen) if edition.earlier_run_id else [],
        pareto=_pareto(seen, heads["classified"], total),
        waiting_appeals=appeals,
        waiting_requests=requests,
        waiting_standards=sum(row.state is Status.IN_REVIEW for row in list_revisions()),
        failure=find_failure(),
        review=review,
        review_undecided=count_undecided(review, user) if review else 0,
    )


def _flows(seen: QuerySet[Entry]) -> list[Flow]:
    rows = seen.exclude(grade="").exclude(earlier_grade="").values_list("earlier_grade", "grade")
    counted = rows.annotate(heads=Count("pk")).order_by("earlier_grade", "grade")
    return [Flow(source, target, heads) for source, target, heads in counted]


def _pareto(seen: QuerySet[Entry], heads: int, total: int) -> list[tuple[float, float]]:
    if not heads or total <= 0:
        return []
    spends = seen.exclude(grade="").order_by("-spend").values_list("spend", flat=True)
    points, running, step = [(0.0, 0.0)], 0, max(1, heads // PARETO_POINTS)
    for place, spend in enumerate(spends.iterator(chunk_size=10_000), start=1):
        running += max(spend or 0, 0)
        if place % step == 0 or place == heads:
            points.append((round(place / heads, 4), round(running / total, 4)))
    return points
