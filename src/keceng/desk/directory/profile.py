"""客户全景: one customer whole, for somebody who may see it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow.compute as pc
import pyarrow.parquet as pq

from keceng.classify import (
    CUSTOMERS_FILE,
    GONE,
    MOVES,
    NEW,
    UNCLASSIFIED,
    Explanation,
    explain_customer,
)
from keceng.collect import COMPLAINTS, INTERACTIONS, PURCHASE_DAY
from keceng.desk.directory.models import Entry
from keceng.desk.directory.queries import find_entry
from keceng.desk.people.models import User
from keceng.lake import Snapshot, open_engine, sql
from keceng.loop import Workspace
from keceng.vocabulary import Text, money_text

FACTS = (
    "spend", "previous_spend", "days_since_last_purchase", "expected_gap", "gap_ratio", "margin", "margin_rate",
    "overdue_amount", "max_overdue_days",
)  # fmt: skip
TIMELINE_ROWS = 60
_PLACES = {
    NEW: Text("新出现", "new"),
    UNCLASSIFIED: Text("未分级", "not graded"),
    GONE: Text("不再出现", "gone"),
}


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of the timeline.

    Attributes:
        kind: `order`, `contact`, `complaint` or `move`.
    """

    on: dt.date
    kind: str
    told: Text


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything the page of one customer shows.

    Attributes:
        facts: stored parts by measure; None where unknown.
        open_complaints: not solved yet.
    """

    entry: Entry
    explanation: Explanation
    facts: Mapping[str, int | None]
    open_complaints: int
    timeline: Sequence[Happening]


def read_profile(workspace: Workspace, user: User, customer_key: int) -> Profile | None:
    """The page of a customer; None when there is none or `user` may not see it."""
    entry = find_entry(user, customer_key)
    if entry is None:
        return None
    snapshot = workspace.lake.snapshot()
    run_id = entry.edition.run_id
    timeline, open_complaints = _look_back(snapshot, customer_key, entry)
    return Profile(
        entry=entry,
        explanation=explain_customer(snapshot, entry.customer_id, run_id),
        facts=_facts(snapshot, customer_key, run_id),
        open_complaints=open_complaints,
        timeline=timeline,
    )


def _facts(snapshot: Snapshot, customer_key: int, run_id: str) -> Mapping[str, int | None]:
    path = snapshot.run_directory(run_id) / CUSTOMERS_FILE
    names = [name for name in FACTS if name in pq.read_schema(path).names]
    rows = pq.read_table(path, columns=names, filters=pc.field("customer_key") == customer_key).to_pylist()
    found = rows[0] if rows else {}
    return {name: found.get(name) for name in FACTS}


def _look_back(snapshot: Snapshot, customer_key: int, entry: Entry) -> tuple[list[Happening], int]:
    engine = open_engine(snapshot, (PURCHASE_DAY, INTERACTIONS, COMPLAINTS, MOVES))
    as_of = entry.edition.as_of
    try:
        rows = engine.fetch(
            sql(
                """
                select * from (
                  select day as happened_on, 'order' as kind, cast(sum(orders) as varchar) as a,
                    cast(sum(net) as varchar) as b from purchase_day where customer_key = :key and day <= :as_of group by day
                  union all
                  select happened_on, 'contact', coalesce(interaction_type, channel), null from interactions
                    where customer_key = :key and happened_on <= :as_of
                  union all
                  select received_on, 'complaint', complaint_type, case when solved_on <= :as_of then 'solved' end
                    from complaints where customer_key = :key and received_on <= :as_of
                  union all
                  select as_of, 'move', from_class, to_class from moves where customer_key = :key
                ) as happened order by happened_on desc, kind, a limit :most
                """,
                key=customer_key,
                as_of=as_of,
                most=TIMELINE_ROWS,
            )
        ).to_pylist()
        waiting = engine.fetch(
            sql(
                """
                select count(*) as heads from complaints where customer_key = :key and received_on <= :as_of
                  and (solved_on is null or solved_on > :as_of)
                """,
                key=customer_key,
                as_of=as_of,
            )
        )["heads"][0].as_py()
    finally:
        engine.close()
    currency = entry.edition.currency
    return [Happening(r["happened_on"], r["kind"], _told(r, currency)) for r in rows], int(waiting)


def _told(row: Mapping[str, str | None], currency: str) -> Text:
    first, second = row["a"] or "", row["b"]
    match row["kind"]:
        case "order":
            amount = currency + money_text(int(second or 0))
            orders = "1 order" if first == "1" else f"{first} orders"
            return Text(f"下单 {first} 单, 净额 {amount}", f"{orders}, net {amount}")
        case "contact":
            return Text(f"联系 {first}", f"contact {first}")
        case "complaint":
            return Text(
                f"投诉 {first}{'' if second else ', 未结'}", f"complaint {first}{'' if second else ', open'}"
            )
        case _:
            before, after = (_PLACES.get(c, Text(c, c)) for c in (first, second or ""))
            return Text(f"等级 {before.zh} → {after.zh}", f"class {before.en} → {after.en}")
