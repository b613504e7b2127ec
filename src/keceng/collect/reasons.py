"""Why a row is rejected: one code, one sentence in two languages that also says what to do."""

from __future__ import annotations

import pyarrow as pa

from keceng.vocabulary import Text

REASONS: dict[str, Text] = {
    "not_a_number": Text("不是数字，请改成如 1234.50 的数", "not a number; write it like 1234.50"),
    "too_large": Text("数太大，请检查单位或多打的位数", "too large; check the unit or extra digits"),
    "digits_lost": Text(
        "被表格软件改成了科学计数，末尾数字已丢失；请从源系统按文本重新导出",
        "turned into scientific notation by a spreadsheet, its last digits are lost; export it again as text",
    ),
    "bad_date": Text("不是可读的日期，请写成 2024-01-31", "not a readable date; write it like 2024-01-31"),
    "ambiguous_date": Text(
        "年月日的先后不明，请写成 2024-01-31 或用 --date-order 声明顺序",
        "day, month and year cannot be told apart; write 2024-01-31 or declare the order with --date-order",
    ),
    "future_dated": Text(
        "日期晚于导入日的次日，请核对", "dated later than the day after the import; check it"
    ),
    "missing_date": Text("缺少日期", "the date is missing"),
    "missing_amount": Text("缺少金额", "the amount is missing"),
    "missing_quantity": Text("缺少数量", "the quantity is missing"),
    "missing_answer": Text("缺少评分", "the answer is missing"),
    "missing_key": Text("缺少编号，无法识别这一行", "the id that identifies this row is missing"),
    "missing_customer": Text("缺少客户，无法归属", "the customer is missing"),
    "return_with_positive_amount": Text(
        "标为退货却是正金额；退货请填负数，销售请去掉退货标记",
        "marked as a return with a positive amount; make it negative, or remove the mark if it is a sale",
    ),
    "unknown_status": Text(
        "不认识的订单状态，请改成 已完成、已取消 等常用词",
        "unknown order status; use a usual word such as completed or cancelled",
    ),
    "unknown_word": Text("不认识的取值，请改成常用写法", "unknown wording; use a usual one"),
    "bad_phone": Text("不是完整的电话号码", "not a complete telephone number"),
    "bad_flag": Text("请填 是 或 否", "write yes or no"),
    "not_whole": Text("需要整数", "a whole number is needed"),
    "repeated_key": Text(
        "同一编号在本文件里有内容不同的两行，请只留一行",
        "two different rows of this file have this id; keep one",
    ),
    "too_many_fields": Text("这一行的列数多于表头", "this row has more fields than the header"),
    "too_few_fields": Text("这一行的列数少于表头", "this row has fewer fields than the header"),
    "unclosed_quote": Text("引号没有闭合", "a quotation mark is not closed"),
    "self_relation": Text("客户不能与自己建立关系", "a customer cannot be related to itself"),
}
"""Every reason for which collect rejects a row, by code."""


def reason_of(code: str) -> Text:
    """The sentence of `code`."""
    return REASONS[code]


def reasons_table() -> pa.Table:
    """Columns code, reason_zh, reason_en: for joins in the engine."""
    return pa.table(
        {
            "code": list(REASONS),
            "reason_zh": [reason.zh for reason in REASONS.values()],
            "reason_en": [reason.en for reason in REASONS.values()],
        }
    )
