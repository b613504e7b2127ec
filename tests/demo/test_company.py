"""The company as a set of files: the same every time, whole at every size, and its books agree with each other."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from keceng.demo import AS_OF, DemoFiles, write_company
from keceng.vocabulary import KecengError
from tests.demo.books import Books, cents, customer_of, duplicates, read_books, read_day, read_grid, read_rows

_KEYS = {
    "customers": "客户编码", "products": "商品编码", "invoices": "应收单号", "payments": "回款单号", "contacts": "联系人编号",
    "interactions": "跟进编号", "complaints": "投诉编号", "opportunities": "商机编号", "projects": "项目编号",
    "contracts": "合同编号",
}  # fmt: skip
_SMALL = 400


def _digests(files: DemoFiles) -> dict[str, str]:
    return {entity: hashlib.sha256(path.read_bytes()).hexdigest() for entity, path in files.paths.items()}


def test_the_same_seed_gives_the_same_bytes_whatever_the_process(tmp_path: Path) -> None:
    here = write_company(tmp_path / "here", seed=7, customers=_SMALL)
    script = (
        f"from pathlib import Path; from keceng.demo import write_company; "
        f"write_company(Path({str(tmp_path / 'there')!r}), seed=7, customers={_SMALL})"
    )
    environment = os.environ | {"PYTHONHASHSEED": "12345", "TZ": "Pacific/Kiritimati", "LC_ALL": "C"}
    subprocess.run([sys.executable, "-c", script], check=True, env=environment)
    there = DemoFiles({e: tmp_path / "there" / p.name for e, p in here.paths.items()}, here.truths)
    assert _digests(here) == _digests(there)


def test_another_seed_gives_another_company(tmp_path: Path) -> None:
    one = write_company(tmp_path / "one", seed=1, customers=_SMALL)
    other = write_company(tmp_path / "other", seed=2, customers=_SMALL)
    assert not set(_digests(one).items()) & set(_digests(other).items())
    assert one.truths != other.truths


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_smallest_company_still_plants_its_exact_histories(tmp_path: Path, seed: int) -> None:
    books = read_books(write_company(tmp_path, seed=seed, customers=_SMALL))
    truths, days = books.truths, books.purchase_days()
    assert len(books.rows["customers"]) == _SMALL + 3
    assert days[truths.silent_customer][-1] == AS_OF - timedelta(days=500)
    assert len(days.keys() & books.codes_of("会员")) == truths.members_who_bought
    assert max(found[-1] for found in days.values()) == AS_OF
    players = [
        *truths.need_shift, *truths.late_payers, *truths.loss_making, *truths.influencers, truths.silent_customer,
        truths.returned_customer, truths.rising_dealer, truths.hollow_referrer, truths.self_referrer, truths.self_referred,
    ]  # fmt: skip
    assert not duplicates(players)
    assert days.keys() >= set(players)


@pytest.mark.parametrize("customers", [0, 399, 10**9])
def test_a_size_out_of_range_is_refused_and_nothing_is_written(tmp_path: Path, customers: int) -> None:
    with pytest.raises(KecengError, match="400") as refused:
        write_company(tmp_path / "demo", customers=customers)
    assert refused.value.problems[0].code == "demo_size"
    assert not (tmp_path / "demo").exists()


def test_a_directory_that_is_a_file_is_named_in_the_error(tmp_path: Path) -> None:
    taken = tmp_path / "demo"
    taken.write_text("")
    with pytest.raises(KecengError, match="writable directory"):
        write_company(taken, customers=_SMALL)


def test_the_default_company_has_the_promised_size(books: Books) -> None:
    kinds = Counter(row["客户类型"] for row in books.rows["customers"])
    assert kinds == {
        "会员": 4000,
        "企业客户": 500,
        "经销商": 300,
        "政府": 200,
        "关联方": 1,
        "供应商": 1,
        "散客": 1,
    }
    assert 80_000 <= len(books.rows["order_lines"]) <= 120_000
    products = books.rows["products"]
    assert len(products) == 150
    assert len({row["商品分类"] for row in products}) == 15
    assert len({row["产品线"] for row in products}) == 6
    days = [read_day(row["下单时间"]) for row in books.rows["order_lines"]]
    assert (min(days), max(days)) == (AS_OF.replace(year=2023, month=7, day=1), AS_OF)
    assert all(books.rows.values())


def test_keys_are_unique_and_order_lines_are_numbered(books: Books) -> None:
    for entity, key in _KEYS.items():
        assert not duplicates(row[key] for row in books.rows[entity]), entity
    assert not duplicates(f"{row['订单号']}/{row['行号']}" for row in books.rows["order_lines"])
    assert not duplicates(f"{row['答卷编号']}/{row['题目']}" for row in books.rows["survey_responses"])
    pairs = (
        f"{row['主体客户编号']}/{row['关联客户编码']}/{row['关系类型']}" for row in books.rows["relations"]
    )
    assert not duplicates(pairs)
    names = (row["客户名称"] for row in books.rows["customers"] if row["客户类型"] != "会员")
    assert not duplicates(names)


def test_every_reference_leads_somewhere(books: Books) -> None:
    customers = books.customers.keys()
    for entity, rows in books.rows.items():
        for header in ("客户编码", "上级客户编码", "主体客户编号", "关联客户编码"):
            assert {row[header] for row in rows if row.get(header)} <= customers, (entity, header)
    orders = {row["订单号"] for row in books.rows["order_lines"]}
    assert {row["原订单号"] for row in books.rows["order_lines"]} - {""} <= orders
    assert {row["订单号"] for row in books.rows["complaints"]} <= orders
    contacts = {row["联系人编号"] for row in books.rows["contacts"]}
    assert {row["上级联系人编号"] for row in books.rows["contacts"]} - {""} <= contacts
    assert {row["联系人编号"] for row in books.rows["interactions"]} - {""} <= contacts
    assert {row["应收单号"] for row in books.rows["payments"]} <= {
        row["应收单号"] for row in books.rows["invoices"]
    }
    frameworks = {row["框架合同编号"] for row in books.rows["contracts"]} - {""}
    assert frameworks
    assert frameworks <= {row["合同编号"] for row in books.rows["contracts"]}
    assert {row["商品编码"] for row in books.rows["order_lines"]} <= {
        row["商品编码"] for row in books.rows["products"]
    }


def test_an_order_has_one_customer_one_moment_and_one_status(books: Books) -> None:
    heads = {
        (row["订单号"], customer_of(row), row["下单时间"], row["渠道"], row["订单状态"])
        for row in books.rows["order_lines"]
    }
    assert len(heads) == len({row["订单号"] for row in books.rows["order_lines"]})


def test_each_line_adds_up_and_costs_what_the_article_costs(books: Books) -> None:
    unit_costs = {row["商品编码"]: cents(row["标准成本"]) for row in books.rows["products"]}
    for row in books.rows["order_lines"]:
        gross = int(row["数量"]) * cents(row["单价"])
        assert cents(row["成本金额"]) == int(row["数量"]) * unit_costs[row["商品编码"]]
        if row["订单状态"] in {"已取消", "交易关闭"}:
            assert cents(row["实付金额"]) == 0
        elif row["单据类型"] == "赠品":
            assert gross == cents(row["实付金额"]) == 0
        elif row["单据类型"] == "销售":
            assert cents(row["实付金额"]) == gross - cents(row["优惠金额"]) > 0
        else:
            assert int(row["数量"]) < 0 > cents(row["实付金额"])
            # one piece of several takes its rounded-down share of the discount along
            assert abs(gross - cents(row["优惠金额"]) - cents(row["实付金额"])) <= 1


def test_a_linked_return_stays_within_its_order_and_some_are_not_linked(books: Books) -> None:
    moments, pieces = dict[str, str](), Counter[tuple[str, str]]()
    for row in books.rows["order_lines"]:
        moments[row["订单号"]] = row["下单时间"]
        pieces[row["原订单号"] or row["订单号"], row["商品编码"]] += int(row["数量"])
    returns = [row for row in books.rows["order_lines"] if row["单据类型"] in {"退货", "红字"}]
    linked = [row for row in returns if row["原订单号"]]
    assert len(linked) < len(returns)
    for row in linked:
        assert moments[row["原订单号"]] < row["下单时间"]
        assert pieces[row["原订单号"], row["商品编码"]] >= 0


def test_receivables_and_sales_of_an_organisation_agree_to_the_cent(books: Books) -> None:
    sold = books.net_cents(customer_of)
    invoiced = Counter[str]()
    for row in books.rows["invoices"]:
        invoiced[customer_of(row)] += cents(row["应收金额"])
    organisations = books.codes_of("经销商", "企业客户", "政府")
    assert invoiced.keys() <= organisations
    open_credits = [code for code in organisations if invoiced[code] != sold[code]]
    # goods that came back after the last receivable stand as a credit
    assert all(invoiced[code] > sold[code] for code in open_credits)
    assert len(open_credits) < 0.05 * len(organisations)


def test_no_receivable_is_paid_twice_before_it_is_issued_or_after_the_books_end(books: Books) -> None:
    invoices = {row["应收单号"]: row for row in books.rows["invoices"]}
    received = Counter[str]()
    for row in books.rows["payments"]:
        received[row["应收单号"]] += cents(row["回款金额"])
        assert read_day(invoices[row["应收单号"]]["开票日期"]) <= read_day(row["回款日期"]) <= AS_OF
        assert cents(row["回款金额"]) > 0
    assert all(received[number] <= cents(row["应收金额"]) for number, row in invoices.items())
    partly = sum(count > 1 for count in Counter(row["应收单号"] for row in books.rows["payments"]).values())
    assert partly > 100


def test_the_total_below_the_receivables_is_their_sum(demo_files: DemoFiles) -> None:
    rows = read_grid(demo_files.paths["invoices"])
    assert "应收明细" in rows[0][0]
    assert rows[-1][0] == "合计"
    amounts = read_rows("invoices", demo_files.paths["invoices"])
    assert cents(rows[-1][5]) == sum(cents(row["应收金额"]) for row in amounts)


def test_names_are_obviously_invented_and_phones_of_no_operator(books: Books) -> None:
    for row in books.rows["customers"]:
        if row["客户类型"] == "会员":
            assert row["客户名称"][1] in "示例样"
        elif row["客户类型"] != "散客":
            assert row["客户名称"].startswith("示例")
    phones = [row["手机"] for row in (*books.rows["customers"], *books.rows["contacts"])]
    assert all(phone.startswith("1990000") and len(phone) == 11 and phone.isdigit() for phone in phones)
    assert len(duplicates(phones)) == 1


def test_nothing_in_the_company_happens_after_its_last_day_but_what_is_due_or_planned(books: Books) -> None:
    happened = {
        "order_lines": ("下单时间",), "interactions": ("跟进时间",), "survey_responses": ("填写日期",),
        "complaints": ("投诉时间", "首次答复时间", "解决时间", "回访确认日期"), "relations": ("建立日期",),
        "opportunities": ("创建日期", "关闭日期"), "projects": ("意向公开日期", "招标日期", "中标日期", "验收日期"),
        "contracts": ("签订日期", "实际交付日期"), "consents": ("同意时间", "退订时间"), "customers": ("建档日期",),
        "contacts": ("离职日期",),
    }  # fmt: skip
    for entity, headers in happened.items():
        for header in headers:
            days = [read_day(row[header]) for row in books.rows[entity] if row[header]]
            assert days, (entity, header)
            assert max(days) <= AS_OF, (entity, header)


def test_groups_have_a_head_of_their_own_and_three_or_more_members(books: Books) -> None:
    parents = Counter(row["上级客户编码"] for row in books.rows["customers"] if row["上级客户编码"])
    assert len(parents) >= 10
    assert min(parents.values()) >= 3
    for code in parents:
        assert books.customers[code]["客户名称"].endswith("集团有限公司")
        assert not books.customers[code]["上级客户编码"]


def test_stages_levels_and_answers_use_their_whole_range(books: Books) -> None:
    assert {row["商机阶段"] for row in books.rows["opportunities"]} == {"早期", "前期", "中期", "后期"}
    government = [row for row in books.rows["customers"] if row["客户类型"] == "政府"]
    assert len({row["所属系统"] for row in government}) == 8
    assert len({row["行政层级"] for row in government}) == 4
    assert {row["项目阶段"] for row in books.rows["projects"]} == {
        "采购意向",
        "招标中",
        "未中标",
        "已中标",
        "已验收",
    }
    answers = [(row["问卷类型"], int(row["评分"])) for row in books.rows["survey_responses"]]
    assert {answer for kind, answer in answers if kind == "CSAT"} == {1, 2, 3, 4, 5}
    assert all(0 <= answer <= 10 for _, answer in answers)
    assert {row["采购角色"] for row in books.rows["contacts"]} >= {"决策者", "使用者"}
