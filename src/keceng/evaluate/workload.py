"""What a draft asks of people: each owner's customers by class and planned contacts, before and after."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from sqlglot import exp

from keceng.classify import Rehearsal
from keceng.collect import owners_query
from keceng.evaluate.impact import Workload
from keceng.lake import column, sql
from keceng.standard import Standard

MONTH_DAYS = 30.4375
MOST_OWNERS = 500


@dataclass(slots=True)
class _Book:
    heads: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    contacts: float = 0.0


def weigh_owners(rehearsal: Rehearsal) -> tuple[Workload, ...]:
    """The workload of every owner, whose contacts change most first; customers without an owner under None."""
    before = _books(rehearsal, "before", rehearsal.base_standard, "state")
    after = _books(rehearsal, "assigned", rehearsal.draft, rehearsal.draft.strategy_by)
    owners = [
        Workload(
            owner,
            dict(before[owner].heads),
            dict(after[owner].heads),
            before[owner].contacts,
            after[owner].contacts,
        )
        for owner in {**before, **after}
    ]
    owners.sort(key=lambda w: (-abs(w.contacts_after - w.contacts_before), w.owner or ""))
    return tuple(owners[:MOST_OWNERS])


def _books(
    rehearsal: Rehearsal, table: str, standard: Standard, state: str | None
) -> defaultdict[str | None, _Book]:
    rows = rehearsal.engine.fetch(
        sql(
            """
            select c.owner, g.grade, :state as state, count(*) as heads
            from :graded as g left join :owners as c on c.customer_key = g.customer_key
            where g.grade is not null group by c.owner, g.grade, :state order by c.owner, g.grade
            """,
            state=column(state, "g") if state else exp.null(),
            graded=exp.to_table(table),
            owners=exp.Subquery(this=owners_query()),
        )
    ).to_pylist()
    books: defaultdict[str | None, _Book] = defaultdict(_Book)
    for row in rows:
        book = books[row["owner"]]
        book.heads[row["grade"]] += row["heads"]
        book.contacts += row["heads"] * _contacts_a_month(standard, row["grade"], row["state"])
    return books


def _contacts_a_month(standard: Standard, grade: str, state: str | None) -> float:
    days = standard.strategy_for(grade, state).rhythm_days
    return MONTH_DAYS / days if days else 0.0
