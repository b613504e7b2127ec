"""The measures of one customer on another day, or after a purchase: the one-row twin of the steps that measure all.

What depends on others (base gaps, peers' medians, where the data begins) stays as in the run. Measures that follow from
purchases by rules written here are worked out anew; all others keep the value of the run: quintile scores and positions
among others, credit, cooperation, loyalty, lifetime value (what further sales leave: `ways_profit`). A law test compares every one of them with the engine.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from keceng.classify.judgement_scores import round_quotient
from keceng.classify.ways_history import PurchaseDay, PurchaseHistory
from keceng.standard import Row, Stored

NEW_BELOW_DAYS, LOST_AFTER_DAYS, LOST_FROM_DAYS, LOST_FROM_DAYS_ONCE = 90, 540, 180, 365
FOLLOWED: tuple[str, ...] = (
    *(
        prefix + name
        for prefix in ("", "lifetime_")
        for name in (
            "spend", "gross_spend", "order_count", "purchase_days", "refund_rate", "average_order_value", "largest_day_share",
        )
    ),
    "first_purchase_on", "last_purchase_on", "tenure_days", "days_since_last_purchase", "history_days", "loyal_tenure_days",
    "expected_gap", "gap_ratio", "lifecycle_state", "previous_spend", "spend_increase", "spend_growth", "spend_trend",
    "growth_score", "continuity", "continuity_score", "purchase_rate", "r_fixed_score", "f_fixed_score", "m_fixed_score",
)  # fmt: skip
"""The measures that are worked out anew."""
_LN2 = math.log(2)
_FIXED: Mapping[str, tuple[str, tuple[tuple[int, int], ...]]] = {
    "f_fixed_score": ("purchase_days", ((10, 5), (5, 4), (3, 3), (2, 2))),
    "m_fixed_score": ("spend", ((500_000, 5), (200_000, 4), (80_000, 3), (20_000, 2))),
}
_R_FIXED = ((30, 5), (60, 4), (90, 3), (180, 2))


@dataclass(frozen=True, slots=True)
class Norms:
    """What a customer was compared with in the run, frozen.

    Attributes:
        base_gap: the median of personal gaps that applies to it, in days; None where nobody has a gap.
        base_gap_upper: the 75th percentile of the same.
        median_growth: the peers' median growth of sales, in ten-thousandths; None where it is unknown.
        window_days: the window of the standard.
    """

    base_gap: int | None
    base_gap_upper: int | None
    median_growth: int | None
    window_days: int


def remeasure(
    row: Row, history: PurchaseHistory, norms: Norms, *, run_day: dt.date, day: dt.date
) -> dict[str, Stored]:
    """The row of a customer as it would be measured on `day` with `history`.

    Args:
        row: as stored by the run of `run_day`.
        history: its purchase days, with whatever is tried out; without any, totals keep their stored values.
        norms: what it is compared with.
        run_day: the date of the run.
        day: the date in question, not before `run_day`.
    """
    found = dict(row)
    passed = (day - run_day).days
    _shift(found, "history_days", passed)
    history_days = found.get("history_days")
    if history_days is not None:
        found["loyal_tenure_days"] = min(180, _whole(history_days) // 2)
    if history.days:
        _sums(found, history, norms.window_days, day, passed)
    else:
        _age(found, passed)
    _rhythm(found, history, norms)
    _growth(found, history, norms, day)
    _rates(found, norms)
    return found


def _shift(found: dict[str, Stored], name: str, days: int) -> None:
    stored = found.get(name)
    if stored is not None:
        found[name] = _whole(stored) + days


def _age(found: dict[str, Stored], passed: int) -> None:
    # No purchase of its own to count from: at most a first and a last day were stated.
    _shift(found, "tenure_days", passed)
    _shift(found, "days_since_last_purchase", passed)


def _sums(
    found: dict[str, Stored], history: PurchaseHistory, window_days: int, day: dt.date, passed: int
) -> None:
    opens = day - dt.timedelta(days=window_days)
    previous = opens - dt.timedelta(days=window_days)
    inside = [d for d in history.days if d.day > opens]
    found["previous_spend"] = sum(d.net for d in history.days if previous < d.day <= opens)
    for prefix, days in (("", inside), ("lifetime_", history.days)):
        _total(found, prefix, days)
    bought = [d.day for d in history.days if d.orders > 0]
    if bought:
        found["first_purchase_on"], found["last_purchase_on"] = bought[0], bought[-1]
        found["tenure_days"] = (day - bought[0]).days
        found["days_since_last_purchase"] = (day - bought[-1]).days
    else:
        _age(found, passed)


def _total(found: dict[str, Stored], prefix: str, days: list[PurchaseDay] | tuple[PurchaseDay, ...]) -> None:
    gross, orders = sum(d.gross for d in days), sum(d.orders for d in days)
    found[f"{prefix}spend"] = sum(d.net for d in days)
    found[f"{prefix}gross_spend"] = gross
    found[f"{prefix}order_count"] = orders
    found[f"{prefix}purchase_days"] = sum(d.orders > 0 for d in days)
    _quotient(found, f"{prefix}refund_rate", 10_000 * sum(d.returned for d in days), gross)
    _quotient(found, f"{prefix}average_order_value", gross, orders)
    _quotient(found, f"{prefix}largest_day_share", 10_000 * max((d.gross for d in days), default=0), gross)


def _quotient(found: dict[str, Stored], name: str, numerator: int | None, denominator: int | None) -> None:
    found[f"{name}__num"], found[f"{name}__den"] = numerator, denominator
    known = numerator is not None and denominator is not None
    found[name] = round_quotient(numerator, denominator) if known else None  # type: ignore[arg-type]


def _rhythm(found: dict[str, Stored], history: PurchaseHistory, norms: Norms) -> None:
    bought = [d.day for d in history.days if d.orders > 0]
    gaps = [(later - earlier).days for earlier, later in pairwise(bought)]
    gap20 = _expected_gap(gaps, norms) if found.get("lifetime_purchase_days") != 0 else None
    silence = found.get("days_since_last_purchase")
    waited = None if silence is None else 20 * 10_000 * _whole(silence)
    _quotient(found, "expected_gap", gap20, None if gap20 is None else 20)
    _quotient(found, "gap_ratio", waited, gap20)
    found["lifecycle_state"] = _state(found, gap20, gaps[-1] if gaps else None)


def _expected_gap(gaps: list[int], norms: Norms) -> int | None:
    # In twentieths of a day: blending weights are 1/4 and 2/5.
    personal = sorted(gaps)[(len(gaps) - 1) // 2] if gaps else 0
    if len(gaps) >= 3:
        blended = 20 * personal
    elif norms.base_gap is None or norms.base_gap_upper is None:
        return None
    else:
        blended = {
            2: 4 * (2 * personal + 3 * norms.base_gap),
            1: 5 * (personal + 3 * norms.base_gap),
            0: 20 * norms.base_gap_upper,
        }[len(gaps)]
    return min(max(blended, 20 * 14), 20 * 365)


def _state(found: Mapping[str, Stored], gap20: int | None, latest_gap: int | None) -> str | None:
    tenure, silence = found.get("tenure_days"), found.get("days_since_last_purchase")
    if found.get("lifetime_purchase_days") == 0:
        return "prospect"
    waited = None if silence is None else 20 * _whole(silence)
    if (
        tenure is not None
        and _whole(tenure) < NEW_BELOW_DAYS
        and (gap20 is None or (waited is not None and waited <= 3 * gap20))
    ):
        return "new"
    if silence is not None and _whole(silence) > LOST_AFTER_DAYS:
        return "lost"
    if gap20 is None:
        return None
    if waited is None:
        return "dormant"
    once = found.get("lifetime_purchase_days") == 1
    if waited > 6 * gap20 and waited > 20 * (LOST_FROM_DAYS_ONCE if once else LOST_FROM_DAYS):
        return "lost"
    if latest_gap is not None and 20 * latest_gap > 3 * gap20 and waited <= gap20:
        return "returned"
    return "active" if waited <= 2 * gap20 else "at_risk" if waited <= 3 * gap20 else "dormant"


def _growth(found: dict[str, Stored], history: PurchaseHistory, norms: Norms, day: dt.date) -> None:
    spend, before = found.get("spend"), found.get("previous_spend")
    if spend is not None and before is not None:
        found["spend_increase"] = _whole(spend) - max(_whole(before), 0)
        growth = _log_growth(found, norms)
        trend = None if growth is None or norms.median_growth is None else growth - norms.median_growth
        found["spend_growth"], found["spend_trend"] = growth, trend
        found["growth_score"] = None if trend is None else _growth_score(trend)
    quarters = {4 * (day - d.day).days // 365 for d in history.days if d.orders > 0}
    if quarters:
        bought, possible = sum(q < 4 for q in quarters), min(4, max(quarters) + 1)
        _quotient(found, "continuity", 10_000 * bought, possible)
        _quotient(found, "continuity_score", 1_000_000 * bought, possible)


def _log_growth(found: Mapping[str, Stored], norms: Norms) -> int | None:
    spend, before, tenure, median = (
        found.get(name) for name in ("spend", "previous_spend", "tenure_days", "role_median_spend")
    )
    if spend is None or before is None or tenure is None or median is None:
        return None
    is_known = _whole(spend) > 0 and 4 * _whole(tenure) >= 7 * norms.window_days + 5 and _whole(median) > 0
    if not is_known:
        return None
    now, then = 4 * _whole(spend) + _whole(median), 4 * max(_whole(before), 0) + _whole(median)
    return _half_away(10_000 * math.log(now / then))


def _growth_score(trend: int) -> int:
    return min(max(_half_away(500_000 + 500_000 * (trend / 10_000.0) / _LN2), 0), 1_000_000)


def _half_away(number: float) -> int:
    size = math.floor(abs(number) + 0.5)
    return -size if number < 0 else size


def _rates(found: dict[str, Stored], norms: Norms) -> None:
    bought, tenure = found.get("lifetime_purchase_days"), found.get("tenure_days")
    days = found.get("purchase_days")
    exposure = None if tenure is None else max(min(_whole(tenure), norms.window_days), 90)
    _quotient(found, "purchase_rate", None if days is None else 365 * 10_000 * _whole(days), exposure)
    if not bought:
        return
    silence = found.get("days_since_last_purchase")
    if silence is not None:
        found["r_fixed_score"] = next((p for most, p in _R_FIXED if _whole(silence) <= most), 1)
    for name, (measure, steps) in _FIXED.items():
        stored = found.get(measure)
        if stored is not None:
            found[name] = next((p for least, p in steps if _whole(stored) >= least), 1)


def _whole(stored: Stored) -> int:
    return int(str(stored))
