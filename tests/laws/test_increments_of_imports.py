"""An increment after ordinary imports, which add days beside the large file or rewrite a small one, equals the full run."""

from __future__ import annotations

import datetime as dt
import random
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keceng.classify import increment, increment_ready
from keceng.collect import PURCHASE_DAY, CollectOptions, collect_files, day_changes
from keceng.lake import Lake, folds, mapped, streams
from tests.laws.test_increments import AGES, RETAIL, START, Twins

pytestmark = pytest.mark.slow
HEADER = "订单号,客户编号,原单号,下单时间,商品名称,商品类别,数量,实付金额"
KINDS = ("orders", "return", "correction", "newcomer", "late", "recent return")


class Shop:
    """What a till would write into files."""

    def __init__(self, chance: random.Random, heads: int) -> None:
        self.chance, self.heads, self.count = chance, heads, 0
        self.sold: list[tuple[str, int, dt.date, int]] = []

    def sell(self, customer: int, day: dt.date) -> str:
        self.count += 1
        self.sold.append((f"O{self.count}", customer, day, self.chance.randrange(5, 900)))
        return self._row(*self.sold[-1])

    def _row(self, order: str, customer: int, day: dt.date, amount: int, ref: str = "") -> str:
        kind = self.chance.choice(["茶", "咖啡"])
        return (
            f"{order},K{customer},{ref},{day},{kind}{customer % 3},{kind},{1 if amount > 0 else -1},{amount}"
        )

    def history(self) -> list[str]:
        days = [START - dt.timedelta(days=self.chance.randrange(1, 600)) for _ in range(self.heads * 6)]
        return [self.sell(self.chance.randrange(self.heads), day) for day in sorted(days)]

    def day(self, what: str, day: dt.date) -> list[str]:
        rows = [self.sell(self.chance.randrange(self.heads), day) for _ in range(3)]
        if what in {"return", "recent return"}:
            order, customer, _, amount = self.sold[
                -4 if what.startswith("recent") else self.chance.randrange(20)
            ]
            rows.append(self._row(f"R{order}-{self.count}", customer, day, -amount, order))
        elif what == "correction":
            order, customer, on, amount = self.chance.choice(self.sold)
            rows.append(self._row(order, customer, on, amount + 7))
        elif what == "newcomer":
            self.heads += 1
            rows.append(self.sell(self.heads - 1, day))
        elif what == "late":
            rows.append(self.sell(self.chance.randrange(self.heads), day - dt.timedelta(days=40)))
        return rows


def take_in(lake: Lake, file: Path, rows: list[str], day: dt.date) -> None:
    file.write_text("\n".join([HEADER, *rows]) + "\n", "utf-8")
    collect_files(lake, [file], CollectOptions(assume_defaults=True), import_day=day)


@pytest.fixture(autouse=True)
def _small_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(increment, "MOST_ROWS", 100)
    monkeypatch.setattr(mapped, "SMALL", 10)
    monkeypatch.setattr(day_changes, "LEAST_ROWS", 0)
    monkeypatch.setattr(streams, "BATCH_ROWS", 16)
    monkeypatch.setattr(folds, "BATCH_ROWS", 16)


def live(root: Path, seed: int, what: list[tuple[str, int]], *, is_retail: bool) -> list[int]:
    """Import day after day and go on each time; in how many files purchase days lie after each."""
    root.mkdir()
    chance, lake, day = random.Random(seed), Lake.create(root / "lake"), START
    shop = Shop(chance, 30)
    take_in(lake, root / "all.csv", shop.history(), day)
    twins = Twins(lake, RETAIL if is_retail else AGES)
    twins.begin(day)
    files: list[int] = []
    for kind, passed in what:
        day += dt.timedelta(days=passed)
        take_in(lake, root / f"{day}-{len(files)}.csv", shop.day(kind, day), day)
        twins.go_on(day)
        files.append(len(lake.snapshot().files(PURCHASE_DAY)))
    shutil.rmtree(root)
    return files


def test_days_added_one_after_another_and_a_return_of_one_of_them(tmp_path: Path) -> None:
    days = [("newcomer", 1), ("orders", 1), ("recent return", 1)]
    assert live(tmp_path / "shop", 3, days, is_retail=True) == [2, 3, 3]


def test_where_much_is_rewritten_everybody_is_judged_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(increment_ready, "MOST_LAID_OPEN", 50)
    lake, shop = Lake.create(tmp_path / "lake"), Shop(random.Random(5), 20)
    take_in(lake, tmp_path / "all.csv", shop.history(), START)
    twins = Twins(lake, RETAIL)
    twins.begin(START)
    take_in(lake, tmp_path / "next.csv", shop.day("return", START + dt.timedelta(days=1)), START)
    run = twins.go_on(START + dt.timedelta(days=1))
    assert "were written anew" in str(run.increment["full_because"])


STEP = st.tuples(st.sampled_from(KINDS), st.sampled_from([0, 1, 1, 2, 30]))


@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10**6), st.booleans(), st.lists(STEP, min_size=1, max_size=3))
def test_whatever_is_imported_an_increment_equals_the_full_run(
    tmp_path_factory: pytest.TempPathFactory, seed: int, is_retail: bool, steps: list[tuple[str, int]]
) -> None:
    live(tmp_path_factory.mktemp("law") / "shop", seed, steps, is_retail=is_retail)
