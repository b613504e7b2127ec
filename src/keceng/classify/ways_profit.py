"""What further sales leave, at the customer's own cost of goods and its own cost of an order; all other costs stay."""

from __future__ import annotations

from collections.abc import Mapping

from keceng.classify.judgement_scores import round_quotient
from keceng.standard import Stored

EARNINGS: tuple[str, ...] = (
    "costed_spend", "cost_of_goods", "margin", "margin_rate", "order_cost", "delivery_cost", "cost_to_serve",
    "contribution", "contribution_rate", "is_loss_making",
)  # fmt: skip
"""The measures that follow further sales here. Losses of past quarters and the break-even stay as in the run."""


def earn(found: dict[str, Stored], orders: int, sales: int) -> None:
    """Adds to `found`, measured before these sales, what they leave.

    Args:
        found: the row; without a known cost nothing is added.
        orders: further orders.
        sales: their amount with all further money, in cents; below 0 for a loss of sales.
    """
    costed, cost = _known(found, "costed_spend"), _known(found, "cost_of_goods")
    if costed is None or cost is None or costed <= 0:
        return
    spent = round_quotient(sales * cost, costed) or 0
    _add(found, "costed_spend", sales)
    _add(found, "cost_of_goods", spent)
    _add(found, "margin", sales - spent)
    served = sum(_serve(found, name, orders) for name in ("order_cost", "delivery_cost"))
    _add(found, "cost_to_serve", served)
    _add(found, "contribution", sales - spent - served)
    contribution = _known(found, "contribution")
    found["is_loss_making"] = None if contribution is None else contribution < 0
    for rate, part in (("margin_rate", "margin"), ("contribution_rate", "contribution")):
        _rate(found, rate, _known(found, part), costed + sales)


def _serve(found: dict[str, Stored], name: str, orders: int) -> int:
    # What an order cost so far is what one more costs; the count is still the one before them.
    cost, count = _known(found, name), _known(found, "order_count")
    more = round_quotient(orders * cost, count) or 0 if cost is not None and count else 0
    _add(found, name, more)
    return more


def _rate(found: dict[str, Stored], name: str, part: int | None, whole: int) -> None:
    found[f"{name}__num"] = None if part is None else 10_000 * part
    found[f"{name}__den"] = whole
    found[name] = None if part is None else round_quotient(10_000 * part, whole)


def _add(found: dict[str, Stored], name: str, more: int) -> None:
    stored = _known(found, name)
    if stored is not None:
        found[name] = stored + more


def _known(found: Mapping[str, Stored], name: str) -> int | None:
    stored = found.get(name)
    return None if stored is None else int(str(stored))
