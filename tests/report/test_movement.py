"""What changed since the run before: every head in the matrix and in the flow once, falls named, the buffer told."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from keceng.classify import (
    CUSTOMERS_FILE,
    Decision,
    DecisionKind,
    RunRequest,
    classify_customers,
    record_decisions,
)
from keceng.lake import Lake
from keceng.measure import catalogue
from keceng.report import write_report
from keceng.report.movement import MoveFigures, draw_flow, gather_moves
from keceng.report.steadiness import SteadinessFigures, gather_steadiness
from keceng.report.subject import open_subject
from keceng.standard import find_standard
from tests.ledgers import Day, Ledger
from tests.report.test_left_out import sections

FIRST, SECOND = dt.date(2026, 5, 31), dt.date(2026, 6, 30)
RETAIL = find_standard("retail", catalogue())
STAR, PERSON, LATE, ADMITTED, APPEALING, KEPT = 1, 2, 200, 50, 51, 90


def book() -> Ledger:
    """120 customers; one great customer falls silent and is lost, one small one buys much in June, one is new, the great
    order of one leaves the window, one is a bucket."""
    days = [
        Day(k, SECOND - dt.timedelta(days=20 * n + 35), 900_00 if k < 20 else 4_00 + k)
        for k in range(120)
        for n in range(6)
        if k != STAR
    ]
    days += [Day(STAR, FIRST - dt.timedelta(days=n), 5_000_00) for n in (178, 180, 182)]
    days += [Day(60, FIRST + dt.timedelta(days=n), 3_000_00) for n in (3, 9, 20)]
    days.append(Day(KEPT, dt.date(2025, 6, 10), 5_400_00))
    days.append(Day(LATE, SECOND - dt.timedelta(days=5), 7_00))
    return Ledger(
        days,
        {
            STAR: {"kind": "org"},
            PERSON: {"kind": "person"},
            LATE: {"first_seen_on": SECOND - dt.timedelta(days=5)},
            130: {"is_bucket": True},
        },
    )


def decided() -> list[Decision]:
    at = dt.datetime(2026, 6, 10, 9, 0)  # noqa: DTZ001  UTC without a zone, as decisions are kept
    plain = Decision("d", DecisionKind.OVERRIDE, "扶持", "a", at, at.date())
    return [
        replace(
            plain, customer_key=ADMITTED, class_id="A", approved_by="b", expires_on=dt.date(2026, 12, 31)
        ),
        replace(plain, decision_id="e", kind=DecisionKind.APPEAL, customer_key=APPEALING),
    ]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = book().write(tmp_path_factory.mktemp("moves") / "lake")
    classify_customers(lake, RunRequest(RETAIL, FIRST))
    record_decisions(lake, decided())
    classify_customers(lake, RunRequest(RETAIL, SECOND))
    return lake


@pytest.fixture(scope="module")
def told(lake: Lake) -> tuple[MoveFigures, SteadinessFigures]:
    snapshot = lake.snapshot()
    with open_subject(snapshot.run_directory(), snapshot) as subject:
        moves, steadiness = gather_moves(subject), gather_steadiness(subject)
    assert moves is not None
    assert steadiness is not None
    return moves, steadiness


def test_every_head_stands_once_in_the_matrix(
    lake: Lake, told: tuple[MoveFigures, SteadinessFigures]
) -> None:
    moves, _ = told
    snapshot = lake.snapshot()
    with open_subject(snapshot.run_directory(), snapshot) as subject:
        customers, stored = subject.summary.population.customers, subject.summary.moves
    assert sum(row.heads for row in moves.rows) == customers
    for row in moves.rows:
        assert sum(tile.heads for tile in row.tiles) == row.heads
        assert sum(tile.share for tile in row.tiles) == pytest.approx(1)
        found = {
            state: tile.heads for (state, _), tile in zip(moves.columns, row.tiles, strict=True) if tile.heads
        }
        assert found == dict(stored[row.state])
    assert moves.earlier_on == FIRST
    assert moves.up is not None
    assert moves.down is not None
    assert moves.up + moves.down == moves.moved > 1
    looks = {tile.look for row in moves.rows for tile in row.tiles}
    assert {look.split("-")[0] for look in looks} == {"stay", "up", "down", "other", "none"}


def test_who_left_the_best_class_is_named_with_the_reason(
    told: tuple[MoveFigures, SteadinessFigures],
) -> None:
    moves, _ = told
    assert moves.fall_heads == len(moves.falls) == 1
    fall = moves.falls[0]
    assert (fall.customer_id, fall.to_state) == (f"C{STAR:05d}", "C")
    assert fall.reason is not None
    assert "流失" in fall.reason.zh


def test_the_flow_keeps_every_head_and_stays_on_its_plane(
    told: tuple[MoveFigures, SteadinessFigures],
) -> None:
    moves, _ = told
    drawn = draw_flow(moves, width=960, height=300, margin=170)
    everybody = sum(row.heads for row in moves.rows) - moves.never_graded
    assert moves.never_graded == 1
    assert sum(band.heads for band in drawn.bands) == everybody
    for side in (drawn.left, drawn.right):
        assert sum(bar.heads for bar in drawn.bars if bar.x == side) == everybody
    assert all(bar.y >= 0 and bar.y + bar.height <= drawn.height + 0.01 for bar in drawn.bars)
    assert drawn.height <= 310


def test_decisions_of_people_and_open_appeals_are_told(told: tuple[MoveFigures, SteadinessFigures]) -> None:
    _, steadiness = told
    assert steadiness.override_heads == 1
    (given,) = steadiness.overrides
    assert given.customer_id == f"C{ADMITTED:05d}"
    assert given.given.en == "A"
    assert given.by_system is not None
    assert given.by_system.en != "A"
    assert given.expires_on == dt.date(2026, 12, 31)
    assert steadiness.appeals == 1


def test_who_is_kept_is_told_by_cause(lake: Lake, told: tuple[MoveFigures, SteadinessFigures]) -> None:
    _, steadiness = told
    stored = pq.read_table(lake.snapshot().run_directory() / CUSTOMERS_FILE).to_pylist()
    kept = {r["customer_key"]: r["kept_by"] for r in stored if r["kept_by"] is not None}
    assert kept[KEPT] == "demote_after"
    assert steadiness.kept_heads == len(kept)
    assert {k.cause for k in steadiness.kept} == set(kept.values())
    (found,) = [k for k in steadiness.kept if k.cause == "demote_after"]
    assert (found.kept.en, found.fallen.en, found.heads) == ("A", "C", 1)


def test_the_page_shows_both_only_when_there_is_an_earlier_run(lake: Lake, tmp_path: Path) -> None:
    snapshot = lake.snapshot()
    write_report(snapshot.run_directory(), snapshot, tmp_path / "now.html", language="en")
    page = (tmp_path / "now.html").read_text(encoding="utf-8")
    assert {"moves", "steadiness"} <= sections(page)
    assert "Customers who left A" in page
    # The name of an organisation is shown, that of anybody else is nowhere in these sections.
    between = re.findall(r'data-section="moves".*?data-section="value"', page, re.DOTALL)
    assert len(between) == 2
    assert all(f"客户{STAR}<" in part for part in between)
    assert all(f"客户{ADMITTED}<" not in part and f"C{ADMITTED:05d}" in part for part in between)
    single = book().write(tmp_path / "single")
    classify_customers(single, RunRequest(RETAIL, SECOND))
    alone = single.snapshot()
    write_report(alone.run_directory(), alone, tmp_path / "alone.html", language="en")
    first = (tmp_path / "alone.html").read_text(encoding="utf-8")
    assert sections(first).isdisjoint({"moves", "steadiness"})
    assert "this is the first review under this standard" in first
