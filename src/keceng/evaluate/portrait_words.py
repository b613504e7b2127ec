"""A class told in one paragraph, every figure in it taken from its portrait."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from keceng.measure import catalogue
from keceng.vocabulary import Text, money_text

if TYPE_CHECKING:
    from keceng.evaluate.portraits import ClassPortrait

_NOBODY = Text("{title}：没有客户。", "{title}: no customers.")
_SIZE = Text(
    "{title}：{heads} 家，占已分级客户的 {share}，贡献正销售额的 {sales}。",
    "{title}: {heads} customers, {share} of those classified, with {sales} of the positive sales.",
)
_SALES = Text(
    "{window}销售额中位数 {median}，平均 {mean}，合计 {total}。",
    "Sales in the {window}: median {median}, mean {mean}, {total} in all.",
)
_NEED = Text("主购品类最多的是 {need}（{share}）。", "Main category most often: {need} ({share}).")
_NO_NEED = Text("主购品类未知。", "Main categories are unknown.")
_TREND = Text(
    "可比的 {known} 家中 {growing} 家增长，中位变化 {change}。",
    "Of {known} that can be compared {growing} are growing; the median change is {change}.",
)
_STATE = Text("最多的状态是{state}（{share}）。", "State most often: {state} ({share}).")


def phrase_portrait(portrait: ClassPortrait, *, window_days: int, currency: str) -> Text:
    """The paragraph of a portrait: size, sales, need, trend, state; what is unknown is said or left out."""
    if not portrait.heads:
        return _NOBODY.fill(title=portrait.title)
    parts = [
        _SIZE.fill(
            title=portrait.title,
            heads=f"{portrait.heads:,}",
            share=_percent(portrait.head_share),
            sales=_percent(portrait.sales_share),
        ),
        *_phrase_sales(portrait, window_days, currency),
        _phrase_need(portrait),
        *_phrase_trend(portrait),
        *_phrase_state(portrait),
    ]
    return Text("".join(p.zh for p in parts), " ".join(p.en for p in parts))


def _phrase_sales(portrait: ClassPortrait, window_days: int, currency: str) -> list[Text]:
    sales = portrait.sales
    if sales.median is None or sales.mean is None:
        return []
    window = (
        Text("近12个月", "last 12 months")
        if window_days == 365
        else Text(f"近{window_days}天", f"last {window_days} days")
    )
    amounts = {"median": sales.median, "mean": sales.mean, "total": sales.total}
    return [_SALES.fill(window=window, **{name: _money(cents, currency) for name, cents in amounts.items()})]


def _phrase_need(portrait: ClassPortrait) -> Text:
    known = {name: n for name, n in portrait.needs.items() if name is not None}
    if not known:
        return _NO_NEED
    name, heads = next(iter(known.items()))
    return _NEED.fill(need=name, share=_percent(heads / portrait.heads))


def _phrase_trend(portrait: ClassPortrait) -> list[Text]:
    trend = portrait.trend
    if trend.median_growth is None:
        return []
    change = f"{math.expm1(trend.median_growth):+.1%}"
    return [_TREND.fill(known=f"{trend.known:,}", growing=f"{trend.growing:,}", change=change)]


def _phrase_state(portrait: ClassPortrait) -> list[Text]:
    known: Mapping[str, int] = {code: n for code, n in portrait.states.items() if code is not None}
    if not known:
        return []
    code, heads = next(iter(known.items()))
    title = catalogue()["lifecycle_state"].category_title(code)
    state = Text(title.zh, title.en.lower())
    return [_STATE.fill(state=state, share=_percent(heads / portrait.heads))]


def _percent(share: float) -> str:
    return "<0.1%" if 0 < share < 0.0005 else f"{share:.1%}"


def _money(cents: float, currency: str) -> str:
    # Whole units, half away from zero: cents only blur.
    units = math.floor(abs(cents) / 100 + 0.5)
    return ("-" if cents < 0 and units else "") + currency + money_text(100 * units)
