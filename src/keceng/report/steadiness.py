"""What kept grades from moving, and what people decided: who was kept and why, overrides in force, open appeals."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from keceng.lake import sql
from keceng.report.subject import Subject
from keceng.vocabulary import Text

NEEDED = frozenset(
    {"grade_by_rules", "grade_by_system", "kept_by", "decision_id", "decision_expires_on", "is_appealed"}
)
NAMED_OVERRIDES = 20

KEPT_BY = ("margin", "demote_after", "min_stay")
"""What keeps a grade, in the order in which it is asked."""


@dataclass(frozen=True, slots=True)
class KeptFigures:
    """Customers who keep a class that the rules alone would take from them.

    Attributes:
        cause: one of `KEPT_BY`.
        kept, fallen: the class kept, and the one by the rules.
        sales_cents: in the window.
    """

    cause: str
    kept: Text
    fallen: Text
    heads: int
    sales_cents: int


@dataclass(frozen=True, slots=True)
class OverrideFigures:
    """A customer whose class a person gave; `by_system` is what it would be. A person's name is not shown, its id is."""

    customer_id: str
    customer_name: str | None
    by_system: Text | None
    given: Text
    expires_on: dt.date | None


@dataclass(frozen=True, slots=True)
class SteadinessFigures:
    """What stands between the rules and the final grades.

    Attributes:
        kept: by cause and class, the causes in order and the greatest number first.
        override_heads: customers whose class a person gave.
        overrides: the first of them to expire.
        appeals: customers with an open appeal.
    """

    kept: tuple[KeptFigures, ...]
    override_heads: int
    overrides: tuple[OverrideFigures, ...]
    appeals: int

    @property
    def kept_heads(self) -> int:
        """Everybody who was kept."""
        return sum(found.heads for found in self.kept)


def gather_steadiness(subject: Subject) -> SteadinessFigures | None:
    """The figures; None where no grade was held before and nobody decided anything, or the run is too old to know."""
    stored = set(subject.engine.fetch(sql("select * from shown limit 0")).column_names)
    if not stored >= NEEDED:
        return None
    sums = subject.engine.fetch(sql(_SUMS)).to_pylist()[0]
    if subject.summary.stability != "applied" and not (sums["overrides"] or sums["appeals"]):
        return None
    return SteadinessFigures(
        kept=_gather_kept(subject),
        override_heads=sums["overrides"],
        overrides=_gather_overrides(subject),
        appeals=sums["appeals"],
    )


_SUMS = """
select count(*) filter (where decision_id is not null and grade is not null) as overrides,
  count(*) filter (where is_appealed) as appeals
from shown
"""

_KEPT = """
select kept_by, grade_by_system, grade_by_rules, count(*) as heads,
  cast(coalesce(sum(spend) filter (where carries_sales), 0) as bigint) as sales_cents
from shown where kept_by is not null group by kept_by, grade_by_system, grade_by_rules
"""

_OVERRIDES = """
select coalesce(customer_id, cast(customer_key as varchar)) as customer_id,
  case when customer_kind = 'org' then customer_name end as customer_name, grade_by_system, grade, decision_expires_on
from shown where decision_id is not null and grade is not null
order by decision_expires_on nulls last, customer_id limit :rows
"""


def _title(subject: Subject, class_id: str) -> Text:
    return subject.standard.grade.tier_class(class_id).title


def _gather_kept(subject: Subject) -> tuple[KeptFigures, ...]:
    found = [
        KeptFigures(
            r["kept_by"],
            _title(subject, r["grade_by_system"]),
            _title(subject, r["grade_by_rules"]),
            r["heads"],
            r["sales_cents"],
        )
        for r in subject.engine.fetch(sql(_KEPT)).to_pylist()
    ]
    return tuple(sorted(found, key=lambda k: (KEPT_BY.index(k.cause), -k.heads, k.kept.zh, k.fallen.zh)))


def _gather_overrides(subject: Subject) -> tuple[OverrideFigures, ...]:
    return tuple(
        OverrideFigures(
            r["customer_id"],
            r["customer_name"],
            _title(subject, r["grade_by_system"]) if r["grade_by_system"] else None,
            _title(subject, r["grade"]),
            r["decision_expires_on"],
        )
        for r in subject.engine.fetch(sql(_OVERRIDES, rows=NAMED_OVERRIDES)).to_pylist()
    )
