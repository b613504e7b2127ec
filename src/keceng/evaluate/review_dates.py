"""When a back-test looks: the month ends at which grades are reviewed, and the quarter ends that judge them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from keceng.lake import Engine, sql
from keceng.vocabulary import KecengError, Place, Text

SETTLED_DAYS = 90
"""Of history before the first review; earlier a grade says little."""
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class BookSpan:
    """The first day with a valid purchase and the last day with any accepted line of a known customer."""

    first_on: dt.date
    last_on: dt.date

    @property
    def settled_on(self) -> dt.date:
        """The first day with enough history behind it."""
        return self.first_on + dt.timedelta(days=SETTLED_DAYS)


def read_span(engine: Engine) -> BookSpan:
    """The span of the books opened in `engine`.

    Raises:
        KecengError: nobody ever bought.
    """
    found = engine.fetch(
        sql("select min(day) filter (where orders > 0) as first_on, max(day) as last_on from purchase_day")
    ).to_pylist()[0]
    if found["first_on"] is None:
        raise KecengError.of(
            "nobody_bought",
            "数据里没有任何有效购买, 无从检验",
            "there is no valid purchase in the books to judge by",
            remedy=Text("先导入订单", "import orders first"),
        )
    return BookSpan(found["first_on"], found["last_on"])


def list_reviews(span: BookSpan) -> list[dt.date]:
    """The month ends from the first one with `SETTLED_DAYS` of history, and the last day of the books.

    The last month is reviewed on the last day of the books where they end within it. Empty for books shorter than that.
    """
    ends = [day for day in _month_ends(span) if day >= span.settled_on]
    if span.last_on >= span.settled_on and span.last_on not in ends:
        ends.append(span.last_on)
    return ends


def choose_cuts(span: BookSpan, count: int, horizon_days: int) -> list[dt.date]:
    """The last `count` quarter ends with `SETTLED_DAYS` of history before and at least half of the horizon known after.

    Raises:
        KecengError: there are not so many.
    """
    latest = span.last_on - dt.timedelta(days=(horizon_days + 1) // 2)
    fitting = [d for d in _month_ends(span) if d.month % 3 == 0 and span.settled_on <= d <= latest]
    if not 1 <= count <= len(fitting):
        listed = ", ".join(map(str, fitting)) or "–"
        raise KecengError.of(
            "no_such_cuts",
            f"数据里可用的季末切分日有 {len(fitting)} 个: {listed}",
            f"the books have {len(fitting)} quarter ends to cut at: {listed}",
            remedy=Text(
                f"减少 --cuts, 缩短 --horizon, 或写明日期; 切分日之前要有 {SETTLED_DAYS} 天数据, 之后要知道期限的一半",
                f"ask for fewer --cuts, shorten --horizon, or give dates; a cut needs {SETTLED_DAYS} days before it and half of the horizon after",
            ),
            place=Place(path="--cuts"),
            value=str(count),
        )
    return fitting[-count:]


def check_cuts(span: BookSpan, cuts: Sequence[dt.date]) -> None:
    """Refuse cuts that nothing precedes or follows; all of them are told.

    Raises:
        KecengError: a cut lies before the first valid purchase, or on or after the last day.
    """
    unusable = [cut for cut in cuts if not span.first_on <= cut < span.last_on]
    if unusable or not cuts:
        raise KecengError.of(
            "unusable_cut",
            f"切分日须在 {span.first_on} 与 {span.last_on} 之间, 之后要有数据可检验",
            f"a cut lies between {span.first_on} and {span.last_on}, with something after it to judge by",
            place=Place(path="--cuts"),
            value=", ".join(map(str, unusable)),
        )


def _month_ends(span: BookSpan) -> Iterator[dt.date]:
    month = span.first_on.replace(day=1)
    while True:
        following = (month + dt.timedelta(days=32)).replace(day=1)
        if following - _DAY > span.last_on:
            return
        yield following - _DAY
        month = following
