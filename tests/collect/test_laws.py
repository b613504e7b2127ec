"""Laws of collect on random tables."""

from __future__ import annotations

import datetime as dt
import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from keceng.collect import BATCHES
from tests.collect.workspaces import Workspace, table_text

HEADER = "订单号,客户编号,下单时间,商品名称,数量,实付金额"
LAST_DAY = dt.date(2026, 5, 31)


@dataclass(frozen=True)
class Sale:
    order: int
    customer: int
    day: dt.date
    pieces: int
    cents: int

    def written(self, style: int) -> str:
        day = self.day
        days = (
            f"{day:%Y-%m-%d}",
            f"{day:%Y/%m/%d}",
            f"{day.year}年{day.month}月{day.day}日",
            f"{day:%Y%m%d}",
        )
        amount = Decimal(self.cents) / 100
        amounts = (f"{amount:.2f}", f"¥{amount:.2f}", f"{amount / 10_000:f}万", f"{amount:.2f}元")
        return f"O{self.order},K{self.customer:03d},{days[style]},货,{self.pieces},{amounts[style]}"


sales = st.builds(
    Sale,
    order=st.integers(1, 6),
    customer=st.integers(1, 4),
    day=st.dates(dt.date(2020, 1, 1), LAST_DAY),
    pieces=st.integers(1, 9),
    cents=st.integers(1, 10**9),
)


@contextmanager
def new_workspace() -> Iterator[Workspace]:
    """One per example: a fixture would be shared by all of them."""
    with tempfile.TemporaryDirectory() as directory:
        yield Workspace(Path(directory) / "company")


@settings(max_examples=8)
@given(
    st.lists(sales, min_size=1, max_size=12),
    st.integers(0, 3),
    st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
)
def test_cents_and_dates_survive_every_way_of_writing_and_encoding(
    rows: list[Sale], style: int, encoding: str
) -> None:
    with new_workspace() as workspace:
        text = table_text(HEADER, [row.written(style) for row in rows])
        workspace.collect(workspace.write("orders.csv", text, encoding))
        told = sorted((f"O{r.order}", f"K{r.customer:03d}", r.day, r.cents) for r in rows)
        kept = sorted((r["order_id"], r["source_id"], r["line_on"], r["amount"]) for r in workspace.lines())
        assert [(o, d, c) for o, _, d, c in kept] == [(o, d, c) for o, _, d, c in told]
        assert {k for _, k, _, _ in kept} == {k for _, k, _, _ in told}


@settings(max_examples=6)
@given(
    st.lists(st.tuples(sales, st.sampled_from(["", "", "x", "=1", "-5"])), min_size=1, max_size=10),
    st.lists(st.tuples(sales, st.sampled_from(["", "x"])), min_size=1, max_size=10),
)
def test_rows_always_balance_and_a_second_import_changes_nothing(
    first: list[tuple[Sale, str]], second: list[tuple[Sale, str]]
) -> None:
    with new_workspace() as workspace:
        anchor = "O99,K999,2024-01-01,货,1,1.00"
        for name, rows in (("a.csv", first), ("b.csv", second)):
            written = [
                row.written(0) if not bad else f"{row.written(0).rsplit(',', 1)[0]},{bad}"
                for row, bad in rows
            ]
            report = workspace.collect_text(table_text(HEADER, [anchor, *written]), name)
            assert report.rows.is_balanced
            assert report.rows.read == len(rows) + 1
            assert sum(report.rejects.values()) == report.rows.rejected
        before, versions = workspace.lines(), workspace.versions
        again = workspace.collect(workspace.root / "b.csv")
        assert (again.rows.added, again.rows.updated) == (0, 0)
        assert (workspace.lines(), workspace.versions) == (before, versions)
        assert all(
            b["read"] == b["added"] + b["updated"] + b["unchanged"] + b["rejected"]
            for b in workspace.rows(BATCHES)
        )


@settings(max_examples=5)
@given(st.lists(sales, min_size=2, max_size=10), st.randoms(use_true_random=False))
def test_the_order_of_rows_never_matters(rows: list[Sale], chance: random.Random) -> None:
    shuffled = list(rows)
    chance.shuffle(shuffled)
    ledgers = []
    for told in (rows, shuffled):
        with new_workspace() as workspace:
            workspace.collect_text(table_text(HEADER, [row.written(0) for row in told]))
            ledgers.append(workspace.lines())
    assert ledgers[0] == ledgers[1]
