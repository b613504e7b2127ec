"""Real books: the published counts, the same ledger from every format, and a file of another habit."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from keceng.collect import BATCHES, ORDERS, PURCHASE_DAY
from keceng.lake import open_engine, sql
from keceng.vocabulary import KecengError
from tests.collect.workspaces import Workspace
from tests.real_data import real_file

CHINESE = {
    "InvoiceNo": "订单号",
    "StockCode": "商品编码",
    "Description": "商品名称",
    "Quantity": "数量",
    "InvoiceDate": "下单时间",
    "UnitPrice": "单价",
    "CustomerID": "客户编号",
    "Country": "国家",
}

_DAYS = """
select count(*) as days, sum(orders) as orders, sum(net) as net, sum(gross) as gross, count(distinct customer_key) as customers
from purchase_day
"""


@pytest.fixture(scope="module")
def online_retail(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = Workspace(tmp_path_factory.mktemp("online_retail"))
    workspace.collect(real_file("online_retail_1", "online_retail.parquet"))
    return workspace


def test_online_retail_has_its_published_counts(online_retail: Workspace) -> None:
    (batch,) = online_retail.rows(BATCHES)
    counted = {
        k: batch[k]
        for k in ("read", "added", "updated", "unchanged", "rejected", "anonymous", "duplicate_lines")
    }
    assert counted == {
        "read": 541_909,
        "added": 541_909,
        "updated": 0,
        "unchanged": 0,
        "rejected": 0,
        "anonymous": 135_080,
        "duplicate_lines": 5_268,
    }
    assert len(online_retail.rows(ORDERS)) == 25_900


def test_online_retails_purchase_days_are_those_of_its_usual_clean_filter(online_retail: Workspace) -> None:
    engine = open_engine(online_retail.lake.snapshot(), [PURCHASE_DAY])
    (days,) = engine.fetch(sql(_DAYS)).to_pylist()
    engine.close()
    assert {k: int(v) for k, v in days.items()} == {
        "days": 19_296,
        "orders": 18_532,
        "net": 830_006_581,
        "gross": 891_140_790,
        "customers": 4_372,
    }


@pytest.fixture(scope="module")
def sample() -> pa.Table:
    """Twelve thousand rows of Online Retail, returns and anonymous rows among them."""
    table = pq.read_table(real_file("online_retail_1", "online_retail.parquet"))
    return table.slice(40_000, 12_000)


@pytest.fixture(scope="module")
def sample_ledger(sample: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = Workspace(tmp_path_factory.mktemp("sample"))
    pq.write_table(sample, workspace.root / "sample.parquet")
    workspace.collect(workspace.root / "sample.parquet")
    return workspace


@pytest.mark.parametrize("form", ["utf-8 csv", "gb18030 csv", "utf-16 csv", "xlsx", "shuffled parquet"])
def test_the_same_rows_make_the_same_ledger_in_every_format(
    sample: pa.Table, sample_ledger: Workspace, tmp_path: Path, form: str
) -> None:
    workspace = Workspace(tmp_path / "company")
    path = write_sample(sample, workspace.root, form)
    workspace.collect(path)
    assert workspace.lines() == sample_ledger.lines()
    again = sample_ledger.collect(path)
    assert (again.rows.unchanged, again.rows.added) == (sample.num_rows, 0)


def write_sample(sample: pa.Table, directory: Path, form: str) -> Path:
    if form == "shuffled parquet":
        order = list(range(sample.num_rows))
        random.Random(7).shuffle(order)
        pq.write_table(sample.take(order), directory / "shuffled.parquet")
        return directory / "shuffled.parquet"
    if form == "xlsx":
        return write_sample_workbook(sample, directory / "sample.xlsx")
    renamed = sample if form == "utf-8 csv" else sample.rename_columns(list(CHINESE.values()))
    moments = pc.strftime(renamed.column(4).cast(pa.timestamp("s")), "%Y-%m-%d %H:%M:%S")
    sink = pa.BufferOutputStream()
    pcsv.write_csv(renamed.set_column(4, renamed.column_names[4], moments), sink)
    encoding = form.split(maxsplit=1)[0]
    path = directory / "sample.csv"
    path.write_bytes(sink.getvalue().to_pybytes().decode().encode(encoding))
    return path


def write_sample_workbook(sample: pa.Table, path: Path) -> Path:
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        sheet.write_row(0, 0, list(CHINESE.values()))
        for number, row in enumerate(sample.to_pylist(), start=1):
            for column, cell in enumerate(row.values()):
                if isinstance(cell, dt.datetime):
                    sheet.write_datetime(number, column, cell, moment)
                elif isinstance(cell, str):
                    sheet.write_string(number, column, cell)
                elif cell is not None:
                    sheet.write_number(number, column, cell)
    return path


def test_the_chinese_flow_has_returns_gifts_and_its_published_sum(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "flow")
    report = workspace.collect(real_file("cn_retail_flow", "RFM_TRAD_FLOW.csv"))
    assert (report.rows.read, report.files[0].customers) == (26_662, 1_200)
    assert report.rejects == {"return_with_positive_amount": 19}
    lines = workspace.lines()
    assert sum(line["is_gift"] for line in lines) == 7_989
    marked = [line for line in lines if line["is_return"]]
    assert not any(line["is_valid"] for line in marked)
    assert len(marked) >= 1_070 - 19
    assert (report.files[0].first_on, report.files[0].last_on) == (dt.date(2009, 5, 14), dt.date(2010, 9, 25))


@pytest.mark.slow
def test_cdnow_without_order_ids_is_known_again_and_its_other_format_must_be_declared(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "cdnow")
    master = real_file("cdnow", "CDNOW_master.txt")
    first = workspace.collect(master)
    assert (first.rows.read, first.rows.added, first.rows.duplicate_lines) == (69_659, 69_659, 255)
    assert (first.files[0].customers, first.files[0].total_cents) == (23_570, 250_031_563)
    assert {line["source_id"] for line in workspace.lines()} >= {"00001", "23570"}
    versions = workspace.versions
    assert workspace.collect(master).rows.unchanged == 69_659
    copy = tmp_path / "copy.txt"
    copy.write_bytes(master.read_bytes().rstrip(b"\r\n") + b"\r\n 99999 19980630  1    5.00\r\n")
    with pytest.raises(KecengError) as refused:
        workspace.collect(copy)
    assert refused.value.problems[0].code == "overlap_undeclared"
    assert workspace.versions == versions
    replaced = workspace.collect(copy, overlap="replace")
    assert (replaced.rows.unchanged, replaced.rows.added) == (69_659, 1)


def test_real_receivables_are_read_with_their_american_dates(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "receivables")
    report = workspace.collect(real_file("ibm_accounts_receivable", "WA_Fn-UseC_-Accounts-Receivable.csv"))
    assert (report.rows.added, report.files[0].customers) == (2_466, 100)
