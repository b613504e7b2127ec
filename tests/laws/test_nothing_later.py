"""Nothing dated after the day of a run changes it: neither new rows nor later events on old ones."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping

import pyarrow as pa
import pytest

from keceng.classify import Decision, DecisionKind, RunRequest, classify_customers, record_decisions
from keceng.collect import LEDGER
from keceng.lake import Lake, Storage, Table, sql
from keceng.measure import Frame, catalogue
from keceng.standard import find_standard
from tests.ledgers import Day, Ledger, measured

pytestmark = pytest.mark.slow
AS_OF = dt.date(2026, 6, 30)
HEADS = 40
B2B = find_standard("b2b", catalogue())
FACTS = {
    table.name: table
    for table in LEDGER
    if table.name
    in {
        "orders", "order_lines", "invoices", "payments", "interactions", "survey_responses", "complaints", "relations",
        "opportunities", "projects", "contracts", "consents", "declared_measures", "cost_rates",
    }
}  # fmt: skip
EVENTS: Mapping[str, tuple[str, str, Mapping[str, object]]] = {
    # table: (when it happened, when something later came of it, what that later thing also wrote)
    "complaints": ("received_on", "solved_on", {"outcome": "solved"}),
    "opportunities": ("opened_on", "closed_on", {"outcome": "won"}),
    "contracts": ("signed_on", "fulfilled_on", {}),
    "invoices": ("issued_on", "written_off_on", {}),
    "consents": ("given_on", "withdrawn_on", {}),
    "projects": ("published_on", "accepted_on", {}),
}
WORDS = {
    "relation_type": ("refers", "owns", "depends_on"), "severity": ("high", "low"), "stage": ("tender", "planned"),
    "measure": ("lifetime_spend", "credit_limit"), "kind": ("money",), "survey_kind": ("nps",), "activity": ("visit",),
    "interaction_type": ("visit", "call"), "channel": ("online", "store"),
}  # fmt: skip


def invent(
    table: Table, day: dt.date, key: int, chance: random.Random, **stated: object
) -> dict[str, object]:
    row: dict[str, object] = {}
    for column in table.columns:
        name = column.name
        if name.endswith("customer_key") or name in {"from_key", "to_key"}:
            row[name] = chance.randint(1, HEADS)
        elif column.storage is Storage.DATE:
            row[name] = day if column.name not in {"void_on", "written_off_on", "withdrawn_on"} else None
        elif column.storage is Storage.TIMESTAMP:
            row[name] = dt.datetime.combine(day, dt.time(9))
        elif column.storage is Storage.FLAG:
            row[name] = name == "is_valid"
        elif column.storage is Storage.TEXT:
            row[name] = chance.choice(WORDS.get(name, (f"{name}-{key}",)))
        else:
            row[name] = key if name.endswith(("_key", "_no")) else chance.randint(1, 9)
    return {**row, **stated}


def add(lake: Lake, table: Table, rows: list[dict[str, object]]) -> None:
    with lake.unit_of_work("import") as work:
        work.append(table, pa.Table.from_pylist(rows, table.arrow_schema))


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    chance = random.Random(4)
    days = [
        Day(k, AS_OF - dt.timedelta(days=chance.randint(0, 700)), chance.randint(1_00, 900_00), cost=50)
        for k in range(1, HEADS + 1)
        for _ in range(chance.randint(1, 9))
    ]
    days = list({(d.customer, d.day): d for d in days}.values())
    customers = {
        k: {"kind": "org", "role": "dealer", "government_system": "education"} for k in range(1, HEADS + 1)
    }
    made = Ledger(days, customers).write(tmp_path_factory.mktemp("later") / "lake")
    for table in FACTS.values():
        past = [AS_OF - dt.timedelta(days=chance.randint(0, 600)) for _ in range(30)]
        add(made, table, [invent(table, day, n, chance) for n, day in enumerate(past)])
    for name, (happened, later, _) in EVENTS.items():
        day = AS_OF - dt.timedelta(days=20)
        rows = [invent(FACTS[name], day, 100 + n, chance, **{later: None, happened: day}) for n in range(15)]
        add(made, FACTS[name], [{**row, "outcome": None} if "outcome" in row else row for row in rows])
    return made


def looked_at(lake: Lake) -> tuple[pa.Table, str]:
    """Every measure of every customer, and the hash of a run that also reads decisions."""
    engine = measured(lake.snapshot(), Frame(AS_OF))
    try:
        every = engine.fetch(sql("select * from measured order by customer_key"))
    finally:
        engine.close()
    return every, classify_customers(lake, RunRequest(B2B, AS_OF, is_stable=False)).result_hash


def test_nothing_dated_later_changes_a_run_or_its_hash(lake: Lake) -> None:
    chance = random.Random(9)
    before, hash_before = looked_at(lake)
    later = AS_OF + dt.timedelta(days=3)
    for table in FACTS.values():
        add(lake, table, [invent(table, later, 1000 + n, chance) for n in range(30)])
    for name, (_, ended, also) in EVENTS.items():
        table = FACTS[name]
        rows = lake.snapshot().read(table).to_pylist()
        open_ones = [r for r in rows if r[ended] is None and (r.get("solved_on") or AS_OF) <= AS_OF]
        with lake.unit_of_work("import") as work:
            changed = [{**r, **also, ended: later} for r in open_ones]
            work.merge(table, pa.Table.from_pylist(changed, table.arrow_schema))
    days = next(t for t in LEDGER if t.name == "purchase_day")
    row = next(r for r in lake.snapshot().read(days).to_pylist() if r["void_on"] is None)
    with lake.unit_of_work("import") as work:
        # a purchase of before, wholly returned after; and purchases of after
        work.delete(days, pa.table({"customer_key": [row["customer_key"]], "day": [row["day"]]}))
        work.append(
            days,
            pa.Table.from_pylist(
                [
                    {**row, "void_on": later},
                    {**row, "day": later},
                    {**row, "customer_key": 999, "day": later},
                ],
                days.arrow_schema,
            ),
        )
    newcomers = next(t for t in LEDGER if t.name == "customers")
    add(lake, newcomers, [{"customer_key": 999, "first_seen_on": later, "kind": "org"}])
    record_decisions(
        lake,
        [
            Decision(
                decision_id="o-1",
                kind=DecisionKind.OVERRIDE,
                reason="later",
                decided_by="a",
                approved_by="b",
                decided_at=dt.datetime(2026, 7, 3, 8, 0),  # noqa: DTZ001  the lake's times have no zone
                effective_on=later,
                expires_on=later,
                customer_key=1,
                class_id="A",
            )
        ],
    )
    after, hash_after = looked_at(lake)
    changed_ones = [name for name in before.column_names if not before[name].equals(after[name])]
    assert changed_ones == []
    assert hash_after == hash_before
