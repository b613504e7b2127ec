"""A run within a limit of memory: the same result, the process not above it; and where it cannot be had, nothing is published."""

from __future__ import annotations

import pyarrow.parquet as pq
import pytest

from keceng.bench.book import AS_OF, Orders
from keceng.bench.measuring import measure_alone
from keceng.bench.orders import fill_lake, make_orders
from keceng.classify import RunRequest, RunSummary, classify_customers
from keceng.lake import RUNS_FOLDER, Lake, Limits, shelf
from keceng.lake.limits import resident_bytes
from keceng.lake.spilling import SPILL_FOLDER
from keceng.measure import catalogue
from keceng.standard import find_standard
from keceng.vocabulary import KecengError

pytestmark = pytest.mark.slow


@pytest.fixture
def nothing_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a few customers need lies on disk, as it does where they are very many."""
    monkeypatch.setattr(shelf, "_HELD", 0)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Orders:
    made = make_orders(tmp_path_factory.mktemp("book"), 3_000_000)
    fill_lake(made)
    return made


def _run(lake: Lake, *, is_lean: bool = True) -> RunSummary:
    return classify_customers(
        lake, RunRequest(find_standard("retail", catalogue()), AS_OF, is_lean=is_lean, is_stable=False)
    )


@pytest.mark.usefixtures("nothing_held")
def test_disk_that_runs_out_ends_the_run_in_words_and_publishes_nothing(book: Orders) -> None:
    tight = Lake(book.lake, Limits(resident_bytes(), 1_000_000, 1))
    with pytest.raises(KecengError) as told:
        _run(tight)
    assert told.value.problems[0].code in {"spill_exhausted", "memory_exhausted"}
    assert tight.snapshot().entry.published_run is None
    assert not list((book.lake / RUNS_FOLDER).glob("*"))
    assert not list((book.lake / SPILL_FOLDER).glob("*"))


@pytest.mark.usefixtures("nothing_held")
def test_a_run_that_spills_gives_what_one_gives_that_does_not(book: Orders) -> None:
    free = _run(Lake(book.lake))
    rows = pq.read_table(Lake(book.lake).snapshot().run_directory() / "customers.parquet")
    tight = Lake(book.lake, Limits(resident_bytes() + 150_000_000))
    spilled = _run(tight)
    assert spilled.spilled_bytes > 0
    assert spilled.result_hash == free.result_hash
    assert (spilled.classes, spilled.cuts, spilled.population) == (free.classes, free.cuts, free.population)
    theirs = pq.read_table(tight.snapshot().run_directory() / "customers.parquet")
    assert set(theirs.column_names) == set(rows.column_names)
    for name in rows.column_names:
        assert theirs[name].to_pylist() == rows[name].to_pylist(), name


def test_the_process_stays_within_its_limit(book: Orders) -> None:
    alone = measure_alone("full_run", book, "600MB")
    assert alone is not None
    assert alone.peak <= 1.2 * 600
