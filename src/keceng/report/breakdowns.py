"""Figures across the book: RFM, places, products."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from keceng.lake import column, sql
from keceng.report.figures import GroupFigures, PlaceFigures, ProductFigures, RfmCell, RfmFigures
from keceng.report.subject import Subject
from keceng.vocabulary import Text

PLACES = 34
"""Room for every province-level division."""
PRODUCT_GROUPS = 12
PRODUCTS = 10

# Scores of someone who bought nothing in the window are floors, not places among the buyers.
_RFM_CELLS = """
select r_score, f_score, count(*) as heads,
  cast(coalesce(round(avg(spend) filter (where carries_sales)), 0) as bigint) as average_cents
from shown where purchase_days > 0 and r_score is not null and f_score is not null
group by r_score, f_score order by r_score desc, f_score
"""

_RFM_CLASSES = """
select rfm_class as found, count(*) as heads, 0 as best_heads,
  cast(coalesce(sum(spend) filter (where carries_sales), 0) as bigint) as sales_cents,
  cast(coalesce(sum(greatest(spend, 0)) filter (where carries_sales), 0) as bigint) as positive_cents
from shown where purchase_days > 0 and rfm_class is not null group by rfm_class
"""

_PLACES = """
select count(*) as heads, count(*) filter (where grade = :best) as best_heads, :place as found,
  cast(coalesce(sum(spend) filter (where carries_sales), 0) as bigint) as sales_cents,
  cast(coalesce(sum(greatest(spend, 0)) filter (where carries_sales), 0) as bigint) as positive_cents
from shown where grade is not null group by :place
"""

_KNOWN_PROVINCES = (
    "select count(province) as provinces, count(region) as regions from shown where grade is not null"
)

_GROUPS = """
select count(distinct customer_key) as heads, 0 as best_heads, :group as found,
  cast(sum(amount) as bigint) as sales_cents, cast(sum(amount) as bigint) as positive_cents
from bought where in_window and amount is not null group by :group
"""

_PRODUCTS = """
select count(distinct b.customer_key) as heads, 0 as best_heads, coalesce(any_value(p.name), b.product_id) as found,
  cast(sum(b.amount) as bigint) as sales_cents, cast(sum(b.amount) as bigint) as positive_cents
from bought as b left join products as p on p.product_id = b.product_id
where b.in_window and b.amount is not null group by b.product_id
"""


def gather_rfm(subject: Subject) -> RfmFigures:
    """The map of R against F and the eight classes in catalogue order."""
    cells = subject.engine.fetch(sql(_RFM_CELLS)).to_pylist()
    titles = dict(subject.measures["rfm_class"].categories)
    classes = _read_groups(subject, sql(_RFM_CLASSES), titles)
    order = {title: place for place, title in enumerate(titles.values())}
    return RfmFigures(
        tuple(RfmCell(**cell) for cell in cells),
        tuple(sorted(classes, key=lambda c: order.get(c.title, len(order)))),
    )


def gather_places(subject: Subject) -> PlaceFigures:
    """Classified customers by province, by region where no province is known; greatest sales first."""
    known = subject.engine.fetch(sql(_KNOWN_PROVINCES)).to_pylist()[0]
    measure = subject.measures["province" if known["provinces"] else "region"]
    best = subject.standard.grade.class_ids[0]
    query = sql(_PLACES, best=best, place=column(measure.name))
    rows = _read_groups(subject, query, {}, unknown=Text("", ""))
    found = [row for row in rows if row.title.zh]
    return PlaceFigures(
        title=measure.title,
        rows=tuple(found[:PLACES]),
        unknown_heads=sum(row.heads for row in rows if not row.title.zh),
        other_places=max(0, len(found) - PLACES),
    )


def gather_products(subject: Subject) -> ProductFigures:
    """What known customers bought in the window, by the same lines that the measures of need read."""
    subject.run_measure_step("bought")
    unknown = Text("未归类", "Not assigned")
    by_group = {}
    for name in ("category", "product_line"):
        rows = _read_groups(subject, sql(_GROUPS, group=column(name)), {}, unknown=unknown)
        by_group[name] = () if all(row.title == unknown for row in rows) else rows[:PRODUCT_GROUPS]
    unnamed = Text("（无商品编码）", "(no product code)")
    products = _read_groups(subject, sql(_PRODUCTS), {}, unknown=unnamed)
    has_products = any(row.title != unnamed for row in products)
    return ProductFigures(
        by_group["category"], by_group["product_line"], products[:PRODUCTS] if has_products else ()
    )


def _read_groups(
    subject: Subject, query: exp.Expression, titles: Mapping[str, Text], unknown: Text | None = None
) -> tuple[GroupFigures, ...]:
    rows = subject.engine.fetch(query).to_pylist()
    total = sum(r["positive_cents"] for r in rows)
    found = [
        GroupFigures(
            title=_group_title(r["found"], titles, unknown),
            heads=r["heads"],
            sales_cents=r["sales_cents"],
            sales_share=r["positive_cents"] / total if total else 0.0,
            best_heads=r["best_heads"],
        )
        for r in rows
    ]
    return tuple(sorted(found, key=lambda g: (-g.sales_cents, -g.heads, g.title.zh)))


def _group_title(found: str | None, titles: Mapping[str, Text], unknown: Text | None) -> Text:
    if found is None:
        return unknown or Text("未知", "Unknown")
    return titles.get(found, Text(found, found))
