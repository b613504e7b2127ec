"""What only the company knows: at most five questions, each with what was seen and, where it is no guess, a default."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from keceng.collect.aliases import aliases_of, normalize_header, read_title_scale, read_unit_scale
from keceng.collect.fields import FIELDS, FieldKind
from keceng.collect.grain import plain_numbers
from keceng.collect.parties import find_groups, find_parties
from keceng.collect.profiles import profile_column, prove_date_order
from keceng.collect.source import ROW_NO, ColumnMapping, Option, Question, SourceMapping, SourceTable
from keceng.vocabulary import Kind, Text

MOST_QUESTIONS = 5
QUESTION_IDS = (
    "date_order", "money_unit", "which_date", "exclude_parties", "tax", "category_meaning", "merge_groups",
)  # fmt: skip
"""Every question there is, the most important first."""

_SHOWN = 10
_SMALL_NUMBERS = 5_000
_ORGANISATIONS = 0.3
UNIT_ENTITIES = frozenset({"customer_summary", "projects"})
"""Files of sums in which 万元 is often meant and not written."""
_PLAIN_AMOUNTS = frozenset({"金额", "销售金额", "货款", "销售额"})
_CATEGORY_FIELDS = frozenset({"kind", "role", "class_legacy"})

Pair = tuple[SourceTable, SourceMapping]


def ask(tables: Sequence[SourceTable], mappings: Sequence[SourceMapping]) -> tuple[Question, ...]:
    """The questions that these files raise; beyond the fifth `is_asked` is False."""
    pairs = list(zip(tables, mappings, strict=True))
    found = [question for raise_question in _RAISERS if (question := raise_question(pairs)) is not None]
    return tuple(replace(q, is_asked=position < MOST_QUESTIONS) for position, q in enumerate(found))


def _raise_date_order(pairs: Sequence[Pair]) -> Question | None:
    opened = [(t, c) for t, m in pairs for c in m.columns if c.is_date_order_open]
    if not opened:
        return None
    table, column = opened[0]
    shown = pc.unique(table.data[column.header].drop_null())[:1].to_pylist()
    options = (
        Option("dmy", Text("日/月/年", "day/month/year")),
        Option("mdy", Text("月/日/年", "month/day/year")),
    )
    why = _say_contradiction(table, column) or Text(
        f"「{column.header}」里的日期如 {shown[0]}, 整列都看不出日和月的先后",
        f"dates such as {shown[0]} in “{column.header}” do not show which part is the day",
    )
    text = Text("日期是日在前还是月在前?", "does the day or the month come first in dates?")
    return Question("date_order", text, options, None, why, tuple(c.header for _, c in opened))


def _say_contradiction(table: SourceTable, column: ColumnMapping) -> Text | None:
    """One row of each order, where a column has both."""
    proof = prove_date_order(table.cells(column.header))
    if proof.day_first is None or proof.month_first is None:
        return None
    return Text(
        "「{header}」第 {day_row} 行 {day_first} 是日在前, 第 {month_row} 行 {month_first} 是月在前: "
        "两种顺序都不能读全, 不合所选顺序的行会被退回",
        "in “{header}” row {day_row} ({day_first}) has the day first and row {month_row} ({month_first}) the month: "
        "neither order fits all rows; those that do not fit the chosen one will be rejected",
    ).fill(
        header=column.header,
        day_row=_row_at(table, proof.day_first.position),
        day_first=proof.day_first.cell,
        month_row=_row_at(table, proof.month_first.position),
        month_first=proof.month_first.cell,
    )


def _row_at(table: SourceTable, position: int) -> int:
    """The number of the row at `position` of all rows."""
    start = 0
    for numbers in table.cells(ROW_NO):
        if position < start + len(numbers):
            return int(numbers[position - start].as_py())
        start += len(numbers)
    raise IndexError(position)


def _raise_money_unit(pairs: Sequence[Pair]) -> Question | None:
    silent = [
        (t, c) for t, m in pairs if _is_of_organisations(t, m) for c in m.columns if has_silent_unit(t, c)
    ]
    if not silent:
        return None
    numbers = pa.chunked_array(
        [chunk for t, c in silent for chunk in plain_numbers(t.data[c.header]).chunks], pa.float64()
    )
    positive = numbers.filter(pc.fill_null(pc.greater(numbers, 0), fill_value=False))
    median = pc.quantile(positive, 0.5, interpolation="lower")[0].as_py() or 0
    headers = list(dict.fromkeys(c.header for _, c in silent))
    why = Text(
        f"{'、'.join(headers[:_SHOWN])} 没有写单位, 数字的中位数是 {median:,.0f}",
        f"{', '.join(headers[:_SHOWN])} name no unit; the median number is {median:,.0f}",
    )
    options = (Option("yuan", Text("元", "yuan")), Option("wan", Text("万元", "ten thousand yuan")))
    default = "wan" if median < _SMALL_NUMBERS else "yuan"
    return Question(
        "money_unit",
        Text("这些金额的单位是?", "which unit are these amounts in?"),
        options,
        default,
        why,
        tuple(headers),
    )


def _is_of_organisations(table: SourceTable, mapping: SourceMapping) -> bool:
    """Whether a file of sums is about organisations: only there do people write 万元 without saying so."""
    customer = mapping.column("customer_name")
    if mapping.entity not in UNIT_ENTITIES or customer is None:
        return False
    return profile_column(table.data[customer.header]).share("org") >= _ORGANISATIONS


def has_silent_unit(table: SourceTable, column: ColumnMapping) -> bool:
    """Whether a money column of a Chinese file says neither 元 nor 万元, in its header or above the table."""
    is_money = column.declared.kind is Kind.MONEY if column.declared else _kind_of(column) is FieldKind.MONEY
    titled = read_title_scale(table.title_lines) is not None
    chinese = re.search(r"[\u4e00-\u9fff]", "".join(table.headers)) is not None
    return is_money and chinese and not titled and read_unit_scale(column.header) is None


def _kind_of(column: ColumnMapping) -> FieldKind | None:
    return FIELDS[column.field].kind if column.field and column.field in FIELDS else None


def _raise_which_date(pairs: Sequence[Pair]) -> Question | None:
    both = [
        m for _, m in pairs if m.entity == "order_lines" and m.column("ordered_at") and m.column("paid_at")
    ]
    if not both:
        return None
    headers = [c.header for f in ("ordered_at", "paid_at") if (c := both[0].column(f))]
    options = (
        Option("ordered_at", Text(f"下单 ({headers[0]})", f"the order ({headers[0]})")),
        Option("paid_at", Text(f"付款 ({headers[1]})", f"the payment ({headers[1]})")),
    )
    text = Text("按哪个日期算购买?", "which date counts as the purchase?")
    why = Text("文件里有两个日期; 按付款时, 没有付款日期的行会被退回",
               "the file has both; by payment, rows without a payment date are rejected")  # fmt: skip
    return Question("which_date", text, options, "ordered_at", why, tuple(headers))


def _raise_exclude_parties(pairs: Sequence[Pair]) -> Question | None:
    found = [find_parties(t, m) for t, m in pairs]
    names = sorted({name for f in found for name in f["customer"].to_pylist()})
    if not names:
        return None
    options = (
        Option(
            "exclude",
            Text(
                "标为不参评, 在截止日前出现的写明原因",
                "mark them as left out; those seen by the cut-off are named with the reason",
            ),
        ),
        Option("keep", Text("保留", "keep")),
    )
    text = Text(
        f"{len(names)} 个客户像散客、关联方或供应商, 不参加分级?",
        f"{len(names)} customers look like walk-ins, related parties or suppliers: leave them out of the grading?",
    )
    why = Text("它们的名称或类型这样写", "their names or types say so")
    return Question("exclude_parties", text, options, "exclude", why, tuple(names[:_SHOWN]))


def _raise_tax(pairs: Sequence[Pair]) -> Question | None:
    for table, mapping in pairs:
        if mapping.entity != "order_lines":
            continue
        gross, net = find_taxed_headers(table)
        taxed = any("税" in h for h in table.headers)
        amount = mapping.column("amount")
        if gross and net:
            why = Text(f"文件里有「{gross}」和「{net}」", f"the file has “{gross}” and “{net}”")
        elif taxed and amount and not {amount.header} & {gross, net}:
            why = Text(
                f"文件里有税的列, 「{amount.header}」没有写是否含税",
                f"“{amount.header}” does not say whether tax is in it",
            )
        else:
            continue
        options = (
            Option("with_tax", Text("含税", "with tax")),
            Option("without_tax", Text("不含税", "without tax")),
        )
        return Question("tax", Text("金额含税吗?", "do amounts include tax?"), options, "with_tax", why)
    return None


def find_taxed_headers(table: SourceTable) -> tuple[str | None, str | None]:
    """The amount columns with tax and without: as their headers say, 金额 beside 税额 and 价税合计 being without."""
    amounts = [h for h in table.headers if re.search("金额|合计|价税|货款", h)]
    net = next((h for h in amounts if re.search("未税|不含税|无税|税前", h)), None)
    gross = next((h for h in amounts if h != net and re.search("(?<!不)含税|价税", h)), None)
    if gross and net is None and any(normalize_header(h) == "税额" for h in table.headers):
        net = next((h for h in amounts if h != gross and normalize_header(h) in _PLAIN_AMOUNTS), None)
    return gross, net


def list_undecided(table: SourceTable, mapping: SourceMapping) -> list[str]:
    """Columns called 客户类型 or so whose cells do not tell what they are."""
    aliases = aliases_of(mapping.entity)
    unused = [c.header for c in mapping.columns if c.field is None]
    return [h for h in unused if table.data[h].null_count < table.data.num_rows
            and {name for name, _ in aliases.get(normalize_header(h), ())} & _CATEGORY_FIELDS]  # fmt: skip


def _raise_category_meaning(pairs: Sequence[Pair]) -> Question | None:
    for table, mapping in pairs:
        for header in list_undecided(table, mapping):
            seen = tuple(pc.unique(table.data[header].drop_null())[:_SHOWN].to_pylist())
            options = (
                Option("role", Text("渠道角色(分开排名)", "a channel role (ranked apart)")),
                Option("class_legacy", Text("原有等级", "the class used so far")),
                Option("ignore", Text("不用", "not used")),
            )
            text = Text(f"「{header}」一列是渠道角色吗?", f"is the column “{header}” a channel role?")
            why = Text(f"内容如: {'、'.join(seen[:3])}", f"it holds e.g. {', '.join(seen[:3])}")
            return Question("category_meaning", text, options, "ignore", why, seen)
    return None


def _raise_merge_groups(pairs: Sequence[Pair]) -> Question | None:
    if any(m.column("parent_id") or m.column("parent_name") for _, m in pairs):
        return None
    found = (
        pa.concat_tables([find_groups(t, m) for t, m in pairs]).group_by(["customer", "group"]).aggregate([])
    )
    if not found.num_rows:
        return None
    groups = sorted(pc.unique(found["group"]).to_pylist())
    options = (
        Option("apart", Text("各自分级", "grade each by itself")),
        Option("merge", Text("按集团合并分级", "grade them as groups")),
    )
    text = Text(
        f"{found.num_rows} 家客户像 {len(groups)} 个集团, 合并分级?",
        f"{found.num_rows} customers look like {len(groups)} groups: grade them together?",
    )
    why = Text("名称里有同一个集团或总公司", "their names hold the same group or head company")
    return Question("merge_groups", text, options, "apart", why, tuple(groups[:_SHOWN]))


_RAISERS: tuple[Callable[[Sequence[Pair]], Question | None], ...] = (
    _raise_date_order, _raise_money_unit, _raise_which_date, _raise_exclude_parties, _raise_tax,
    _raise_category_meaning, _raise_merge_groups,
)  # fmt: skip
