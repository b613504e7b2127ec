"""A back-test of standards on a terminal: what followed of each class, how steady the grades were, and against what."""

from __future__ import annotations

from collections.abc import Iterator

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from keceng.cli.output import say
from keceng.evaluate import (
    ClassGap,
    ClassOutcome,
    CutResult,
    StabilityRates,
    StandardResult,
    StandardsBacktest,
    Verdict,
)
from keceng.vocabulary import Language, Text

_COLUMNS = (
    Text("等级", "grade"),
    Text("客户次", "customers"),
    Text("客均收入", "revenue each"),
    Text("95% 区间", "95 % interval"),
    Text("复购率", "bought again"),
    Text("客均毛利", "margin each"),
    Text("按时付款", "paid on time"),
    Text("满意度", "satisfaction"),
)
_VERDICTS = {Verdict.HIGHER: ">", Verdict.OPEN: "≈", Verdict.LOWER: "<"}


def show_standards(result: StandardsBacktest, language: Language) -> None:
    """Print a table and its reading for each standard."""
    cuts = ", ".join(map(str, result.cuts))
    say(
        Text(
            f"在 {cuts} 定级, 看其后 {result.horizon_days} 天; 逐月复核 {len(result.reviews)} 次",
            f"graded on {cuts}, judged by the {result.horizon_days} days after; {len(result.reviews)} monthly reviews",
        ).in_language(language)
    )
    for name, standard in result.standards.items():
        Console().print(_table(name, standard.overall, language))
        for line in _tell(standard):
            say(f"· {line.in_language(language)}")
    for note in result.notes:
        say(f"· {note.in_language(language)}")


def _table(name: str, overall: CutResult, language: Language) -> Table:
    # What is unknown of every class has no column.
    rows = [(class_id, *_cells(outcome)) for class_id, outcome in overall.by_grade.items()]
    known = [place for place in range(len(_COLUMNS)) if any(row[place] for row in rows)]
    table = Table(box=SIMPLE_HEAD, title=name, title_justify="left")
    for place in known:
        title = _COLUMNS[place].in_language(language)
        table.add_column(title, justify="right" if place else "left", no_wrap=True)
    for row in rows:
        table.add_row(*(row[place] for place in known))
    return table


def _cells(outcome: ClassOutcome) -> Iterator[str]:
    interval = outcome.interval
    yield f"{outcome.customers:,}"
    yield _amount(outcome.revenue)
    yield f"{interval.low:,.0f} – {interval.high:,.0f}" if interval else ""
    yield _percent(outcome.retention)
    yield _amount(outcome.margin)
    yield "" if outcome.on_time_payment is None else _percent(outcome.on_time_payment)
    yield "" if outcome.satisfaction is None else f"{outcome.satisfaction:.0f}"


def _tell(standard: StandardResult) -> Iterator[Text]:
    overall = standard.overall
    if overall.gaps:
        order = _order(overall.gaps)
        yield Text(f"客均收入: {order} (≈ 为差异可能出于偶然)", f"revenue each: {order} (≈: may be chance)")
    if overall.is_monotone is False:
        yield Text(
            "等级与其后收入的高低不一致", "the order of the classes is not that of the revenue that followed"
        )
    naive = ", ".join(f"{name} {_percent(ruler.capture_top20)}" for name, ruler in overall.naive.items())
    yield Text(
        f"前 20% 客户占其后收入: {_percent(overall.capture_top20)}; 对照 {naive}",
        f"the first fifth brought {_percent(overall.capture_top20)} of it; for comparison {naive}",
    )
    yield _rates("反复率", "flap rate", standard.flap_rate)
    yield _rates("每月离开最高等级的比例", "leaving the best class in a month", standard.leaving_best)
    yield _rates(
        "消费最多的 1% 中不在最高等级的比例",
        "top 1 % by spend outside the best class",
        standard.top1_outside_best,
    )


def _order(gaps: tuple[ClassGap, ...]) -> str:
    return gaps[0].better + "".join(f" {_VERDICTS[gap.verdict]} {gap.worse}" for gap in gaps)


def _rates(zh: str, en: str, rates: StabilityRates) -> Text:
    without, with_hysteresis = (
        "–" if rate is None else f"{rate:.2%}" for rate in (rates.without, rates.with_hysteresis)
    )
    return Text(
        f"{zh}: 无缓冲 {without}, 有缓冲 {with_hysteresis}",
        f"{en}: {without} without the stability rule, {with_hysteresis} with it",
    )


def _amount(amount: float | None) -> str:
    return "" if amount is None else f"{amount:,.0f}"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"
