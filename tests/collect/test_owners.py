"""Who looks after a customer: a change at the desk holds until a file states somebody else than it did."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keceng.collect import (
    CUSTOMERS,
    OWNER_CHANGES,
    OwnerChange,
    owners_query,
    read_stated_owners,
    record_owner_changes,
)
from keceng.lake import Lake, Snapshot, open_engine

NOON = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC).replace(tzinfo=None)
NAMES = st.sampled_from([None, "甲", "乙", "丙"])


def state(lake: Lake, owners: dict[int, str | None]) -> None:
    """What a file says of customers."""
    rows = [{"customer_key": key, "owner": owner} for key, owner in owners.items()]
    with lake.unit_of_work("import") as work:
        work.merge(CUSTOMERS, pa.Table.from_pylist(rows, CUSTOMERS.arrow_schema))


def owners(snapshot: Snapshot) -> dict[int, str | None]:
    engine = open_engine(snapshot, [CUSTOMERS, OWNER_CHANGES])
    try:
        found = engine.fetch(owners_query())
    finally:
        engine.close()
    return dict(zip(found["customer_key"].to_pylist(), found["owner"].to_pylist(), strict=True))


def change(number: int, to: str | None, keys: list[int], lake: Lake) -> OwnerChange:
    stated = read_stated_owners(lake.snapshot(), keys)
    at = NOON + dt.timedelta(minutes=number)
    return OwnerChange(f"c{number}", at, "dong", [(key, to, stated.get(key)) for key in keys])


def test_a_change_holds_through_imports_that_say_what_they_said_and_yields_to_news(tmp_path: Path) -> None:
    lake = Lake.create(tmp_path / "lake")
    state(lake, {1: "甲", 2: "甲", 3: None})
    record_owner_changes(lake, [change(1, "乙", [1, 2, 3], lake)], author="dong")
    assert owners(lake.snapshot()) == {1: "乙", 2: "乙", 3: "乙"}
    state(lake, {1: "甲", 2: "丙", 3: None, 4: "甲"})
    assert owners(lake.snapshot()) == {1: "乙", 2: "丙", 3: "乙", 4: "甲"}
    record_owner_changes(lake, [change(2, None, [2], lake)], author="dong")
    assert owners(lake.snapshot()) == {1: "乙", 2: None, 3: "乙", 4: "甲"}


def test_a_change_written_twice_is_there_once_and_an_old_one_written_late_changes_nothing(
    tmp_path: Path,
) -> None:
    lake = Lake.create(tmp_path / "lake")
    state(lake, {1: "甲"})
    first, second = change(1, "乙", [1], lake), change(2, "丙", [1], lake)
    record_owner_changes(lake, [second], author="dong")
    record_owner_changes(lake, [first, second], author="dong")
    record_owner_changes(lake, [first], author="dong")
    assert lake.snapshot().read(OWNER_CHANGES).num_rows == 2
    assert owners(lake.snapshot()) == {1: "丙"}


@pytest.mark.slow
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.booleans(), NAMES), min_size=1, max_size=5))
def test_the_owner_is_what_was_said_last_by_whoever_said_something_new(
    tmp_path: Path, said: list[tuple[bool, str | None]]
) -> None:
    # A file that returns to what it stated at the last change is taken to repeat that; nothing in between is kept.
    lake = Lake.create(tmp_path / f"lake{len(list(tmp_path.iterdir()))}")
    state(lake, {1: "甲"})
    stated: str | None = "甲"
    by_hand: tuple[str | None, str | None] | None = None
    for number, (is_desk, name) in enumerate(said):
        if is_desk:
            record_owner_changes(lake, [change(number, name, [1], lake)], author="dong")
            by_hand = (name, stated)
        else:
            state(lake, {1: name})
            stated = name
        told = by_hand[0] if by_hand and by_hand[1] == stated else stated
        assert owners(lake.snapshot()) == {1: told}
