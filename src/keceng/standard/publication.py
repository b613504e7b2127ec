"""What a dimension publishes for later rules: its class, and by method its score, rank, compared and share."""

from __future__ import annotations

from enum import StrEnum

from keceng.measure import Measure
from keceng.vocabulary import Direction, Kind, Text


class MethodName(StrEnum):
    """The ways a dimension gives classes, as written after `by:`; `use` takes a category of the catalogue."""

    RULES = "rules"
    BANDS = "bands"
    QUANTILES = "quantiles"
    CUMULATIVE_SHARE = "cumulative_share"
    SCORECARD = "scorecard"
    MATRIX = "matrix"
    USE = "use"

    @property
    def is_ranked(self) -> bool:
        """Whether customers are put in order, so that a rank can be published."""
        return self not in {MethodName.RULES, MethodName.MATRIX, MethodName.USE}


NO_UNIT = Text("", "")
CLASS_DEFINITION = Text("维度「{title}」给出的类别", "The class that “{title}” gives")
SCORE = Text("{title}·得分", "{title} score")
SCORE_DEFINITION = Text(
    "维度「{title}」的得分：已知部分按权重平均，满分 100",
    "Score of the dimension “{title}”: the weighted mean of its known parts, of 100",
)
RANK = Text("{title}·名次", "{title} rank")
RANK_DEFINITION = Text(
    "维度「{title}」中不低于该客户的参评客户数；并列取靠后的名次",
    "Compared customers at least as good in “{title}”; ties share the worse rank",
)
COMPARED = Text("{title}·参评数", "{title} compared")
COMPARED_DEFINITION = Text(
    "维度「{title}」中与该客户相互比较的客户数",
    "Customers compared with this one in “{title}”, this one included",
)
SHARE = Text("{title}·此前累计占比", "{title} share before")
SHARE_DEFINITION = Text(
    "维度「{title}」中排在该客户之前的客户所占的累计份额；并列取较好的份额",
    "Share accumulated before this customer in “{title}”; ties share the better one",
)


def publish_names(
    dimension_id: str, title: Text, *, by: MethodName, classes: tuple[tuple[str, Text], ...]
) -> tuple[Measure, ...]:
    """The names a dimension publishes, as measures that conditions can use.

    `<id>` (its class; absent for a scorecard without classes), `<id>_score` (scorecard), `<id>_rank` and
    `<id>_compared` (ranked methods), `<id>_share` (cumulative share). The share is compared exactly: it has the
    columns `<id>_share__num` and `<id>_share__den`, whose quotient is in ten-thousandths.

    Args:
        dimension_id: the dimension.
        title: its title.
        by: its method.
        classes: ids and titles in order; empty for an open list.
    """
    published = []
    if classes or by is MethodName.USE:
        published.append(_class_name(dimension_id, title, classes))
    if by is MethodName.SCORECARD:
        published.append(_derived(dimension_id, "score", title, SCORE, SCORE_DEFINITION))
    if by.is_ranked:
        published.append(_derived(dimension_id, "rank", title, RANK, RANK_DEFINITION))
        published.append(_derived(dimension_id, "compared", title, COMPARED, COMPARED_DEFINITION))
    if by is MethodName.CUMULATIVE_SHARE:
        published.append(_derived(dimension_id, "share", title, SHARE, SHARE_DEFINITION))
    return tuple(published)


DERIVED = {
    "score": (Kind.SCORE, Direction.HIGHER),
    "rank": (Kind.COUNT, Direction.LOWER),
    "compared": (Kind.COUNT, Direction.NEUTRAL),
    "share": (Kind.RATIO, Direction.LOWER),
}


def _derived(dimension_id: str, suffix: str, title: Text, wording: Text, definition: Text) -> Measure:
    kind, direction = DERIVED[suffix]
    name = f"{dimension_id}_{suffix}"
    return Measure(
        name=name,
        title=wording.fill(title=title),
        definition=definition.fill(title=title),
        kind=kind,
        unit=NO_UNIT,
        direction=direction,
        inputs=(),
        source="standard",
        exact=(f"{name}__num", f"{name}__den") if kind is Kind.RATIO else None,
    )


def _class_name(dimension_id: str, title: Text, classes: tuple[tuple[str, Text], ...]) -> Measure:
    return Measure(
        name=dimension_id,
        title=title,
        definition=CLASS_DEFINITION.fill(title=title),
        kind=Kind.CATEGORY,
        unit=NO_UNIT,
        direction=Direction.NEUTRAL,
        inputs=(),
        source="standard",
        categories=classes,
    )
