"""Headers and cells together say what a column is; what was said by a person wins; what is missing is named."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pyarrow as pa
import pytest

from keceng.collect.aliases import normalize_header, read_unit_scale
from keceng.collect.declared import read_declared
from keceng.collect.grain import fill_down
from keceng.collect.mapping import remember, suggest_mapping
from keceng.collect.source import SourceMapping, SourceTable
from keceng.vocabulary import KecengError, Kind


def table_of(headers: Sequence[str], *rows: Sequence[str | None], titles: Sequence[str] = ()) -> SourceTable:
    """A source table as reading gives it."""
    columns = {h: pa.array([row[i] for row in rows], pa.string()) for i, h in enumerate(headers)}
    numbers = pa.array(range(2, len(rows) + 2), pa.int64())
    return SourceTable(
        "a.csv",
        None,
        tuple(headers),
        pa.table({**columns, "row_no": numbers}),
        "0" * 64,
        title_lines=tuple(titles),
    )


def fed(mapping: SourceMapping) -> dict[str, str]:
    return {c.field: c.header for c in mapping.columns if c.field}


SALES = table_of(
    ["客户编号", "下单时间", "金额", "备用"],
    ["K1", "2024-01-02", "5", "1"],
    ["K2", "2024-01-03", "6", "2"],
)


@pytest.mark.parametrize(
    ("header", "compared"),
    [
        ("＊客户编号", "客户编号"), ("客戶編號(必填)", "客户编号"), ("实付金额（元）", "实付金额"), ("Customer_ID", "customerid"),
        ("Unit Price", "unitprice"), ("区/县", "区县"), ("订单 编号：", "订单编号"), ("訂單創建時間", "订单創建时间"),
    ],
)  # fmt: skip
def test_headers_are_compared_without_width_script_units_and_separators(header: str, compared: str) -> None:
    assert normalize_header(header) == compared


@pytest.mark.parametrize(
    ("header", "scale"),
    [
        ("金额(万元)", 10_000), ("金额（万）", 10_000), ("合同额/万元", 10_000), ("销售额 单位:千元", 1_000), ("单价(元)", 1),
        ("预算[亿元]", 100_000_000), ("金额", None), ("客户编号(必填)", None), ("元", None),
    ],
)  # fmt: skip
def test_the_unit_in_a_header_is_read(header: str, scale: int | None) -> None:
    assert read_unit_scale(header) == scale


@pytest.mark.parametrize(
    ("header", "measure", "kind", "ends_on"),
    [
        ("23年合同额", "contract_amount_2023", Kind.MONEY, dt.date(2023, 12, 31)),
        ("2024年", "sales_amount_2024", Kind.MONEY, dt.date(2024, 12, 31)),
        ("2024", "sales_amount_2024", Kind.MONEY, dt.date(2024, 12, 31)),
        ("2024年2月销售额(万元)", "sales_amount_2024_02", Kind.MONEY, dt.date(2024, 2, 29)),
        ("2024年第二季度回款", "received_amount_2024_q2", Kind.MONEY, dt.date(2024, 6, 30)),
        ("26预计", "planned_amount_2026", Kind.MONEY, dt.date(2026, 12, 31)),
        ("1月", "sales_amount_month_01", Kind.MONEY, None),
        ("累计消费金额", "lifetime_spend", Kind.MONEY, None),
        ("订单数", "lifetime_order_count", Kind.COUNT, None),
        ("最近购买日期", "last_purchase_on", Kind.DATE, None),
    ],
)
def test_a_customer_grain_header_states_a_measure(
    header: str, measure: str, kind: Kind, ends_on: dt.date | None
) -> None:
    declared = read_declared(header)
    assert declared is not None
    assert (declared.measure, declared.kind, declared.ends_on) == (measure, kind, ends_on)


@pytest.mark.parametrize("header", ["客户编号", "23号楼", "2024年计划外说明", "备注", "13月", "数量"])
def test_other_headers_state_none(header: str) -> None:
    assert read_declared(header) is None


def test_a_number_column_called_a_date_is_not_taken_for_one() -> None:
    table = table_of(["客户编号", "订单日期", "下单时间", "金额"], ["K1", "甲", "2024-01-02", "5"])
    assert fed(suggest_mapping(table))["ordered_at"] == "下单时间"


def test_an_unsure_header_needs_cells_that_agree() -> None:
    names = table_of(["客户", "日期", "金额"], ["甲公司", "2024-01-02", "5"])
    codes = table_of(["customer", "date", "amount"], ["17850", "2024-01-02", "5"])
    assert fed(suggest_mapping(names)) == {"customer_name": "客户", "ordered_at": "日期", "amount": "金额"}
    assert fed(suggest_mapping(codes))["customer_id"] == "customer"


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        (("经销商", "终端客户", "经销商"), "role"),
        (("企业", "个人", "企业"), "kind"),
        (("A类", "B类", "重点客户"), "class_legacy"),
        (("华东", "华南", "山东省"), "region"),
    ],
)
@pytest.mark.parametrize("header", ["客户类型", "客户分类"])
def test_a_column_of_customer_types_is_decided_by_its_cells(
    header: str, cells: tuple[str, ...], field: str
) -> None:
    rows = [[f"K{n}", f"甲{n}公司", cell, "13900000000"] for n, cell in enumerate(cells)]
    mapping = suggest_mapping(table_of(["客户编号", "客户名称", header, "手机"], *rows))
    assert (mapping.entity, fed(mapping)[field]) == ("customers", header)


def test_what_the_user_says_wins_and_one_column_may_feed_two_fields() -> None:
    mapping = suggest_mapping(SALES, overrides={"amount": "备用", "quantity": "备用"})
    assert [(c.header, c.field, c.confidence) for c in mapping.columns if c.header == "备用"] == [
        ("备用", "amount", 1.0),
        ("备用", "quantity", 1.0),
    ]
    assert next(c for c in mapping.columns if c.header == "金额").field != "amount"


def test_a_field_can_be_switched_off_and_an_entity_named() -> None:
    table = table_of(["客户编号", "客户名称", "省份"], ["K1", "甲", "山东"])
    assert "province" not in fed(suggest_mapping(table, overrides={"province": ""}))
    assert suggest_mapping(SALES, overrides={"entity": "order_lines"}).entity == "order_lines"


def test_every_unknown_field_and_column_is_named_at_once_with_what_there_is() -> None:
    with pytest.raises(KecengError) as error:
        suggest_mapping(SALES, overrides={"amont": "金额", "amount": "钱", "entity": "orderz"})
    assert {p.code for p in error.value.problems} == {"unknown_field", "unknown_column", "unknown_entity"}
    column = next(p for p in error.value.problems if p.code == "unknown_column")
    assert column.remedy is not None
    assert "客户编号, 下单时间, 金额, 备用" in column.remedy.zh


def test_missing_fields_are_named_with_the_columns_there_are_and_the_remedy() -> None:
    with pytest.raises(KecengError) as error:
        suggest_mapping(table_of(["客户编号", "商品名称"], ["K1", "甲"], ["K1", "乙"], ["K1", "丙"]))
    assert [p.code for p in error.value.problems] == ["missing_field", "missing_field"]
    first = error.value.problems[0]
    assert first.place.file == "a.csv"
    assert "ordered_at" in first.message.en
    assert first.remedy is not None
    assert "--map ordered_at=" in first.remedy.en
    assert "客户编号, 商品名称" in first.remedy.en


def test_a_remembered_mapping_is_taken_again_and_a_lost_column_decided_anew() -> None:
    first = suggest_mapping(SALES, overrides={"amount": "备用"})
    assert fed(suggest_mapping(SALES, remembered=remember(first)))["amount"] == "备用"
    without = table_of(["客户编号", "下单时间", "金额"], ["K1", "2024-01-02", "5"])
    assert fed(suggest_mapping(without, remembered=remember(first)))["amount"] == "金额"


def test_a_unit_above_the_table_or_in_a_header_scales_money_only() -> None:
    rows = ["甲局", "12.5", "3"], ["乙局", "2", "4"]
    titled = suggest_mapping(table_of(["单位", "2024年合同额", "2024年订单数"], *rows, titles=["单位：万元"]))
    assert [(c.declared.measure, c.unit_scale) for c in titled.declared_columns if c.declared] == [
        ("contract_amount_2024", 10_000),
        ("order_count_2024", 1),
    ]
    headed = suggest_mapping(table_of(["单位", "2024年合同额(元)"], ["甲局", "5"], titles=["单位：万元"]))
    assert headed.declared_columns[0].unit_scale == 1


def test_a_customer_grain_file_is_told_from_sales() -> None:
    rows = [[f"K{n}", f"甲{n}局", "1", "2", "2024-05-01"] for n in range(10)]
    headers = ["客户编号", "客户名称", "2023年", "2024年", "最近购买日期"]
    mapping = suggest_mapping(table_of(headers, *rows))
    assert (mapping.entity, mapping.grain, len(mapping.declared_columns)) == (
        "customer_summary",
        "customer",
        3,
    )


@pytest.mark.parametrize(
    ("cells", "order", "is_open"),
    [
        (("01/02/2024", "13/02/2024"), "dmy", False),
        (("01/02/2024", "01/13/2024"), "mdy", False),
        (("01/02/2024", "03/04/2024"), None, True),
        (("13/02/2024", "02/13/2024"), None, True),
        (("2024/1/2", "2024-01-03"), None, False),
    ],
)
def test_a_date_order_is_proven_by_the_column_or_stays_open(
    cells: tuple[str, ...], order: str | None, is_open: bool
) -> None:
    table = table_of(["客户编号", "下单时间", "金额"], *[["K1", cell, "5"] for cell in cells])
    column = suggest_mapping(table).column("ordered_at")
    assert column is not None
    assert (column.date_order, column.is_date_order_open) == (order, is_open)


def test_a_declared_date_order_holds_where_nothing_proves_another() -> None:
    table = table_of(["客户编号", "下单时间", "金额"], ["K1", "01/02/2024", "5"])
    column = suggest_mapping(table, date_order="dmy").column("ordered_at")
    assert column is not None
    assert (column.date_order, column.is_date_order_open) == ("dmy", False)


LINES = ["订单号", "客户编号", "下单时间", "商品编码", "数量", "单价", "实付金额"]


def test_an_order_total_that_equals_its_lines_gives_way_to_them() -> None:
    table = table_of(
        LINES,
        ["D1", "K1", "2024-01-02", "P1", "2", "5", "13"],
        ["D1", "K1", "2024-01-02", "P2", "1", "3", "13"],
        ["D2", "K2", "2024-01-03", "P1", "1", "5", "5"],
    )
    mapping = suggest_mapping(table)
    assert mapping.column("amount") is None
    assert fed(mapping)["order_amount"] == "实付金额"
    assert mapping.counted_once == ()
    assert mapping.notes


def test_an_order_total_that_differs_from_its_lines_counts_once_per_order() -> None:
    table = table_of(
        LINES,
        ["D1", "K1", "2024-01-02", "P1", "2", "5", "12"],
        ["D1", "K1", "2024-01-02", "P2", "1", "3", "12"],
        ["D2", "K2", "2024-01-03", "P1", "1", "5", "5"],
    )
    mapping = suggest_mapping(table)
    assert (fed(mapping)["amount"], mapping.counted_once) == ("实付金额", ("amount",))


def test_amounts_that_differ_within_an_order_are_lines() -> None:
    table = table_of(
        LINES,
        ["D1", "K1", "2024-01-02", "P1", "2", "5", "10"],
        ["D1", "K1", "2024-01-02", "P2", "1", "3", "3"],
        ["D2", "K2", "2024-01-03", "P1", "1", "5", "5"],
    )
    mapping = suggest_mapping(table)
    assert (mapping.counted_once, fed(mapping)["amount"], mapping.grain) == ((), "实付金额", "line")


def test_a_file_without_goods_and_repeated_numbers_has_one_row_per_order() -> None:
    headers = ["订单号", "客户编号", "下单时间", "订单金额"]
    table = table_of(headers, ["D1", "K1", "2024-01-02", "5"], ["D2", "K1", "2024-01-02", "5"])
    mapping = suggest_mapping(table)
    assert (mapping.grain, fed(mapping)["amount"]) == ("order", "订单金额")


def test_a_document_head_on_its_first_line_holds_for_its_other_lines_and_is_said() -> None:
    table = table_of(
        ["单据号", "单据日期", "客户名称", "物料名称", "数量", "金额", "备注"],
        ["D1", "2024-01-02", "甲公司", "a", "1", "5", "急"],
        [None, None, None, "b", "1", "6", None],
        ["D2", "2024-01-03", None, "c", "1", "7", None],
        [None, None, None, "d", "1", "8", None],
    )
    mapping = suggest_mapping(table)
    assert mapping.filled_down == ("单据号", "单据日期", "客户名称")
    assert mapping.notes
    filled = fill_down(table.data, mapping.filled_down)
    assert filled["单据号"].to_pylist() == ["D1", "D1", "D2", "D2"]
    assert filled["客户名称"].to_pylist() == ["甲公司", "甲公司", None, None]
    assert filled["备注"].to_pylist() == ["急", None, None, None]


@pytest.mark.parametrize(
    "rows",
    [
        ([None, "2024-01-02", "甲", "5"], ["D2", "2024-01-03", "乙", "6"]),
        (["D1", "2024-01-02", "甲", "5"], [None, "2024-01-03", None, "6"]),
        (["D1", "2024-01-02", "甲", "5"], ["D2", "2024-01-03", None, "6"]),
        (["D1", "2024-01-02", "甲", "5"], [None, None, None, None]),
    ],
)
def test_gaps_that_are_no_document_heads_stay_gaps(rows: tuple[list[str | None], ...]) -> None:
    table = table_of(["单据号", "单据日期", "客户名称", "金额"], *rows)
    assert suggest_mapping(table).filled_down == ()


def test_a_return_marked_on_the_head_of_a_document_is_a_return_on_every_line() -> None:
    table = table_of(
        ["单据号", "单据日期", "客户名称", "物料名称", "金额", "单据类型"],
        ["D1", "2024-01-02", "甲公司", "a", "5", "销售退货"],
        [None, None, None, "b", "6", None],
    )
    mapping = suggest_mapping(table)
    assert fill_down(table.data, mapping.filled_down)["单据类型"].to_pylist() == ["销售退货", "销售退货"]


def test_words_for_returns_and_gifts_in_a_type_column_mark_both() -> None:
    rows = [
        ["D1", "K1", "2024-01-02", "5", "销售"],
        ["D2", "K1", "2024-01-02", "-5", "红字退货"],
        ["D3", "K1", "2024-01-03", "0", "赠品"],
    ]
    mapping = suggest_mapping(table_of(["订单号", "客户编号", "下单时间", "金额", "单据类型"], *rows))
    assert {c.field for c in mapping.columns if c.header == "单据类型"} == {"return_mark", "is_gift_mark"}


def test_a_discount_written_as_a_share_is_not_money() -> None:
    rows = [["1", "K1", "2024-01-02", "50", "0.2"], ["2", "K1", "2024-01-02", "60", "0"]]
    mapping = suggest_mapping(table_of(["Order ID", "Customer ID", "Order Date", "Sales", "Discount"], *rows))
    assert mapping.column("discount") is None
