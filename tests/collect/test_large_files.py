"""A text whose rows stay on disk gives the same ledger, the same rejects and the same report as one that is held."""

from __future__ import annotations

import datetime as dt
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from keceng.collect import (
    ORDER_LINES,
    PRODUCTS,
    PURCHASE_DAY,
    CollectReport,
    counted_days,
    files,
    large_text,
    plain_cells,
    plain_sales,
    purchase_days,
    rows_at_hand,
    sales,
    staged,
    undo_import,
)
from keceng.collect.counted_days import NotCountedError, NumberedLines, count_days
from keceng.collect.numbered_texts import LONGEST, NumberedTexts, TooManyTextsError
from keceng.collect.plain_cells import read_plain
from keceng.collect.purchase_days import days_query
from keceng.collect.readings import CellKind, Notation, read_dictionary
from keceng.collect.source import ROW_NO
from keceng.lake import open_engine
from tests.collect.same_ledger import told_ledger
from tests.collect.workspaces import Workspace

PLAIN_KINDS = (
    CellKind.CODE, CellKind.PARTY_CODE, CellKind.TEXT, CellKind.PARTY_NAME, CellKind.CENTS, CellKind.QUANTITY,
    CellKind.UNIT_PRICE, CellKind.MOMENT,
)  # fmt: skip

_alphabet = st.sampled_from([*"0123456789.-+eE'=\" /,:TA赠０１￥万%(),null", "2024-", "-02-3", "1.5", "00"])
_texts = st.one_of(
    st.lists(_alphabet, min_size=1, max_size=9).map("".join),
    st.decimals(-(10**12), 10**12, places=2, allow_nan=False, allow_infinity=False).map(str),
    st.dates(dt.date(1890, 1, 1), dt.date(2250, 1, 1)).map(str),
    st.builds(
        lambda day, time: f"{day} {time:%H:%M:%S}",
        st.dates(dt.date(1890, 1, 1), dt.date(2250, 1, 1)),
        st.times(),
    ),
    st.sampled_from(
        ["2023-02-29", "2023-02-30 10:00:00", "N/A", "无", "0", "12.0", "-0.00", "2024-01-01T00:00:00"]
    ),
)


@pytest.mark.parametrize("kind", PLAIN_KINDS)
@settings(max_examples=10, deadline=None)
@given(texts=st.lists(_texts.map(str.strip).filter(bool), min_size=1, max_size=20, unique=True))
def test_a_plain_cell_is_read_as_any_other(kind: CellKind, texts: list[str]) -> None:
    cells, notation = pa.array(texts, pa.string()), Notation(is_whole=False)
    plain = read_plain(cells, kind, notation)
    assert plain is not None
    engine = open_engine()
    typed, codes = read_dictionary(engine, cells, kind, notation)
    engine.close()
    where = plain[1]
    assert plain[0].filter(where).equals(typed.filter(where))
    assert codes.filter(where).null_count == pc.sum(where).as_py() if pc.any(where).as_py() else True


@pytest.fixture
def read_by_loops(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few cells are taken for many, and few rows for many."""
    monkeypatch.setattr(plain_cells, "MANY", 0)
    monkeypatch.setattr(plain_sales, "LEAST_ROWS", 0)


@pytest.mark.slow
@pytest.mark.usefixtures("read_by_loops")
@pytest.mark.parametrize("kind", [CellKind.CODE, CellKind.PARTY_CODE, CellKind.CENTS, CellKind.MOMENT])
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(texts=st.lists(st.none() | _texts.map(str.strip).filter(bool), min_size=1, max_size=40))
def test_a_compiled_loop_reads_a_cell_as_any_other(kind: CellKind, texts: list[str | None]) -> None:
    cells, notation = pa.array([None, *texts], pa.string()).slice(1), Notation(is_whole=False)
    plain = read_plain(cells, kind, notation)
    assert plain is not None
    filled = cells.is_valid()
    engine = open_engine()
    distinct = cells.drop_null().dictionary_encode()
    typed, codes = read_dictionary(engine, distinct.dictionary, kind, notation)
    engine.close()
    where = plain[1].filter(filled)
    assert plain[0].filter(filled).filter(where).equals(typed.take(distinct.indices).filter(where))
    assert codes.take(distinct.indices).filter(where).null_count == where.true_count
    assert plain[0].filter(pc.invert(plain[1])).null_count == plain[1].false_count
    assert pc.all(plain[1].filter(pc.invert(filled)), min_count=0).as_py(), "an empty cell is plain"


@pytest.mark.slow
def test_texts_are_numbered_in_the_order_in_which_they_come() -> None:
    draw, numbered = random.Random(1), NumberedTexts()
    seen: dict[str, int] = {}
    for longest in (3, 14, LONGEST):
        cells = [
            draw.choice(["", "茶" * 4, "x" * draw.randint(1, longest), str(draw.randint(1, 9000))])
            for _ in range(4000)
        ]
        numbers = numbered.take(pa.array(cells, pa.string()))
        assert [-1 if not c else seen.setdefault(c, len(seen)) for c in cells] == numbers.tolist()
    assert numbered.texts().to_pylist() == list(seen)
    with pytest.raises(TooManyTextsError):
        numbered.take(pa.array(["x" * (LONGEST + 1)]))


HEADER = "订单号,客户编号,客户名称,下单时间,商品名称,数量,实付金额,备注"
SIMPLE = "order_id,customer_id,order_date,amount"


@contextmanager
def everything_staged() -> Iterator[None]:
    """Every text is taken for a large one and read in small pieces."""
    kept = files.LIMITS, large_text.PIECE_BYTES, staged._GROUP_ROWS, staged._PIECE_GROUPS
    files.LIMITS = replace(files.LIMITS, held_bytes=0)
    large_text.PIECE_BYTES, staged._GROUP_ROWS, staged._PIECE_GROUPS = 700, 5, 2
    try:
        yield
    finally:
        files.LIMITS, large_text.PIECE_BYTES, staged._GROUP_ROWS, staged._PIECE_GROUPS = kept


def told_report(report: CollectReport) -> tuple[object, ...]:
    return (report.rows, dict(report.rejects), report.assumed, report.files, report.answered)


def collect_both(contents: Sequence[bytes], **options: object) -> Iterator[tuple[Workspace, Workspace]]:
    """The files one after another into two lakes, in one of them with their rows staged; both after each of them."""
    with tempfile.TemporaryDirectory() as directory:
        lakes = [Workspace(Path(directory) / name) for name in ("held", "staged")]
        for number, content in enumerate(contents):
            reports = []
            for lake in lakes:
                path = lake.root / f"sales{number}.csv"
                path.write_bytes(content)
                if lake is lakes[0]:
                    reports.append(lake.collect(path, **options))
                else:
                    with everything_staged():
                        reports.append(lake.collect(path, **options))
            assert told_report(reports[0]) == told_report(reports[1])
            ledgers = [told_ledger(lake.lake.snapshot()) for lake in lakes]
            for name, rows in ledgers[0].items():
                assert rows == ledgers[1][name], name
            yield lakes[0], lakes[1]


_days = st.dates(dt.date(2024, 1, 1), dt.date(2024, 3, 31)).map(str)
_odd_days = st.sampled_from(
    ["2024年1月5日", "20240230", "01/02/2024", "", "not a day", "45300", "2031-01-01"]
)
_amounts = st.one_of(
    st.integers(-9999, 99999).map(lambda c: f"{c / 100:.2f}"),
    st.sampled_from(["￥12.5", "1.2万", "x", "", "(3.10)"]),
)


def _buyer_of(order: str, name: str) -> str:
    """One customer per order: which of several an order goes to is drawn with their keys."""
    odd = {"'O1": "'K004,乙", "C7": ",散客", "Ｏ２": "N/A,", "O9": "0,'=SUM(1)"}
    return odd.get(order, f"K{ord(order[-1]) % 5:03d},{name}")


_rows = st.builds(
    lambda o, n, d, p, q, a, m: f"{o},{_buyer_of(o, n)},{d},{p},{q},{a},{m}",
    st.one_of(st.integers(1, 9).map(lambda n: f"O{n}"), st.sampled_from(["'O1", "Ｏ２", "C7"])),
    st.sampled_from(["甲公司", "乙", "散客", "'=SUM(1)"]),
    st.one_of(_days, _odd_days),
    st.sampled_from(["茶", "赠品杯", "计算机", '"茶, 红"', '"两\n行"', "\u200b杯"]),
    st.sampled_from(["1", "2", "-1", "3.5", "１"]),
    _amounts,
    st.sampled_from(["", "急", "total care"]),
)
_others = st.sampled_from(
    ["", "合计,,,,,,99.00,", "订单号,客户编号,客户名称,下单时间,商品名称,数量,实付金额,备注", "O1,K1,short"]
)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), phases=(Phase.generate,))
@given(
    tables=st.lists(
        st.lists(st.one_of(_rows, _rows, _rows, _others), min_size=8, max_size=40), min_size=1, max_size=2
    ),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]),
    line_end=st.sampled_from(["\n", "\r\n"]),
)
@pytest.mark.slow
def test_any_sales_file_gives_the_same_ledger(tables: list[list[str]], encoding: str, line_end: str) -> None:
    anchor = "O99,K099,丁,2024-02-02,茶,1,7.00,"
    contents = [
        line_end.join([HEADER, anchor, *rows, ""])
        .replace("\u200b", "" if encoding == "gb18030" else "\u200b")
        .encode(encoding)
        for rows in tables
    ]
    for _ in collect_both(contents, overrides={"amount": "实付金额"}, date_order="dmy"):
        pass


def simple_orders(count: int, seed: int, *, shuffled: bool) -> bytes:
    """Plain orders, a few cells of which are odd."""
    draw = random.Random(seed)
    rows = []
    for number in range(count):
        day = dt.date(2024, 1, 1) + dt.timedelta(days=number * 90 // count)
        amount = (
            draw.choice(["x", "￥3.20", "1,200.00"])
            if draw.random() < 0.03
            else f"{draw.randint(-500, 9000) / 100:.2f}"
        )
        customer = (
            draw.choice(["", "n/a", "'7"]) if draw.random() < 0.02 else f"C-{draw.randint(1, count // 5):05d}"
        )
        rows.append(f"SO-{number:07d},{customer},{day},{amount}")
    if shuffled:
        draw.shuffle(rows)
    return "\n".join([SIMPLE, *rows, ""]).encode()


@pytest.mark.slow
@pytest.mark.parametrize("shuffled", [False, True])
def test_plain_orders_give_the_same_ledger_first_again_and_grown(shuffled: bool) -> None:
    first, grown = simple_orders(60, 1, shuffled=shuffled), simple_orders(80, 2, shuffled=shuffled)
    for _ in collect_both([first, first, grown]):
        pass


@pytest.mark.slow
@pytest.mark.usefixtures("read_by_loops")
@pytest.mark.parametrize("seed", [11, 12])
def test_plain_orders_judged_in_one_pass_give_the_same_ledger(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[int] = []
    counted: list[int] = []
    take_plain, count_numbered = sales._take_plain, counted_days.count_numbered_days

    def watched(*arguments: Any) -> Any:
        taken.append(1)
        return take_plain(*arguments)

    def count(lines: NumberedLines) -> Iterator[pa.Table]:
        counted.append(1)
        return count_numbered(lines)

    monkeypatch.setattr(sales, "_take_plain", watched)
    monkeypatch.setattr(purchase_days, "LEAST_LINES", 0)
    monkeypatch.setattr(purchase_days, "count_numbered_days", count)
    first = (
        simple_orders(300, seed, shuffled=False)
        .decode()
        .replace("SO-0000100,", "SO-0000100,short\nSO-00001000,")
    )
    late = (
        first.replace("2024-03-01", "2031-03-01")
        .replace("2024-02-02", "2024/2/2")
        .replace("2024-02-03", "someday")
    )
    grown = simple_orders(360, seed + 5, shuffled=False)
    for _ in collect_both([late.encode(), late.encode(), grown]):
        assert taken == counted == [1], "the first import, and it alone"
    for _ in collect_both([simple_orders(60, seed, shuffled=True)]):
        assert taken == [1]


@pytest.mark.slow
@pytest.mark.parametrize("again", [False, True])
def test_days_laid_by_counting_are_those_of_a_sort(
    tmp_path: Path, again: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = Workspace(tmp_path / "w")
    monkeypatch.setattr(counted_days, "_ROWS", 50)
    text = simple_orders(900, 21, shuffled=True).decode()
    workspace.collect_text(text)
    if again:
        workspace.collect_text(text.replace("SO-", "Z-").replace("2024-", "2025-"), "later.csv")
    snapshot = workspace.lake.snapshot()
    rows = pa.concat_tables(count_days(snapshot.files(ORDER_LINES), snapshot.read(ORDER_LINES).num_rows))
    assert PURCHASE_DAY.conform(rows).combine_chunks().equals(snapshot.read(PURCHASE_DAY).combine_chunks())
    workspace.collect_text(text.replace("SO-", "A-").replace("2024-", "2020-"), "earlier.csv")
    workspace.collect_text(simple_orders(900, 22, shuffled=True).decode().replace("SO-", "B-"), "between.csv")
    with pytest.raises(NotCountedError):
        list(count_days(workspace.lake.snapshot().files(ORDER_LINES), 4000))


def test_rows_at_hand_are_those_that_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staged, "_GROUP_ROWS", 5)

    def written(name: str) -> staged.StagedRows:
        writer = staged.RowsWriter(tmp_path / name)
        for low in range(0, 60, 6):
            cells = pa.array([None if n % 7 == 0 else f"茶{n}" for n in range(low, low + 6)])
            numbers = pa.array(range(2 * low, 2 * low + 12, 2), pa.int64())
            writer.write(pa.table({"商品": cells, "备注": cells, ROW_NO: numbers}))
        found = writer.finish(())
        assert found is not None
        return found

    at_hand = written("one.parquet")
    assert at_hand.at_hand is not None
    kept = replace(at_hand, at_hand=None)
    for columns in (None, ["备注", ROW_NO], ["商品"]):
        one, other = (pa.concat_tables(rows.pieces(columns)).combine_chunks() for rows in (at_hand, kept))
        assert one.equals(other)
    wanted = pa.array([0, 4, 5, 58, 60, 118, 500], pa.int64())
    assert at_hand.find(wanted).to_pylist() == kept.find(wanted).to_pylist()
    assert at_hand.find(wanted)[ROW_NO].to_pylist() == [0, 4, 58, 60, 118]
    monkeypatch.setattr(rows_at_hand, "_LEAST_FREE", 10**15)
    without = written("two.parquet")
    assert without.at_hand is None
    assert not (tmp_path / "two.rows").exists()


def test_a_large_file_is_not_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_rows: staged.StagedRows) -> pa.Table:
        raise AssertionError("all rows were read at once")

    workspace = Workspace(tmp_path / "w")
    monkeypatch.setattr(staged.StagedRows, "whole", refuse)
    with everything_staged():
        report = workspace.collect_text(simple_orders(200, 3, shuffled=False).decode())
    assert report.rows.read == 200
    assert not list((workspace.lake.root / "_spill").iterdir()), "what was staged is gone"


@pytest.mark.slow
def test_the_rows_of_a_large_file_are_kept_and_its_import_is_taken_back(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "w")
    other = Workspace(tmp_path / "o")
    for lake in (workspace, other):
        lake.collect_text(simple_orders(30, 8, shuffled=False).decode().replace("SO-", "A-"), "a.csv")
    with everything_staged():
        large = workspace.collect_text(simple_orders(90, 4, shuffled=True).decode(), "b.csv")
        later = simple_orders(40, 5, shuffled=True).decode().replace("SO-", "Z-")
        workspace.collect_text(later, "c.csv")
        other.collect_text(later, "c.csv")
        assert large.import_id is not None
        undo_import(workspace.lake, large.import_id)
    assert told_ledger(workspace.lake.snapshot()) == told_ledger(other.lake.snapshot())


@pytest.mark.slow
def test_quotes_that_do_not_match_cost_their_own_line_only(tmp_path: Path) -> None:
    text = (
        simple_orders(50, 6, shuffled=False)
        .decode()
        .replace("SO-0000007,", 'SO-0000007",')
        .replace("SO-0000011,", '"SO-0000011,')
    )
    for _ in collect_both([text.encode()]):
        pass


@pytest.mark.slow
def test_codes_that_a_spreadsheet_made_floats_are_read_without_their_point() -> None:
    rows = [f"{n}.0,{n % 7}.0,2024-01-{1 + n % 28:02d},{n}.50" for n in range(1, 60)]
    for held, _ in collect_both(["\n".join([SIMPLE, *rows, ""]).encode()]):
        assert held.lines()[0]["order_id"] == "1"


@pytest.mark.slow
def test_the_days_of_sorted_lines_are_those_of_the_query(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "w")
    workspace.collect_text(simple_orders(300, 7, shuffled=True).decode())
    snapshot = workspace.lake.snapshot()
    engine = open_engine(snapshot, [ORDER_LINES, PRODUCTS])
    told = dict.fromkeys(("products_cost", "lines_cost", "discount", "list_amount"), True) | {"last_line": 2}
    by_query = PURCHASE_DAY.conform(engine.fetch(days_query(engine, told)))
    engine.close()
    assert snapshot.read(PURCHASE_DAY).equals(by_query)


_MEASURED = """
import sys, datetime as dt
from pathlib import Path
from keceng.collect import CollectOptions, collect_files
from keceng.lake import Lake
lake = Lake.create(Path(sys.argv[2]))
collect_files(lake, [sys.argv[1]], CollectOptions(assume_defaults=True), import_day=dt.date(2026, 6, 1))
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """Three million rows take no more than the bound of a process, where a held file took 2.4 GB for one million."""
    source = tmp_path / "orders.csv"
    with source.open("w", encoding="ascii") as file:
        file.write(SIMPLE + "\n")
        for number in range(3_000_000):
            file.write(
                f"SO-{number:09d},C-{number * 7919 % 300_007:07d},2024-{1 + number // 300_000:02d}-15,{number % 99991 / 100:.2f}\n"
            )
    told = subprocess.run(
        [sys.executable, "-c", _MEASURED, str(source), str(tmp_path / "lake")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(told.stdout) * 1024 < 990_000_000
