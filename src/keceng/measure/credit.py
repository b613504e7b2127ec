"""How creditworthy an organisation is, by how it paid: score, grade, hard caps, a proposed limit and terms.

Organisations only: a natural person's row never enters the steps below, so nothing here can score one.
"""

from __future__ import annotations

import datetime as dt

from sqlglot import exp

from keceng.lake import Step, sql
from keceng.measure.declaration import Measure
from keceng.measure.frame import UNITS, Frame, exact_columns, with_quotients
from keceng.measure.weighing import weigh_parts
from keceng.vocabulary import Direction, Kind, Text

YEAR_DAYS = 365
MIN_SETTLED_INVOICES = 3
"""Below so many settled invoices a customer is unrated."""
SEVERE_CENTS = 10_000_00
"""Overdue amounts cap the grade above this much."""
MIN_KNOWN_WEIGHT = 60
"""Of 100; with less known a customer is unrated."""
BASICS_DEFAULT = 60
"""Points for the basics and the public record until somebody has noted them."""
WORST_DISPUTE_SHARE = 1_000
"""Ten-thousandths disputed or returned at which that part has no points left."""
MIN_CREDIT_CUSTOMERS = 20
"""The limit by total receivables applies from so many organisations with invoices in the year."""

CREDIT_GRADES: tuple[tuple[str, int, int, int], ...] = (
    ("AAA", 90, 60, 15), ("AA", 80, 60, 13), ("A", 70, 45, 10), ("BBB", 60, 30, 7), ("BB", 50, 15, 4), ("B", 40, 7, 2),
    ("CCC", 30, 0, 0), ("CC", 20, 0, 0), ("C", 10, 0, 0), ("D", 0, 0, 0),
)  # fmt: skip
"""Grade, least score, proposed terms in days, factor of the proposed limit in tenths; best first."""
_CODES = tuple(grade for grade, _, _, _ in CREDIT_GRADES)

CREDIT_REASONS: tuple[tuple[str, Text], ...] = (
    ("not_organisation", Text("不是单位, 不做信用评估", "Not an organisation: never scored")),
    (
        "unrated",
        Text(
            "结清不足 3 张应收或近 12 个月没有往来, 未评级",
            "Unrated: fewer than 3 settled invoices, or too little known of the last 12 months",
        ),
    ),
    ("written_off", Text("有核销坏账, 定为 D", "A receivable was written off: D")),
    (
        "overdue_180",
        Text("逾期 180 天以上超过 1 万元, 最高 C", "More than ¥10,000 over 180 days late: at most C"),
    ),
    ("listed", Text("失信被执行人, 最高 C", "Listed for default: at most C")),
    (
        "overdue_90",
        Text("逾期 90 天以上超过 1 万元, 最高 BB", "More than ¥10,000 over 90 days late: at most BB"),
    ),
    ("by_score", Text("按信用分", "By the credit score")),
)

_INPUTS = ("customers", "invoices", "payments", "contracts", "decisions", "declared_measures", "purchase_day")
_SOURCE = "cf. GB/T 22116, GB/T 23794"


def _fact(
    name: str,
    title: Text,
    definition: Text,
    *,
    kind: Kind,
    direction: Direction = Direction.LOWER,
    is_cause: bool = False,
) -> Measure:
    unit = {Kind.DAYS: "days", Kind.RATIO: "share"}[kind]
    return Measure(
        name, title, definition, kind, UNITS[unit], direction, _INPUTS, source=_SOURCE, exact=exact_columns(name, kind),
        is_cause=is_cause,
    )  # fmt: skip


MEASURES: tuple[Measure, ...] = (
    _fact("days_beyond_terms", Text("平均超期天数", "Days beyond terms"),
          Text("近 12 个月结清的与仍逾期的金额, 按金额加权的(结清日或截止日 − 到期日), 争议款与无到期日的除外; 仅单位客户",
               "(settled day, or as-of date while overdue, − due date) weighted by amount over what was settled in 12 months or is overdue, "
               "disputed and undated receivables apart; organisations only"), kind=Kind.DAYS, is_cause=True),
    _fact("overdue_share", Text("逾期占比", "Overdue share"),
          Text("逾期金额 ÷ 应收余额, 均除争议款; 没有余额为 0, 没有到期日则未知",
               "overdue ÷ open receivables, disputed ones apart; 0 with nothing open, unknown without due dates"), kind=Kind.RATIO, is_cause=True),
    _fact("dso_days", Text("应收周转天数", "Days sales outstanding"),
          Text("应收余额(除争议款)÷ 近 90 天应收发生额 × 90; 近 90 天没有应收则未知",
               "open receivables, disputed ones apart ÷ invoiced in 90 days × 90; unknown without invoices in 90 days"), kind=Kind.DAYS),
    _fact("terms_days", Text("现行账期", "Terms in use"),
          Text("近 12 个月应收的(到期日 − 开票日), 按金额加权", "(due − issued) of the receivables of 12 months, weighted by amount"),
          kind=Kind.DAYS, direction=Direction.NEUTRAL),
    _fact("credit_limit_use", Text("额度使用率", "Use of the limit"),
          Text("应收余额 ÷ 已授信额度; 没有授信则不计", "open receivables ÷ the limit granted; dropped without one"), kind=Kind.RATIO),
    _fact("contracts_on_time_share", Text("合同按期履行率", "Contracts fulfilled on time"),
          Text("近 12 个月履行的合同中不晚于约定日的比例; 没有则不计",
               "share of the contracts fulfilled in 12 months that were so by the promised day; dropped without any"),
          kind=Kind.RATIO, direction=Direction.HIGHER),
    _fact("dispute_share", Text("争议与退货占比", "Disputes and returns"),
          Text("近 12 个月争议金额占应收、退货占购买额, 取较大者", "the greater of disputed ÷ invoiced and returned ÷ gross sales in 12 months"), kind=Kind.RATIO),
    Measure("settled_invoice_count", Text("已结清应收", "Settled invoices"),
            Text("截止日已全部收回的应收张数", "receivables settled in full by the as-of date"),
            Kind.COUNT, UNITS["none"], Direction.NEUTRAL, _INPUTS, source=_SOURCE),
    Measure("credit_score", Text("信用分", "Credit score"),
            Text("超期天数 35、逾期占比 15、周转天数 ÷ 账期 10、额度使用 10、合同履行 10、交易年限 5、争议与退货 5、基本情况 10(默认 60 分), "
                 "未知的部分不计、其余加权; 结清少于 3 张或已知不足 60 未评级; 仅单位客户, 个人从不评分",
                 "days beyond terms 35, overdue share 15, DSO ÷ terms 10, limit use 10, contracts 10, years of trade 5, disputes and returns 5, "
                 "basics 10 (60 points by default); unknown parts are dropped and the rest weighs more; unrated below 3 settled invoices or 60 of known weight; "
                 "organisations only, a person is never scored"),
            Kind.SCORE, UNITS["points"], Direction.HIGHER, _INPUTS, source=_SOURCE,
            exact=exact_columns("credit_score", Kind.SCORE)),
    Measure("credit_grade", Text("信用等级", "Credit grade"),
            Text("信用分每 10 分一级, 90 以上 AAA, 不足 10 为 D; 逾期 90 天以上超过 1 万元最高 BB, 逾期 180 天以上超过 1 万元或失信最高 C, 核销坏账为 D; 未评级则未知",
                 "a step each 10 points, AAA from 90, D below 10; more than ¥10,000 over 90 days late at most BB, over 180 days or listed for default "
                 "at most C, written off D; unknown when unrated"),
            Kind.CATEGORY, UNITS["none"], Direction.NEUTRAL, _INPUTS, source=_SOURCE,
            categories=tuple((code, Text(code, code)) for code in _CODES), is_cause=True),
    Measure("credit_reason", Text("信用依据", "Reason of the credit grade"),
            Text("等级来自信用分还是哪一条硬性上限, 或为何未评级", "whether the score or which cap gave the grade, or why there is none"),
            Kind.CATEGORY, UNITS["none"], Direction.NEUTRAL, _INPUTS, categories=CREDIT_REASONS),
    Measure("proposed_credit_limit", Text("建议额度", "Proposed credit limit"),
            Text("近 180 天应收发生额 ÷ 6 × 建议账期 ÷ 30 × 系数 × 1.2(系数 AAA 1.5、AA 1.3、A 1、BBB 0.7、BB 0.4、B 0.2, 以下为 0), 不超过全部应收的 10%(不足 20 家有应收的单位时不限)"
                 "与已知净资产的 10%; 未评级则未知; 须财务审批",
                 "invoiced in 180 days ÷ 6 × proposed terms ÷ 30 × factor × 1.2 (AAA 1.5, AA 1.3, A 1, BBB 0.7, BB 0.4, B 0.2, below 0), at most 10 % of all "
                 "receivables (off below 20 organisations with invoices) and of known net assets; unknown when unrated; finance approves"),
            Kind.MONEY, UNITS["money"], Direction.NEUTRAL, _INPUTS),
    Measure("proposed_terms_days", Text("建议账期", "Proposed terms"),
            Text("AAA、AA 60 天, A 45, BBB 30, BB 15, B 7, 以下先款后货; 未评级则未知",
                 "AAA and AA 60 days, A 45, BBB 30, BB 15, B 7, below prepaid; unknown when unrated"),
            Kind.DAYS, UNITS["days"], Direction.NEUTRAL, _INPUTS),
)  # fmt: skip

PARTS: tuple[tuple[str, int], ...] = (
    ("promptness_part", 35), ("overdue_part", 15), ("turnover_part", 10), ("limit_part", 10), ("contract_part", 10),
    ("tenure_part", 5), ("dispute_part", 5), ("basics_part", 10),
)  # fmt: skip
"""Parts of the score, each in ten-thousandths of a point, and their weights; they add to 100."""


def credit_steps(frame: Frame) -> list[Step]:
    """`credit`: one row per unit; needs `settlements`, `receivables`, `attributes`, `days`, `purchases` and `stated`."""
    return [
        Step("credit_payments", _payments(frame), Text("单位客户的付款", "how organisations paid")),
        Step("credit_dealings", _dealings(frame), Text("单位客户的往来", "dealings of organisations")),
        Step("credit_facts", _FACTS.copy(), Text("信用的依据", "facts of credit")),
        Step("credit_points", _POINTS.copy(), Text("信用各项得分", "points of each part of credit")),
        Step("credit_ratings", _ratings(), Text("信用分与上限", "credit score and caps")),
        Step("credit_parts", _proposals(), Text("信用等级与建议", "credit grade and proposals")),
        with_quotients("credit", MEASURES, Text("信用评估", "credit evaluation")),
    ]


def _payments(frame: Frame) -> exp.Expr:
    return sql(
        """
        with organisations as (
          select distinct u.unit_key as customer_key from units as u join customers as c on c.customer_key = u.unit_key where c.kind = 'org'
        ),
        dated as (
          select s.*, not is_disputed and due_on is not null
              and (settled_on > :year_opens or (settled_on is null and due_on < :as_of)) as is_judged,
            coalesce(settled_on, :as_of) - due_on as days_late
          from settlements as s join organisations using (customer_key)
        ),
        sums as (
          select customer_key,
            sum(cast(amount as hugeint) * days_late) filter (where is_judged) as late_money_days,
            sum(amount) filter (where is_judged) as judged,
            coalesce(sum(amount) filter (where settled_on is null and not is_disputed), 0) as open_undisputed,
            coalesce(sum(amount) filter (where settled_on is null), 0) as open_amount,
            coalesce(sum(amount) filter (where settled_on is null and not is_disputed and days_late > 180), 0) as overdue_180,
            count(distinct claim_no) - count(distinct case when settled_on is null then claim_no end) as settled_invoice_count
          from dated group by customer_key
        )
        select customer_key, late_money_days, judged, open_undisputed, open_amount, overdue_180,
          coalesce(settled_invoice_count, 0) as settled_invoice_count
        from organisations as o left join sums using (customer_key)
        """,
        as_of=frame.as_of,
        year_opens=frame.as_of - dt.timedelta(days=YEAR_DAYS),
    )


def _dealings(frame: Frame) -> exp.Expr:
    return sql(
        """
        with invoiced as (
          select customer_key, min(issued_on) as first_issued_on, bool_or(is_written_off) as is_written_off,
            sum(amount) filter (where issued_on > :quarter_opens) as invoiced_90,
            sum(amount) filter (where issued_on > :half_opens) as invoiced_180,
            sum(amount) filter (where issued_on > :year_opens) as invoiced_year,
            coalesce(sum(amount) filter (where issued_on > :year_opens and is_disputed), 0) as disputed_year,
            sum(cast(amount as hugeint) * (due_on - issued_on)) filter (where issued_on > :year_opens) as terms_money_days,
            sum(amount) filter (where issued_on > :year_opens and due_on is not null) as dated_year
          from claims group by customer_key
        ),
        fulfilled as (
          select unit_key as customer_key, count(*) as contracts, count(*) filter (where fulfilled_on <= promised_on) as on_time
          from contracts join units using (customer_key)
          where promised_on is not null and fulfilled_on > :year_opens and fulfilled_on <= :as_of group by unit_key
        ),
        traded as (
          select customer_key, sum(gross) as gross, sum(returned) as returned from days where day > :year_opens group by customer_key
        )
        select customer_key, i.* exclude (customer_key), f.contracts, f.on_time, t.gross, t.returned,
          cast(:as_of as date) - i.first_issued_on as invoiced_days
        from credit_payments left join invoiced as i using (customer_key) left join fulfilled as f using (customer_key)
        left join traded as t using (customer_key)
        """,
        as_of=frame.as_of,
        quarter_opens=frame.as_of - dt.timedelta(days=90),
        half_opens=frame.as_of - dt.timedelta(days=180),
        year_opens=frame.as_of - dt.timedelta(days=YEAR_DAYS),
    )


_FACTS = sql(
    """
    with joined as (
      select p.*, d.* exclude (customer_key), r.overdue_amount, r.overdue_over_90_amount, s.credit_limit, s.net_assets,
        s.credit_basics_score, a.is_dishonest_listed, greatest(b.tenure_days, d.invoiced_days) as traded_days,
        case when d.dated_year > 0 then d.terms_money_days // d.dated_year end as whole_terms,
        case when d.invoiced_year > 0 then cast(d.disputed_year as hugeint) * 10000 // d.invoiced_year end as disputed_share,
        case when d.gross > 0 then least(cast(d.returned as hugeint) * 10000 // d.gross, 10000) end as returned_share
      from credit_payments as p join credit_dealings as d using (customer_key) join purchases as b using (customer_key)
      left join receivables as r using (customer_key) left join stated as s using (customer_key)
      left join attributes as a using (customer_key)
    )
    select *, late_money_days as days_beyond_terms__num, judged as days_beyond_terms__den,
      cast(overdue_amount as hugeint) * 10000 as overdue_share__num, greatest(open_undisputed, 1) as overdue_share__den,
      cast(open_undisputed as hugeint) * 90 as dso_days__num, invoiced_90 as dso_days__den,
      terms_money_days as terms_days__num, dated_year as terms_days__den,
      cast(open_amount as hugeint) * 10000 as credit_limit_use__num, credit_limit as credit_limit_use__den,
      cast(on_time as hugeint) * 10000 as contracts_on_time_share__num, contracts as contracts_on_time_share__den,
      greatest(disputed_share, returned_share) as dispute_share__num,
      case when greatest(disputed_share, returned_share) is not null then 1 end as dispute_share__den
    from joined
    """
)

# Every comparison is between whole numbers: a part crosses its cut exactly where the table says.
_POINTS = sql(
    """
    select *,
      case when judged > 0 then case
          when late_money_days <= 0 then 1000000 when late_money_days <= 15 * judged then 850000
          when late_money_days <= 30 * judged then 700000 when late_money_days <= 60 * judged then 450000
          when late_money_days <= 90 * judged then 200000 else 0 end end as promptness_part,
      case when overdue_share__num is not null then case
          when overdue_share__num <= 0 then 1000000 when overdue_share__num <= 500 * overdue_share__den then 850000
          when overdue_share__num <= 1500 * overdue_share__den then 650000
          when overdue_share__num <= 3000 * overdue_share__den then 350000 else 0 end end as overdue_part,
      case when dso_days__den > 0 and whole_terms > 0 then least(greatest(
          2000000 - 1000000 * dso_days__num // (dso_days__den * cast(whole_terms as hugeint)), 0), 1000000) end as turnover_part,
      case when credit_limit > 0 then case
          when 10 * open_amount <= 7 * credit_limit then 1000000 when 10 * open_amount <= 9 * credit_limit then 800000
          when open_amount <= credit_limit then 500000 else 0 end end as limit_part,
      case when contracts > 0 then 1000000 * on_time // contracts end as contract_part,
      case when traded_days < 365 then 300000 when traded_days < 3 * 365 then 600000 when traded_days < 5 * 365 then 800000
        when traded_days is not null then 1000000 end as tenure_part,
      case when dispute_share__num is not null then
        greatest(1000000 - 1000000 * dispute_share__num // :worst_dispute, 0) end as dispute_part,
      least(coalesce(credit_basics_score, :basics), 1000000) as basics_part
    from credit_facts
    """,
    worst_dispute=WORST_DISPUTE_SHARE,
    basics=BASICS_DEFAULT * 10_000,
)


def _step_number(code: str) -> int:
    return _CODES.index(code)


# Unrated before any cap: a cap lowers a grade, it never makes one.
def _ratings() -> exp.Expr:
    points, weights = weigh_parts(PARTS)
    rating = exp.Case()
    for code, least, _, _ in CREDIT_GRADES:
        reached = sql("points >= :least * weight", least=least * 10_000)
        rating = rating.when(reached, exp.Literal.number(_step_number(code)), copy=False)
    return sql(
        """
        with weighed as (
          select *, settled_invoice_count >= :enough and :weights >= :enough_known as is_rated, :points as all_points, :weights as all_weights
          from credit_points
        ),
        rated as (
          select *, case when is_rated then all_points end as points, case when is_rated then all_weights end as weight from weighed
        )
        select *, points as credit_score__num, weight as credit_score__den,
          case when points is not null then :rating end as scored_step,
          case when is_written_off then 'written_off' when overdue_180 > :severe then 'overdue_180'
            when is_dishonest_listed then 'listed' when overdue_over_90_amount > :severe then 'overdue_90' end as cap,
          case when is_written_off then :worst when overdue_180 > :severe or is_dishonest_listed then :poor
            when overdue_over_90_amount > :severe then :middling else 0 end as cap_step
        from rated
        """,
        enough=MIN_SETTLED_INVOICES,
        enough_known=MIN_KNOWN_WEIGHT,
        points=points,
        weights=weights,
        rating=rating,
        severe=SEVERE_CENTS,
        worst=_step_number("D"),
        poor=_step_number("C"),
        middling=_step_number("BB"),
    )


def _proposals() -> exp.Expr:
    rows = [(i, *grade) for i, grade in enumerate(CREDIT_GRADES)]
    listed = exp.values(rows, alias="listed", columns=["step", "grade", "least_score", "terms", "tenths"])
    return sql(
        """
        with ladder as (select step, grade, terms, tenths from :listed),
        book as (
          select sum(open_amount) as open_amount, count(*) filter (where invoiced_year > 0) as debtors from credit_ratings
        ),
        graded as (
          select r.*, greatest(r.scored_step, r.cap_step) as step, case when b.debtors >= :enough then b.open_amount // 10 end as book_limit
          from credit_ratings as r cross join book as b
        )
        select p.customer_key, r.* exclude (customer_key, step), l.grade as credit_grade, cast(l.terms as bigint) as proposed_terms_days,
          case when r.customer_key is null then 'not_organisation' when r.scored_step is null then 'unrated'
            when r.cap is not null and r.cap_step >= r.scored_step then r.cap else 'by_score' end as credit_reason,
          case when l.grade is not null then cast(least(
            cast(coalesce(r.invoiced_180, 0) as hugeint) * l.terms * l.tenths * 12 // (6 * 30 * 10 * 10),
            r.book_limit, r.net_assets // 10) as bigint) end as proposed_credit_limit
        from purchases as p left join graded as r using (customer_key)
        left join ladder as l on l.step = r.step and r.scored_step is not null
        """,
        listed=listed,
        enough=MIN_CREDIT_CUSTOMERS,
    )
