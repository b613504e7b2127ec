"""Bytes to characters: decided on the whole file, and nothing that does not fit is dropped."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keceng.collect.encodings import decode_text
from keceng.vocabulary import KecengError

CHINESE = "客户编号,客户名称,金额\nK1,沂蒙干部学院,1200\nK2,示例公司,￥300\n" * 20
EVERYDAY = "客户编号名称金额日期数量单价渠道省市公司有限责任学院订单退货合计"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_chinese_text_is_read_in_every_usual_encoding(encoding: str) -> None:
    assert decode_text(CHINESE.encode(encoding), "a.csv") == CHINESE


def test_a_chinese_character_beyond_the_first_kilobytes_still_decides() -> None:
    text = "id,name\n" + "1,a\n" * 100_000 + "2,客户\n"
    assert decode_text(text.encode("gb18030"), "a.csv") == text


def test_traditional_chinese_in_big5_is_not_taken_for_gb18030() -> None:
    text = "客戶編號,客戶名稱,訂單金額\nK1,臺灣積體電路製造股份有限公司,1200\n" * 30
    assert decode_text(text.encode("big5"), "a.csv") == text


def test_line_ends_and_invisible_characters_are_normalised() -> None:
    assert decode_text("a,b\r\n1\u200b,\ufeff2\r3,4".encode(), "a.csv") == "a,b\n1,2\n3,4"


def test_bytes_that_fit_nothing_are_named_with_row_and_offset() -> None:
    content = "客户,金额\n甲,1\n乙".encode() + b"\xff\xff,2\n"
    with pytest.raises(KecengError) as error:
        decode_text(content, "a.csv")
    (problem,) = error.value.problems
    assert (problem.code, problem.place.row, problem.value) == ("undecodable", 3, "ff ff 2c 32")
    assert str(content.index(b"\xff")) in problem.message.en


def test_a_file_cut_inside_a_character_is_not_read_as_if_whole() -> None:
    with pytest.raises(KecengError, match="not utf-8 text"):
        decode_text("客户,金额\n甲,1\n客户".encode()[:-1], "a.csv")


@given(
    st.text(alphabet=EVERYDAY + "abc019,;\n", min_size=1, max_size=200), st.sampled_from(["utf-8", "gb18030"])
)
def test_whatever_is_written_below_a_chinese_header_comes_back(text: str, encoding: str) -> None:
    text = "客户编号,金额\n" + text
    assert decode_text(text.encode(encoding), "a.csv") == text
