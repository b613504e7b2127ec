"""At most five questions, each with what was seen; a default is taken only where it is no guess, and said."""

from __future__ import annotations

import pytest

from keceng.collect.answers import apply_answers, settle
from keceng.collect.mapping import suggest_mapping
from keceng.collect.parties import find_groups, find_parties
from keceng.collect.questions import MOST_QUESTIONS, ask
from keceng.collect.source import Question, SourceTable
from keceng.vocabulary import KecengError
from tests.collect.test_mapping import SALES, fed, table_of


def questions_of(*tables: SourceTable) -> dict[str, Question]:
    return {q.id: q for q in ask(tables, [suggest_mapping(t) for t in tables])}


OPEN_DATES = table_of(["客户编号", "下单时间", "金额"], ["K1", "01/02/2024", "5"])
TWO_DATES = table_of(["客户编号", "下单时间", "付款时间", "金额"], ["K1", "2024-01-02", "2024-01-05", "5"])
SUMS = table_of(
    ["单位", "23年合同额", "24年合同额"], ["甲市教育局", "12.5", "30"], ["乙市人民医院", "8", "0"]
)


def test_clear_sales_raise_no_question() -> None:
    assert questions_of(SALES) == {}


def test_an_open_date_order_has_no_default_and_names_the_option() -> None:
    questions = ask([OPEN_DATES], [suggest_mapping(OPEN_DATES)])
    assert [(q.id, q.default) for q in questions] == [("date_order", None)]
    with pytest.raises(KecengError) as error:
        settle(questions, {}, takes_defaults=True)
    (problem,) = error.value.problems
    assert problem.remedy is not None
    assert "--date-order dmy|mdy" in problem.remedy.en
    assert "01/02/2024" in problem.message.en
    settled = settle(questions, {"date_order": "mdy"}, takes_defaults=True)
    column = apply_answers(OPEN_DATES, suggest_mapping(OPEN_DATES), settled.answers).column("ordered_at")
    assert column is not None
    assert (column.date_order, column.is_date_order_open, settled.assumed) == ("mdy", False, ())


def test_two_dates_are_asked_about_and_payment_can_count() -> None:
    mapping = suggest_mapping(TWO_DATES)
    settled = settle(ask([TWO_DATES], [mapping]), {}, takes_defaults=True)
    assert settled.answers == {"which_date": "ordered_at"}
    assert len(settled.assumed) == 1
    assert "下单" in settled.assumed[0].zh
    paid = apply_answers(TWO_DATES, mapping, {"which_date": "paid_at"})
    assert fed(paid)["ordered_at"] == "付款时间"
    assert "下单时间" not in fed(paid).values()


def test_a_file_of_sums_without_a_unit_asks_for_it_and_scales() -> None:
    question = questions_of(SUMS)["money_unit"]
    assert question.default == "wan"
    mapping = apply_answers(SUMS, suggest_mapping(SUMS), {"money_unit": "wan"})
    assert [c.unit_scale for c in mapping.declared_columns] == [10_000, 10_000]
    assert apply_answers(SUMS, suggest_mapping(SUMS), {"money_unit": "yuan"}) == suggest_mapping(SUMS)
    large = table_of(["单位", "24年合同额"], ["甲市教育局", "300000"], ["乙市人民医院", "98000"])
    assert questions_of(large)["money_unit"].default == "yuan"
    said = table_of(["单位", "24年合同额(万元)"], ["甲市教育局", "30"])
    assert "money_unit" not in questions_of(said)


def test_walk_ins_related_parties_and_suppliers_are_found_and_left_out_by_default() -> None:
    names = [
        "散客",
        "天猫旗舰店",
        "内部往来",
        "纸张供应商",
        "其他",
        "其他时代广告公司",
        "散客来酒店",
        "甲公司",
    ]
    rows = [[f"K{n}", name, "2024-01-02", "5"] for n, name in enumerate(names)]
    table = table_of(["客户编号", "客户名称", "下单时间", "金额"], *rows)
    found = find_parties(table, suggest_mapping(table)).to_pylist()
    assert {(f["customer"], f["party"]) for f in found} == {
        ("散客", "bucket"),
        ("天猫旗舰店", "bucket"),
        ("其他", "bucket"),
        ("内部往来", "related_party"),
        ("纸张供应商", "supplier"),
    }
    question = questions_of(table)["exclude_parties"]
    assert (question.default, len(question.evidence)) == ("exclude", 5)


def test_names_of_one_group_are_asked_about_and_kept_apart_by_default() -> None:
    names = ["甲乙集团北京公司", "甲乙集团上海公司", "丙丁有限公司", "丙丁有限公司南京分公司", "戊集团总部"]
    rows = [[f"K{n}", name, "2024-01-02", "5"] for n, name in enumerate(names)]
    table = table_of(["客户编号", "客户名称", "下单时间", "金额"], *rows)
    groups = find_groups(table, suggest_mapping(table)).to_pylist()
    assert [(g["group"], g["customer"]) for g in groups] == [
        ("丙丁有限公司", "丙丁有限公司"),
        ("丙丁有限公司", "丙丁有限公司南京分公司"),
        ("甲乙集团", "甲乙集团上海公司"),
        ("甲乙集团", "甲乙集团北京公司"),
    ]
    assert questions_of(table)["merge_groups"].default == "apart"


def test_amounts_with_and_without_tax_are_asked_about_and_the_chosen_one_counts() -> None:
    table = table_of(
        ["客户编号", "下单时间", "不含税金额", "含税金额"],
        ["K1", "2024-01-02", "100", "113"],
        ["K2", "2024-01-02", "10", "11.3"],
    )
    assert questions_of(table)["tax"].default == "with_tax"
    for answer, header in (("with_tax", "含税金额"), ("without_tax", "不含税金额")):
        assert fed(apply_answers(table, suggest_mapping(table), {"tax": answer}))["amount"] == header


def test_an_erp_amount_beside_its_tax_is_without_it() -> None:
    table = table_of(
        ["客户编号", "单据日期", "金额", "税额", "价税合计"],
        ["K1", "2024-01-02", "100", "13", "113"],
        ["K2", "2024-01-02", "10", "1.3", "11.3"],
    )
    settled = settle(ask([table], [suggest_mapping(table)]), {}, takes_defaults=True)
    assert fed(apply_answers(table, suggest_mapping(table), settled.answers))["amount"] == "价税合计"


def test_a_category_that_cells_do_not_explain_is_asked_about() -> None:
    rows = [[f"K{n}", f"甲{n}公司", word] for n, word in enumerate(["甲类渠", "乙类渠", "丙类渠"])]
    table = table_of(["客户编号", "客户名称", "客户类别"], *rows)
    assert questions_of(table)["category_meaning"].default == "ignore"
    mapping = apply_answers(table, suggest_mapping(table), {"category_meaning": "role"})
    assert fed(mapping)["role"] == "客户类别"


def test_never_more_than_five_are_asked_and_the_rest_is_said() -> None:
    headers = ["客户编号", "客户名称", "客户类别", "下单时间", "付款时间", "金额", "税额"]
    rows = [
        ["K1", "甲乙集团一公司", "甲类渠", "01/02/2024", "02/02/2024", "5", "1"],
        ["K2", "甲乙集团二公司", "乙类渠", "01/02/2024", "02/02/2024", "5", "1"],
        ["K3", "散客", "乙类渠", "01/02/2024", "02/02/2024", "5", "1"],
    ]
    table = table_of(headers, *rows)
    questions = ask([table], [suggest_mapping(table)])
    asked = [q for q in questions if q.is_asked]
    assert len(questions) > MOST_QUESTIONS == len(asked)
    answers = {q.id: q.options[0].answer for q in asked}
    settled = settle(questions, answers, takes_defaults=False)
    assert len(settled.assumed) == len(questions) - MOST_QUESTIONS


def test_remembered_answers_are_not_asked_again_and_not_called_assumed() -> None:
    questions = ask([TWO_DATES], [suggest_mapping(TWO_DATES)])
    settled = settle(
        questions, {}, takes_defaults=False, remembered={"which_date": "paid_at", "tax": "with_tax"}
    )
    assert (settled.answers, settled.assumed) == ({"which_date": "paid_at"}, ())


def test_unknown_questions_unknown_answers_and_open_ones_are_named_at_once() -> None:
    questions = ask([OPEN_DATES, TWO_DATES], [suggest_mapping(OPEN_DATES), suggest_mapping(TWO_DATES)])
    with pytest.raises(KecengError) as error:
        settle(questions, {"colour": "red", "which_date": "never"}, takes_defaults=False)
    assert {p.code for p in error.value.problems} == {
        "unknown_question",
        "unknown_answer",
        "unanswered_question",
    }
