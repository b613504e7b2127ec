from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keceng.collect.readings import CellKind, Notation, read_dictionary
from keceng.lake import Engine, open_engine


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    opened = open_engine()
    yield opened
    opened.close()


def moment_at(*parts: int) -> dt.datetime:
    """Clock time as written, of no zone."""
    return dt.datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001  the ledger's clock has no zone


def read(
    engine: Engine, kind: CellKind, text: str, notation: Notation | None = None
) -> tuple[object, str | None]:
    typed, codes = read_dictionary(engine, pa.array([text]), kind, notation or Notation())
    return typed[0].as_py(), codes[0].as_py()


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("¥1,234.5", 123_450),
        ("￥１，２３４．５", 123_450),
        ("$-5", -500),
        ("1.2万", 1_200_000),
        ("3亿元", 30_000_000_000),
        ("（300）", -30_000),
        ("(1,000.00)", -100_000),
        ("300-", -30_000),
        ("12.345", 1_235),
        ("-12.345", -1_235),
        ("12.344999999999999", 1_234),
        ("1e-05", 0),
        (".5", 50),
        ("'-5", -500),
        ("人民币12元整", 1_200),
    ],
)
def test_money_is_read_by_the_shown_rules_and_rounded_half_up(engine: Engine, text: str, cents: int) -> None:
    assert read(engine, CellKind.CENTS, text) == (cents, None)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("abc", "not_a_number"),
        ("1,2345", "not_a_number"),
        ("1_000", "not_a_number"),
        ("1.2.3", "not_a_number"),
        ("nan", "not_a_number"),
        ("inf", "not_a_number"),
        ("=1+1", "not_a_number"),
        ("1.38E+10", "digits_lost"),
        ("99999999999999999", "too_large"),
        ("9999999999999万亿", "too_large"),
    ],
)
def test_money_that_would_be_a_guess_is_refused_with_its_reason(engine: Engine, text: str, code: str) -> None:
    assert read(engine, CellKind.CENTS, text) == (None, code)


def test_a_header_in_ten_thousands_scales_exactly(engine: Engine) -> None:
    assert read(engine, CellKind.CENTS, "1.23456", Notation(unit_scale=10_000)) == (1_234_560, None)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=4))
def test_any_decimal_becomes_the_cents_that_decimal_arithmetic_gives(number: Decimal) -> None:
    engine = open_engine()
    expected = int((number * 100).quantize(Decimal(1), ROUND_HALF_UP))
    assert read(engine, CellKind.CENTS, f"{number:f}") == (expected, None)
    engine.close()


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-01-02", moment_at(2024, 1, 2)),
        ("2024/1/2", moment_at(2024, 1, 2)),
        ("2024.1.2", moment_at(2024, 1, 2)),
        ("2024年1月2日", moment_at(2024, 1, 2)),
        ("2024年1月2日 10时30分", moment_at(2024, 1, 2, 10, 30)),
        ("20240102", moment_at(2024, 1, 2)),
        ("20240102030405", moment_at(2024, 1, 2, 3, 4, 5)),
        ("2024-01-02 下午3:05", moment_at(2024, 1, 2, 15, 5)),
        ("2024-01-02 上午12:05", moment_at(2024, 1, 2, 0, 5)),
        ("2024/1/2 3:05 PM", moment_at(2024, 1, 2, 15, 5)),
        ("2024-01-02T23:59:59Z", moment_at(2024, 1, 2, 23, 59, 59)),
        ("2024-01-02T23:59:59+08:00", moment_at(2024, 1, 2, 23, 59, 59)),
        ("14JUN09:17:58:34", moment_at(2009, 6, 14, 17, 58, 34)),
        ("2-Jan-2024", moment_at(2024, 1, 2)),
        ("２０２４－０１－０２", moment_at(2024, 1, 2)),
        ("45292", moment_at(2024, 1, 1)),
        ("45292.5", moment_at(2024, 1, 1, 12)),
        ("13/02/2024", moment_at(2024, 2, 13)),
    ],
)
def test_a_date_is_read_as_written(engine: Engine, text: str, moment: dt.datetime) -> None:
    assert read(engine, CellKind.MOMENT, text) == (moment, None)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("01/02/2024", "ambiguous_date"),
        ("2024-02-30", "bad_date"),
        ("2024-13-01", "bad_date"),
        ("2024-01-02 25:00", "bad_date"),
        ("2024-01-02abc", "bad_date"),
        ("14ANF09", "bad_date"),
        ("2024-01", "bad_date"),
        ("99999999", "bad_date"),
        ("infinity", "bad_date"),
    ],
)
def test_a_date_that_cannot_be_known_is_refused(engine: Engine, text: str, code: str) -> None:
    assert read(engine, CellKind.MOMENT, text) == (None, code)


def test_day_and_month_follow_the_declared_order(engine: Engine) -> None:
    assert read(engine, CellKind.MOMENT, "01/02/2024", Notation(date_order="dmy"))[0] == moment_at(2024, 2, 1)
    assert read(engine, CellKind.MOMENT, "01/02/2024", Notation(date_order="mdy"))[0] == moment_at(2024, 1, 2)
    assert read(engine, CellKind.MOMENT, "13/02/2024", Notation(date_order="mdy")) == (None, "bad_date")


def test_serial_dates_follow_the_workbooks_date_system(engine: Engine) -> None:
    assert read(engine, CellKind.MOMENT, "43830", Notation(date_epoch=1904))[0] == moment_at(2024, 1, 1)


def test_a_month_alone_is_its_first_day_for_plans_only(engine: Engine) -> None:
    assert read(engine, CellKind.DAY, "2026年07月") == (dt.date(2026, 7, 1), None)


@given(st.datetimes(min_value=moment_at(1950, 1, 1), max_value=moment_at(2100, 1, 1)))
def test_every_way_of_writing_a_moment_reads_as_the_same(moment: dt.datetime) -> None:
    moment = moment.replace(microsecond=0)
    half = "上午" if moment.hour < 12 else "下午"
    written = [
        f"{moment:%Y-%m-%d %H:%M:%S}",
        f"{moment:%Y/%m/%d %H:%M:%S}",
        f"{moment:%Y%m%d%H%M%S}",
        f"{moment.year}年{moment.month}月{moment.day}日 {moment.hour}时{moment.minute}分{moment.second}秒",
        f"{moment:%Y-%m-%d} {half}{(moment.hour % 12) or 12}:{moment:%M:%S}",
        f"{moment:%Y-%m-%dT%H:%M:%S}.000",
    ]
    engine = open_engine()
    typed, codes = read_dictionary(engine, pa.array(written), CellKind.MOMENT, Notation())
    engine.close()
    assert (typed.to_pylist(), codes.null_count) == ([moment] * len(written), len(written))


@pytest.mark.parametrize(
    ("text", "phone", "code"),
    [
        ("'13800000001", "13800000001", None),
        ("+86 138-0000-0001", "13800000001", None),
        ("008613800000001", "13800000001", None),
        ("８６１３８００００００１２", "13800000012", None),
        ("１３８０００００００１", "13800000001", None),
        ("138****0000", "138****0000", None),
        ("010-12345678", "01012345678", None),
        ("+44 20 7946 0958", "+442079460958", None),
        ("1.38E+10", None, "digits_lost"),
        ("1380000", "1380000", None),
        ("12", None, "bad_phone"),
    ],
)
def test_a_telephone_number_has_one_form_and_lost_digits_are_never_guessed(
    engine: Engine, text: str, phone: str | None, code: str | None
) -> None:
    assert read(engine, CellKind.PHONE, text) == (phone, code)


@pytest.mark.parametrize(
    ("text", "source_id"), [('="00123"', "00123"), ("'0012", "0012"), ("0001", "0001"), ("Ａ１", "Ａ1")]
)
def test_ids_keep_their_leading_zeros(engine: Engine, text: str, source_id: str) -> None:
    assert read(engine, CellKind.CODE, text) == (source_id, None)


def test_ids_in_scientific_notation_are_refused(engine: Engine) -> None:
    assert read(engine, CellKind.CODE, "1.23457E+15")[1] == "digits_lost"


def test_a_column_of_ids_written_as_floats_loses_its_point_zero_only_as_a_whole(engine: Engine) -> None:
    whole, _ = read_dictionary(engine, pa.array(["12.0", "13.0"]), CellKind.CODE, Notation())
    mixed, _ = read_dictionary(engine, pa.array(["12.0", "A1"]), CellKind.CODE, Notation())
    assert (whole.to_pylist(), mixed.to_pylist()) == (["12", "13"], ["12.0", "A1"])


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("交易成功", "valid"),
        ("待发货", "valid"),
        ("Completed", "valid"),
        ("交易关闭", "cancelled"),
        ("已取消", "cancelled"),
        ("已退款", "refunded"),
        ("退款中", "valid"),
        ("等待买家付款", "unpaid"),
        ("退货", "returned"),
    ],
)
def test_status_words_have_one_meaning(engine: Engine, text: str, status: str) -> None:
    assert read(engine, CellKind.STATUS, text) == (status, None)


def test_a_status_nobody_knows_is_not_taken_for_valid(engine: Engine) -> None:
    assert read(engine, CellKind.STATUS, "B2B") == (None, "unknown_status")


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("returned_goods", "return"),
        ("红字发票", "return"),
        ("Presented", "gift"),
        ("赠品", "gift"),
        ("normal", None),
    ],
)
def test_marks_of_returns_and_gifts_are_whole_words(engine: Engine, text: str, mark: str | None) -> None:
    assert read(engine, CellKind.MARK, text) == (mark, None)
