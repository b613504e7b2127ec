"""An increment says what a full run under the same norms, cuts and distributions says: every stored column, heads, moves and hash.

The same days of new orders, returns, merged customers, decisions and passing time are laid on two copies of one book; on one
the next run goes on from the last, on the other everybody is judged anew.
"""

from __future__ import annotations

import datetime as dt
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from keceng.classify import (
    SENTENCES,
    Decision,
    DecisionKind,
    RunRequest,
    RunSummary,
    classify_customers,
    customer_files,
    explain_customer,
    find_customers,
    increment,
    list_known_measures,
    read_assignments,
    read_customers,
    record_decisions,
    scan_customers,
)
from keceng.classify.increment_scope import why_not_by_standard
from keceng.collect import CUSTOMERS, PERSONS, PURCHASE_DAY
from keceng.lake import Lake, Snapshot, Table, UnitOfWork, mapped, open_engine, sql
from keceng.measure import catalogue
from keceng.standard import Standard, find_standard, load_standard
from tests.ledgers import Day, Ledger

START = dt.date(2026, 6, 10)
RETAIL = find_standard("retail", catalogue())
AGES = load_standard(
    """
keceng: 1
id: ages
title: {zh: 按天数, en: By ages}
window: 60d
population:
  include: "lifetime_order_count > 0"
  exclude: [{id: gone, when: "days_since_last_purchase > 400", reason: {zh: 久未购, en: Long silent}}]
dimensions:
  value:
    kind: tier
    title: {zh: 价值, en: Value}
    by: bands
    measure: spend
    classes:
      high: {from: 1000, title: {zh: 高, en: High}, public_title: {zh: 尊享, en: Priority}}
      low: {title: {zh: 低, en: Low}, public_title: {zh: 标准, en: Standard}}
  state: {use: lifecycle_state}
grade:
  kind: tier
  title: {zh: 等级, en: Grade}
  by: rules
  classes:
    A:
      when: "value = 'high' and (days_since_last_purchase <= 20 or gap_ratio < 0.8)"
      title: {zh: A类, en: A}
      public_title: {zh: 尊享, en: Priority}
    B:
      when: "tenure_days >= 120 and days_since_last_purchase < 0.25 * tenure_days + 10 and state <> 'lost'"
      title: {zh: B类, en: B}
      public_title: {zh: 优享, en: Plus}
    C: {otherwise: true, title: {zh: C类, en: C}, public_title: {zh: 标准, en: Standard}}
provisional: "history_days < 400 or expected_gap > 100"
stability: {demote_after: 2, margin: 0.10, min_stay: 10d, at_once: "days_since_last_purchase > 200"}
strategy:
  A: {goal: {zh: 保, en: Keep}, rhythm: 14d}
  B: {goal: {zh: 升, en: Raise}, rhythm: 30d}
  C: {goal: {zh: 看, en: Look}, rhythm: 60d}
review: {every: 3 months, owner: x}
""",
    catalogue(),
)
Change = Callable[[UnitOfWork, random.Random, dt.date], None]


def days_of(chance: random.Random, customer: int) -> list[Day]:
    rhythm = chance.choice([7, 20, 45, 90, 200])
    first = chance.randrange(1, 700)
    gone = range(chance.choice([0, 0, first // 2]), first, rhythm)
    days = {START - dt.timedelta(days=g + chance.randrange(3)) for g in gone}
    return [
        Day(customer, day, chance.randrange(500, 60_000_00) // chance.choice([1, 50])) for day in sorted(days)
    ]


def new_book(chance: random.Random, heads: int, root: Path) -> Lake:
    days = [day for customer in range(heads) for day in days_of(chance, customer)]
    more: dict[int, dict[str, object]] = {
        heads: {},
        0: {"is_bucket": True},
        heads + 1: {"first_seen_on": START + dt.timedelta(days=2)},
    }
    return Ledger(days, more).write(root)


def append(work: UnitOfWork, table: Table, *rows: dict[str, object]) -> None:
    work.append(table, pa.Table.from_pylist(list(rows), table.arrow_schema))


def keys_known(work: UnitOfWork) -> list[int]:
    return sorted(work.current().read(CUSTOMERS)["customer_key"].to_pylist())


def bought(key: int, day: dt.date, gross: int, void_on: dt.date | None = None) -> dict[str, object]:
    return {"customer_key": key, "day": day, "void_on": void_on, "orders": 1, "lines": 1, "net": gross, "gross": gross, "returned": 0}  # fmt: skip


def come_orders(work: UnitOfWork, chance: random.Random, day: dt.date) -> None:
    keys = chance.sample(keys_known(work), 4)
    taken = {(r["customer_key"], r["day"]) for r in work.current().read(PURCHASE_DAY).to_pylist()}
    fresh = [(k, day - dt.timedelta(days=chance.choice([0, 0, 1, 30, -1]))) for k in keys]
    append(
        work,
        PURCHASE_DAY,
        *(bought(k, on, chance.randrange(100, 90_000_00)) for k, on in fresh if (k, on) not in taken),
    )


def comes_a_customer(work: UnitOfWork, chance: random.Random, day: dt.date) -> None:
    key = max(keys_known(work)) + 1
    append(work, CUSTOMERS, {"customer_key": key, "first_seen_on": day})
    append(work, PERSONS, {"source": "main", "source_id": f"N{key}", "customer_key": key})
    append(work, PURCHASE_DAY, bought(key, day, chance.randrange(100, 90_000_00)))


def rewrite(work: UnitOfWork, change: Callable[[list[dict[str, object]]], object]) -> None:
    rows = work.current().read(PURCHASE_DAY).to_pylist()
    change(rows)
    work.replace(PURCHASE_DAY, pa.Table.from_pylist(rows, PURCHASE_DAY.arrow_schema))


def comes_a_return(work: UnitOfWork, chance: random.Random, day: dt.date) -> None:
    rewrite(
        work,
        lambda rows: chance.choice(rows).update(void_on=day + dt.timedelta(days=chance.choice([-3, 0, 4]))),
    )
    rewrite(work, lambda rows: chance.choice(rows).update(returned=500, net=-500))


def merge_two(work: UnitOfWork, chance: random.Random, _day: dt.date) -> None:
    into, away = chance.sample(keys_known(work), 2)
    taken = {r["day"] for r in work.current().read(PURCHASE_DAY).to_pylist() if r["customer_key"] == into}

    def move(rows: list[dict[str, object]]) -> None:
        for row in list(rows):
            if row["customer_key"] == away:
                row.update(customer_key=into) if row["day"] not in taken else rows.remove(row)

    rewrite(work, move)
    work.delete(CUSTOMERS, pa.table({"customer_key": pa.array([away], pa.int64())}))
    people = work.current().read(PERSONS).to_pylist()
    moved = [{**row, "customer_key": into} for row in people if row["customer_key"] == away]
    work.merge(PERSONS, pa.Table.from_pylist(moved, PERSONS.arrow_schema))


def change_facts(work: UnitOfWork, chance: random.Random, _day: dt.date) -> None:
    key = chance.choice(keys_known(work))
    row = next(r for r in work.current().read(CUSTOMERS).to_pylist() if r["customer_key"] == key)
    work.merge(
        CUSTOMERS,
        pa.Table.from_pylist([{**row, "is_supplier": not row["is_supplier"]}], CUSTOMERS.arrow_schema),
    )


CHANGES: dict[str, Change] = {
    "orders": come_orders, "newcomer": comes_a_customer, "return": comes_a_return, "merge": merge_two, "facts": change_facts,
}  # fmt: skip


def decide(lake: Lake, chance: random.Random, day: dt.date) -> None:
    keys = lake.snapshot().read(CUSTOMERS)["customer_key"].to_pylist()
    first = day + dt.timedelta(days=chance.choice([0, 2]))
    decision = Decision(
        f"d{day}-{chance.random()}", DecisionKind.OVERRIDE, "known better", "ann", dt.datetime.combine(day, dt.time(9)),
        first, chance.choice(sorted(keys)), None, "A", None, "bob", first + dt.timedelta(days=chance.choice([0, 1, 3, 30])),
    )  # fmt: skip
    record_decisions(lake, [decision])


@dataclass(slots=True)
class Twins:
    """A book on which runs go on, and how the same day comes out when everybody is judged anew."""

    lake: Lake
    standard: Standard
    seen: list[RunSummary] = field(default_factory=list)

    def request(self, day: dt.date, **more: object) -> RunRequest:
        """A lean run."""
        return RunRequest(self.standard, day, is_lean=True, **more)  # type: ignore[arg-type]

    def begin(self, day: dt.date) -> None:
        """The full run that the others go on from."""
        self.seen = [classify_customers(self.lake, self.request(day))]

    def go_on(self, day: dt.date) -> RunSummary:
        """The next run, compared with its twin."""
        twin = Lake(self.lake.root.with_name(f"twin-{len(self.seen)}"))
        shutil.copytree(self.lake.root, twin.root)
        run = classify_customers(self.lake, self.request(day, is_increment=True))
        self.seen.append(run)
        if "base" in run.increment:
            full = classify_customers(twin, self.request(day, frozen=str(run.increment["base"])))
            assert_equal(self.lake.snapshot(), run, twin.snapshot(), full)
        shutil.rmtree(twin.root)
        return run


def assert_equal(lake: Snapshot, run: RunSummary, twin: Snapshot, full: RunSummary) -> None:
    one, other = (s.run_directory(r.run_id) for s, r in ((lake, run), (twin, full)))
    rows, wanted = read_customers(one), read_customers(other)
    assert set(rows.column_names) == set(wanted.column_names)
    for name in rows.column_names:
        assert rows[name].to_pylist() == wanted[name].to_pylist(), name
    assert run.result_hash == full.result_hash
    assert (run.population, run.classes, run.cuts) == (full.population, full.classes, full.cuts)
    assert (run.moves, run.moves_hash) == (full.moves, full.moves_hash)


def live(
    lake: Lake, standard: Standard, chance: random.Random, steps: list[tuple[str, int]]
) -> Iterator[RunSummary]:
    twins = Twins(lake, standard)
    day = START
    twins.begin(day)
    for what, passed in steps:
        day += dt.timedelta(days=passed)
        if what == "decision":
            decide(lake, chance, day)
        for name in what.split():
            if name in CHANGES:
                with lake.unit_of_work("import") as work:
                    CHANGES[name](work, chance, day)
        yield twins.go_on(day)


@pytest.fixture(autouse=True)
def _few_customers(monkeypatch: pytest.MonkeyPatch) -> None:
    # In a book of some dozens, a few are soon more than a fifth, and no file is large.
    monkeypatch.setattr(increment, "MOST_ROWS", 100)
    monkeypatch.setattr(mapped, "SMALL", 10)


def test_days_of_orders_newcomers_and_merges_equal_the_full_run(tmp_path: Path) -> None:
    chance = random.Random(7)
    lake = new_book(chance, 30, tmp_path / "lake")
    runs = list(live(lake, RETAIL, chance, [("orders merge newcomer", 1)]))
    assert all(run.increment.get("touched") for run in runs)
    snapshot = lake.snapshot()
    directory = snapshot.run_directory()
    assert len(customer_files(directory)) == 2
    assert "spend" in list_known_measures(directory)
    whole = read_customers(directory)
    assert read_assignments(directory, snapshot).num_rows == whole.num_rows == runs[-1].population.customers
    for key in whole["customer_key"].to_pylist()[::5]:
        (row,) = find_customers(snapshot, directory, [key]).to_pylist()
        assert row == whole.filter(pc.field("customer_key") == key).select(list(row)).to_pylist()[0]
    engine = open_engine()
    scan_customers(engine, "stored", directory)
    scanned = engine.fetch(sql("select * from stored order by customer_key"))
    engine.close()
    assert scanned.select(whole.column_names).to_pylist() == whole.to_pylist()
    told = explain_customer(snapshot, "C00007")
    (row,) = find_customers(snapshot, directory, [7], SENTENCES).to_pylist()
    assert told.reason.zh == row["reason_zh"]
    assert str(runs[-1].as_of) in told.reason.en


def test_what_is_not_an_increment_says_why_and_judges_everybody(tmp_path: Path) -> None:
    lake = new_book(random.Random(1), 12, tmp_path / "lake")
    asked = RunRequest(RETAIL, START, is_lean=True, is_increment=True)
    first = classify_customers(lake, asked)
    assert "nothing is published" in str(first.increment["full_because"])
    other = classify_customers(lake, RunRequest(AGES, START, is_lean=True, is_increment=True))
    assert "standard has changed" in str(other.increment["full_because"])


def test_what_hangs_on_others_is_told_before_anything_is_read() -> None:
    def why(standard: str, *, is_lean: bool = True) -> str:
        told = why_not_by_standard(find_standard(standard, catalogue()), is_lean=is_lean, has_more=False)
        return "" if told is None else told.en

    assert why("retail") == ""
    assert "every measure" in why("retail", is_lean=False)
    assert "does not follow from the customer alone" in why("b2b-start")
    assert "does not follow from the customer alone" in why("profit")


STEP = st.tuples(st.sampled_from([*CHANGES, "decision", "nothing"]), st.sampled_from([0, 1, 1, 2, 7, 25, 40]))


@pytest.mark.slow
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10**6), st.booleans(), st.lists(STEP, min_size=1, max_size=4))
def test_whatever_happens_an_increment_equals_the_full_run(
    tmp_path_factory: pytest.TempPathFactory, seed: int, is_retail: bool, steps: list[tuple[str, int]]
) -> None:
    chance = random.Random(seed)
    root = tmp_path_factory.mktemp("law")
    lake = new_book(chance, 40, root / "lake")
    for run in live(lake, RETAIL if is_retail else AGES, chance, steps):
        note(f"{run.as_of} {run.increment}")
    shutil.rmtree(root)
