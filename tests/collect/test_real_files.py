"""The real files of others: read whole, and each column known for what it is."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq
import pytest

from keceng.collect.files import read_source
from keceng.collect.mapping import suggest_mapping
from keceng.collect.questions import ask
from keceng.collect.source import SourceTable
from keceng.vocabulary import KecengError
from tests.collect.test_mapping import fed
from tests.real_data import real_file


def read_one(path: Path) -> SourceTable:
    (table,) = read_source(path)
    assert table.broken_rows == ()
    return table


def test_online_retail_is_read_whole_and_mapped_without_a_word(tmp_path: Path) -> None:
    source = real_file("online_retail_1", "online_retail.parquet")
    table = read_one(source)
    mapping = suggest_mapping(table)
    assert table.data.num_rows == 541_909
    assert table.data["CustomerID"].null_count == 135_080
    assert fed(mapping) == {
        "order_id": "InvoiceNo", "product_id": "StockCode", "product_name": "Description", "quantity": "Quantity",
        "ordered_at": "InvoiceDate", "unit_price": "UnitPrice", "customer_id": "CustomerID", "region": "Country",
    }  # fmt: skip
    assert (mapping.entity, mapping.grain, mapping.filled_down, mapping.counted_once) == (
        "order_lines",
        "line",
        (),
        (),
    )
    assert ask([table], [mapping]) == ()


@pytest.mark.slow
def test_online_retail_as_csv_and_as_gb18030_with_chinese_headers_is_the_same(tmp_path: Path) -> None:
    source = real_file("online_retail_1", "online_retail.parquet")
    arrow_csv.write_csv(pq.read_table(source), tmp_path / "a.csv")
    body = (tmp_path / "a.csv").read_text("utf-8").split("\n", 1)[1]
    chinese = "订单号,商品编码,商品名称,数量,下单时间,单价,客户编号,国家\n" + body
    (tmp_path / "b.csv").write_bytes(chinese.encode("gb18030"))
    first, second = read_one(tmp_path / "a.csv"), read_one(tmp_path / "b.csv")
    assert suggest_mapping(first).fields == suggest_mapping(second).fields
    assert first.data.rename_columns(second.data.column_names).equals(second.data)
    from_parquet = read_one(source)
    same = [h for h in first.headers if h != "InvoiceDate"]
    assert first.data.select(same).equals(from_parquet.data.select(same))


def test_the_cdnow_text_keeps_its_leading_zeros() -> None:
    table = read_one(real_file("cdnow", "CDNOW_master.txt"))
    mapping = suggest_mapping(table)
    assert table.data.num_rows == 69_659
    assert table.data["customer_id"][0].as_py() == "00001"
    assert fed(mapping) == {
        "customer_id": "customer_id", "ordered_at": "date", "quantity": "number_of_cds", "amount": "dollar_value",
    }  # fmt: skip
    assert mapping.entity == "order_lines"


def test_the_chinese_flow_with_sas_dates_marks_returns_and_gifts() -> None:
    table = read_one(real_file("cn_retail_flow", "RFM_TRAD_FLOW.csv"))
    mapping = suggest_mapping(table)
    assert (table.headers[0], table.data.num_rows, mapping.entity) == ("column_1", 26_662, "order_lines")
    assert {
        "order_id": "transID",
        "customer_id": "cumid",
        "ordered_at": "time",
        "amount": "amount",
    }.items() <= fed(mapping).items()
    assert {"return_mark", "is_gift_mark"} <= set(fed(mapping))


def test_the_chinese_flow_as_a_workbook_pays_by_its_payment_date() -> None:
    mapping = suggest_mapping(read_one(real_file("cn_retail_flow", "RFM.xlsx")))
    assert {"customer_id": "user_id", "paid_at": "payment_date", "amount": "sales_amount"}.items() <= fed(
        mapping
    ).items()


def test_the_procurement_intentions_are_projects_whose_unit_is_asked() -> None:
    table = read_one(real_file("cn_gov_procurement", "shandong_intention_data.xlsx"))
    mapping = suggest_mapping(table)
    assert (table.data.num_rows, mapping.entity) == (79, "projects")
    assert {
        "customer_name": "客户名称",
        "project_name": "项目名称",
        "budget": "金额",
        "tender_on": "预计时间",
        "city": "地市",
    }.items() <= fed(mapping).items()
    (question,) = [q for q in ask([table], [mapping]) if q.id == "money_unit"]
    assert question.default == "wan"


def test_the_receivables_prove_their_date_order() -> None:
    mapping = suggest_mapping(
        read_one(real_file("ibm_accounts_receivable", "WA_Fn-UseC_-Accounts-Receivable.csv"))
    )
    assert (mapping.entity, fed(mapping)["settled_on"]) == ("invoices", "SettledDate")
    orders = {c.date_order for c in mapping.columns if c.field in {"issued_on", "due_on", "settled_on"}}
    assert orders == {"mdy"}


def test_the_crm_files_are_told_apart(tmp_path: Path) -> None:
    with zipfile.ZipFile(real_file("maven_crm", "CRM+Sales+Opportunities.zip")) as archive:
        archive.extractall(tmp_path)
    folder = tmp_path / "CRM+Sales+Opportunities"
    found = {
        n: suggest_mapping(read_one(folder / n))
        for n in ("accounts.csv", "products.csv", "sales_pipeline.csv")
    }
    assert {n: m.entity for n, m in found.items()} == {
        "accounts.csv": "customers",
        "products.csv": "products",
        "sales_pipeline.csv": "opportunities",
    }
    assert fed(found["accounts.csv"])["region"] == "office_location"
    assert fed(found["sales_pipeline.csv"])["stage"] == "deal_stage"


@pytest.mark.parametrize(
    ("parts", "missing"),
    [
        (("cn_encoding_samples", "订单表_gbk.csv"), "ordered_at"),
        (("hillstrom", "hillstrom.parquet"), "customer_id"),
        (("cdnow", "cdnow_customers_summary_with_transactions.csv"), "ordered_at"),
        (("cdnow", "cdnow_sample.parquet"), "customer_id"),
        (("social_graphs", "karate_nodes.parquet"), "customer_id"),
    ],
)
def test_files_that_lack_a_needed_column_say_which(parts: tuple[str, ...], missing: str) -> None:
    table = read_one(real_file(*parts))
    with pytest.raises(KecengError) as error:
        suggest_mapping(table)
    assert {p.code for p in error.value.problems} == {"missing_field"}
    assert any(missing in p.message.en for p in error.value.problems)


def test_the_gbk_order_list_is_read_in_its_own_encoding() -> None:
    table = read_one(real_file("cn_encoding_samples", "订单表_gbk.csv"))
    assert table.headers == ("客户ID", "产品名称")
    assert table.data.num_rows == 60_398
    assert len(table.data["客户ID"].unique()) == 18_484
    assert len(table.data["产品名称"].unique()) == 17


def test_a_semicolon_file_inside_an_archive_is_read_once_unpacked(tmp_path: Path) -> None:
    path = real_file("bank_marketing", "bank-additional.zip")
    with pytest.raises(KecengError, match="unpack"):
        read_source(path)
    with zipfile.ZipFile(path) as archive:
        archive.extract("bank-additional/bank-additional-full.csv", tmp_path)
    table = read_one(tmp_path / "bank-additional" / "bank-additional-full.csv")
    assert (table.data.num_rows, len(table.headers)) == (41_188, 21)
    assert table.data.schema.field("age").type == pa.string()
