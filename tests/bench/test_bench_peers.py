"""The peers of the bench grade as the retail standard does: what is compared is the same work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from keceng.bench import peer_pandas, peer_polars
from keceng.bench.book import AS_OF, Orders
from keceng.bench.orders import fill_lake, make_orders
from keceng.bench.peers import REASONS
from keceng.classify import RunRequest, classify_customers
from keceng.lake import Lake
from keceng.measure import catalogue
from keceng.standard import find_standard

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Orders:
    made = make_orders(tmp_path_factory.mktemp("book"), 30_000)
    fill_lake(made)
    return made


@pytest.fixture(scope="module")
def ours(book: Orders) -> pa.Table:
    lake = Lake(book.lake)
    classify_customers(lake, RunRequest(find_standard("retail", catalogue()), AS_OF, is_lean=True))
    names = ["customer_key", "spend", "purchase_days", "value", "state", "grade"]
    stored = pq.read_table(lake.snapshot().run_directory() / "customers.parquet", columns=names)
    return stored.filter(stored["grade"].is_valid())


@pytest.mark.parametrize("write", [peer_pandas.write_classes, peer_polars.write_classes])
def test_a_peer_gives_everybody_our_grade(
    book: Orders, ours: pa.Table, tmp_path: Path, write: Callable[[Orders, Path], None]
) -> None:
    write(book, tmp_path / "theirs.parquet")
    theirs = pq.read_table(tmp_path / "theirs.parquet")
    for mine, other in (("customer_key", "customer"), ("spend", "spend"), ("purchase_days", "days"), ("value", "value"), ("state", "state"), ("grade", "grade")):  # fmt: skip
        assert ours[mine].to_pylist() == theirs[other].to_pylist(), mine
    assert set(theirs["reason_code"].to_pylist()) <= {"|".join(reason) for reason in REASONS}
    assert len(set(ours["grade"].to_pylist())) == 3
    assert len(set(ours["state"].to_pylist())) >= 5
