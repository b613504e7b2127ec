"""What a file is by its content, and each unusable one named."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import zipfile
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from keceng.collect.files import Limits, read_source
from keceng.vocabulary import KecengError
from tests.collect.made_files import write_bytes, write_csv, write_workbook

SALES = "客户编号,下单时间,金额\nK1,2024-01-02,10.5\nK2,2024-01-03,20\n"


def codes_of(error: pytest.ExceptionInfo[KecengError]) -> list[str]:
    return [problem.code for problem in error.value.problems]


def archive(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return buffer.getvalue()


def test_a_table_knows_its_file_digest_rows_and_headers(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "销售.csv", SALES)
    (table,) = read_source(path)
    assert (table.file, table.sheet) == ("销售.csv", None)
    assert table.digest == hashlib.sha256(path.read_bytes()).hexdigest()
    assert table.headers == ("客户编号", "下单时间", "金额")
    assert table.data.column_names == [*table.headers, "row_no"]
    assert table.data["row_no"].to_pylist() == [2, 3]
    assert table.data["金额"].to_pylist() == ["10.5", "20"]
    assert table.data.schema.field("row_no").type == pa.int64()


@pytest.mark.parametrize("name", ["sales.xlsx", "sales.xls", "sales.parquet", "sales"])
def test_a_text_table_is_read_whatever_its_name_says(tmp_path: Path, name: str) -> None:
    (table,) = read_source(write_csv(tmp_path / name, SALES))
    assert table.data.num_rows == 2


def test_a_workbook_called_csv_is_read_as_a_workbook(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", {"S": [["客户编号", "金额"], ["K1", 3]]}).rename(
        tmp_path / "a.csv"
    )
    (table,) = read_source(path)
    assert table.sheet == "S"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("empty.csv", b"", "empty_file"),
        ("blank.csv", b" \r\n\r\n", "empty_file"),
        ("page.xls", b"<html><table><tr><td>1</td></tr></table></html>", "mislabelled_file"),
        ("page.xlsx", b"\xef\xbb\xbf\n <?xml version='1.0'?><Workbook/>", "mislabelled_file"),
        ("report.xlsx", b"%PDF-1.7 ...", "mislabelled_file"),
        ("packed.csv", b"\x1f\x8b\x08\x00aaaa", "mislabelled_file"),
        ("photo.csv", b"\x89PNG\r\n\x1a\n", "mislabelled_file"),
        ("other.xlsx", archive(**{"orders.csv": b"a,b\n1,2\n"}), "mislabelled_file"),
        ("book.ods", archive(content_xml=b"<x/>"), "mislabelled_file"),
        ("broken.xlsx", archive(xl__workbook_xml=b"<workbook>", other=b"x"), "unreadable_workbook"),
        ("cut.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "unreadable_workbook"),
        ("cut.parquet", b"PAR1 and then nothing", "unreadable_parquet"),
        ("binary.csv", b"a,b\n1,\x01\x02\n", "not_text"),
        ("head.csv", "客户编号,金额\n".encode(), "no_rows"),
        ("numbers.csv", b"1,2,3\n4,5,6\n", "no_header"),
        ("mixed.csv", "客户编号,金额\n".encode() + b"K1,\xff\xff\xff\xff\n", "undecodable"),
    ],
)  # fmt: skip
def test_an_unusable_file_is_refused_with_its_reason_and_a_remedy(
    tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    with pytest.raises(KecengError) as error:
        read_source(write_bytes(tmp_path / name, content))
    assert codes_of(error) == [code]
    (problem,) = error.value.problems
    assert problem.place.file == name
    assert problem.remedy is not None
    assert problem.message.zh != problem.message.en


def test_a_workbook_cut_off_in_the_middle_is_named_as_such(tmp_path: Path) -> None:
    whole = write_workbook(tmp_path / "a.xlsx", {"S": [["客户编号", "金额"], ["K1", 3]]}).read_bytes()
    with pytest.raises(KecengError) as error:
        read_source(write_bytes(tmp_path / "half.xlsx", whole[: len(whole) // 2]))
    assert codes_of(error) == ["truncated_file"]


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(KecengError) as missing:
        read_source(tmp_path / "no.csv")
    with pytest.raises(KecengError) as folder:
        read_source(tmp_path)
    assert codes_of(missing) + codes_of(folder) == ["no_such_file", "is_a_folder"]


def test_files_beyond_the_limits_are_refused_before_they_are_unpacked(tmp_path: Path) -> None:
    text = write_csv(tmp_path / "a.csv", SALES)
    bomb = write_bytes(tmp_path / "b.xlsx", archive(xl__workbook_xml=b"<a/>", sheet=b"0" * 9_000_000))
    for path, limits in (
        (text, Limits(file_bytes=10)),
        (bomb, Limits(unpacked_bytes=1_000_000)),
        (bomb, Limits(unpack_ratio=100)),
        (text, Limits(columns=2)),
    ):
        with pytest.raises(KecengError) as error:
            read_source(path, limits=limits)
        assert codes_of(error) == ["too_large"]


def test_parquet_numbers_dates_and_decimals_are_written_exactly(tmp_path: Path) -> None:
    table = pa.table(
        {
            "CustomerID": pa.array([12346.0, None, 9007199254740993.0]),
            "big": pa.array([2**63 - 1, -1, None]),
            "price": pa.array([2.55, 0.1 + 0.2, float("nan")]),
            "paid": pa.array([Decimal("1.20"), None, Decimal("-3.00")], pa.decimal128(10, 2)),
            "at": pa.array(
                [
                    dt.datetime.fromisoformat("2024-01-02 03:04:05.999"),
                    None,
                    dt.datetime.fromisoformat("1899-01-01"),
                ]
            ),
            "on": pa.array([dt.date(2024, 1, 2), None, None]),
            "flag": pa.array([True, False, None]),
            "word": pa.array(["a", "b", "a"]).dictionary_encode(),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    (seen,) = read_source(tmp_path / "a.parquet")
    assert seen.data.drop(["row_no"]).to_pylist() == [
        {"CustomerID": "12346", "big": "9223372036854775807", "price": "2.55", "paid": "1.20",
         "at": "2024-01-02 03:04:05", "on": "2024-01-02", "flag": "TRUE", "word": "a"},
        {"CustomerID": None, "big": "-1", "price": "0.30000000000000004", "paid": None,
         "at": None, "on": None, "flag": "FALSE", "word": "b"},
        {"CustomerID": "9.007199254740992E+15", "big": None, "price": None, "paid": "-3.00",
         "at": "1899-01-01 00:00:00", "on": None, "flag": None, "word": "a"},
    ]  # fmt: skip


def test_parquet_is_for_the_shell_and_holds_single_values_only(tmp_path: Path) -> None:
    pq.write_table(pa.table({"customer_id": ["1"], "tags": [[1, 2]]}), tmp_path / "a.parquet")
    with pytest.raises(KecengError) as nested:
        read_source(tmp_path / "a.parquet")
    with pytest.raises(KecengError) as web:
        read_source(tmp_path / "a.parquet", from_shell=False)
    assert codes_of(nested) + codes_of(web) == ["nested_column", "parquet_from_shell_only"]
    assert nested.value.problems[0].place.column == "tags"


def test_a_sheet_whose_cells_stand_far_apart_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    cell = b'<c r="%s" t="inlineStr"><is><t>x</t></is></c>'
    sheet = (
        b"<worksheet><sheetData><row>"
        + cell % b"A1"
        + cell % b"XFD1048576"
        + b"</row></sheetData></worksheet>"
    )
    with zipfile.ZipFile(tmp_path / "far.xlsx", "w") as book:
        book.writestr("xl/workbook.xml", "<workbook/>")
        book.writestr("xl/worksheets/sheet1.xml", sheet)
    with pytest.raises(KecengError) as refused:
        read_source(tmp_path / "far.xlsx")
    assert [(p.code, p.value) for p in refused.value.problems] == [("far_cell", "XFD1048576")]


def test_a_line_of_far_too_many_fields_is_refused_before_it_is_cut(tmp_path: Path) -> None:
    path = write_bytes(tmp_path / "wide.csv", b",".join(b"c%d" % n for n in range(20_000)) + b"\n1\n")
    with pytest.raises(KecengError) as refused:
        read_source(path)
    assert [p.code for p in refused.value.problems] == ["too_large"]
    text = b'a,b\n1,"' + b"," * 20_000 + b'"\n'
    assert read_source(write_bytes(tmp_path / "text.csv", text))[0].row_count == 1
