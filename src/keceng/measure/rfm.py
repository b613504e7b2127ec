"""RFM scores, cell and the eight classes, and the purchase-frequency classes.

Scores are mid-rank percentiles cut into five equal bins (Hughes 1994; Bult & Wansbeek 1995): ties always share a
score, and fewer distinct values give fewer bins.
"""

from __future__ import annotations

from keceng.lake import Step, sql
from keceng.measure.declaration import Measure
from keceng.measure.frame import UNITS, Moment, with_quotients
from keceng.vocabulary import Direction, Kind, Text

_INPUTS = ("purchase_day",)

EIGHT_CLASSES: tuple[tuple[str, Text], ...] = (
    ("important_value", Text("重要价值", "Champions")),
    ("important_keep", Text("重要保持", "Big spenders gone quiet")),
    ("important_develop", Text("重要发展", "Recent big spenders, rare")),
    ("important_retain", Text("重要挽留", "Big spenders at risk")),
    ("general_value", Text("一般价值", "Frequent, modest")),
    ("general_keep", Text("一般保持", "Frequent before, quiet now")),
    ("general_develop", Text("一般发展", "Recent, modest")),
    ("general_retain", Text("一般挽留", "Modest and quiet")),
    ("newcomer", Text("新客", "Newcomer")),
)

FREQUENCY_CLASSES: tuple[tuple[str, Text], ...] = (
    ("new", Text("新客户", "New")),
    ("frequent", Text("常购", "Frequent")),
    ("occasional", Text("偶购", "Occasional")),
    ("silent", Text("窗口内未购", "None in the window")),
    ("never_bought", Text("从未购买", "Never bought")),
)


def _points(name: str, zh: str, en: str, zh_how: str, en_how: str) -> Measure:
    return Measure(
        name, Text(zh, en), Text(zh_how, en_how), Kind.COUNT, UNITS["points"], Direction.HIGHER, _INPUTS,
        source="Hughes 1994", windowed=True,
    )  # fmt: skip


MEASURES: tuple[Measure, ...] = (
    _points("r_score", "R 分", "R score", "距上次购买天数的五分位分, 越近越高", "quintile of days since last purchase, recent is 5"),
    _points("f_score", "F 分", "F score", "窗口内购买天数的五分位分", "quintile of purchase days in the window"),
    _points("m_score", "M 分", "M score", "窗口内销售额的五分位分, 负数按 0", "quintile of sales in the window, negative as 0"),
    _points("r_fixed_score", "R 固定分", "R fixed score", "距上次购买 ≤30/60/90/180 天得 5/4/3/2, 否则 1",
            "5/4/3/2 for at most 30/60/90/180 days since the last purchase, else 1"),
    _points("f_fixed_score", "F 固定分", "F fixed score", "窗口内购买天数 ≥10/5/3/2 得 5/4/3/2, 否则 1",
            "5/4/3/2 for at least 10/5/3/2 purchase days, else 1"),
    _points("m_fixed_score", "M 固定分", "M fixed score", "窗口内销售额 ≥5000/2000/800/200 元得 5/4/3/2, 否则 1",
            "5/4/3/2 for sales of at least 5000/2000/800/200, else 1"),
    Measure(
        "rfm_score", Text("RFM 综合分", "RFM score"), Text("0.3R + 0.3F + 0.4M, 1–5 分", "0.3R + 0.3F + 0.4M, from 1 to 5"),
        Kind.SCORE, UNITS["points"], Direction.HIGHER, _INPUTS, windowed=True,
    ),
    Measure(
        "rfm_cell", Text("RFM 格", "RFM cell"), Text("R、F、M 三个分连写", "the three scores written together"),
        Kind.CATEGORY, UNITS["none"], Direction.NEUTRAL, _INPUTS, windowed=True,
    ),
    Measure(
        "rfm_class", Text("RFM 八类", "RFM class"),
        Text("R、F、M 各按均值分高低得八类; 首购不足 30 天为新客",
             "each of R, F, M high or low against the mean; a first purchase within 30 days is a newcomer"),
        Kind.CATEGORY, UNITS["none"], Direction.NEUTRAL, _INPUTS, windowed=True, categories=EIGHT_CLASSES,
    ),
    Measure(
        "purchase_rate", Text("年购买频率", "Purchases per year"),
        Text("窗口内购买天数 ÷ 暴露年数(窗口与客龄取小, 至少 90 天)",
             "purchase days in the window ÷ years of exposure (the smaller of window and tenure, at least 90 days)"),
        Kind.RATIO, UNITS["none"], Direction.HIGHER, _INPUTS, windowed=True,
        exact=("purchase_rate__num", "purchase_rate__den"),
    ),
    Measure(
        "frequency_class", Text("购买频率类", "Frequency class"),
        Text("首购不足 90 天为新客户; 年频率不低于 4 次及第 70 百分位为常购, 其余为偶购",
             "first purchase within 90 days is new; a yearly rate of at least 4 and the 70th percentile is frequent"),
        Kind.CATEGORY, UNITS["none"], Direction.NEUTRAL, _INPUTS, windowed=True, categories=FREQUENCY_CLASSES,
    ),
)  # fmt: skip


def rfm_steps(frame: Moment) -> list[Step]:
    """`rfm` and `frequency`; needs `purchases`."""
    return [
        Step("rfm_ranks", _RANKS.copy(), Text("RFM 名次", "RFM ranks")),
        Step("rfm", _SCORES.copy(), Text("RFM 得分", "RFM scores")),
        Step(
            "frequency_rates",
            sql(
                """
                select customer_key, tenure_days, lifetime_purchase_days, purchase_days,
                  cast(purchase_days as hugeint) * 365 * 10000 as purchase_rate__num,
                  case when tenure_days is not null
                    then greatest(least(tenure_days, cast(:window as bigint)), 90) end as purchase_rate__den
                from purchases
                """,
                window=frame.window_days,
            ),
            Text("购买频率的分子分母", "parts of the purchase rate"),
        ),
        with_quotients("frequency", MEASURES, Text("购买频率", "purchase rate"), source="frequency_rates"),
        Step("frequency_classes", _FREQUENCY_CLASSES.copy(), Text("购买频率类", "frequency classes")),
    ]


_RANKS = sql(
    """
    with axes as (
      select customer_key, days_since_last_purchase as silence, purchase_days, greatest(spend, 0) as spend_floor,
        tenure_days
      from purchases where purchase_days > 0
    )
    select *, count(*) over () as n,
      count(*) over (order by silence desc range between unbounded preceding and current row) as r_upto,
      count(*) over (partition by silence) as r_ties,
      count(*) over (order by purchase_days range between unbounded preceding and current row) as f_upto,
      count(*) over (partition by purchase_days) as f_ties,
      count(*) over (order by spend_floor range between unbounded preceding and current row) as m_upto,
      count(*) over (partition by spend_floor) as m_ties,
      dense_rank() over (order by silence desc) as r_dense,
      dense_rank() over (order by purchase_days) as f_dense,
      dense_rank() over (order by spend_floor) as m_dense,
      sum(silence) over () as r_sum, sum(purchase_days) over () as f_sum, sum(spend_floor) over () as m_sum
    from axes
    """
)

# floor(bins · mid-rank percentile): the mid-rank of x is (less + equal / 2) / n = (2 · upto − equal) / 2n.
_SCORES = sql(
    """
    with bins as (
      select *, least(5, max(r_dense) over ()) as r_bins, least(5, max(f_dense) over ()) as f_bins,
        least(5, max(m_dense) over ()) as m_bins
      from rfm_ranks
    ),
    scored as (
      select customer_key, tenure_days,
        least(r_bins, 1 + (2 * r_upto - r_ties) * r_bins // (2 * n)) as r_score,
        least(f_bins, 1 + (2 * f_upto - f_ties) * f_bins // (2 * n)) as f_score,
        least(m_bins, 1 + (2 * m_upto - m_ties) * m_bins // (2 * n)) as m_score,
        silence * n <= r_sum as is_recent, purchase_days * n >= f_sum as is_frequent, spend_floor * n >= m_sum as is_big
      from bins
    ),
    everyone as (
      select p.customer_key, p.lifetime_purchase_days, p.days_since_last_purchase as silence, p.purchase_days, p.spend,
        coalesce(s.r_score, 1) as r_score, coalesce(s.f_score, 1) as f_score, coalesce(s.m_score, 1) as m_score,
        s.is_recent, s.is_frequent, s.is_big, p.tenure_days
      from purchases as p left join scored as s using (customer_key)
      where p.lifetime_purchase_days > 0
    )
    select customer_key, r_score, f_score, m_score,
      case when silence <= 30 then 5 when silence <= 60 then 4 when silence <= 90 then 3 when silence <= 180 then 2
        else 1 end as r_fixed_score,
      case when purchase_days >= 10 then 5 when purchase_days >= 5 then 4 when purchase_days >= 3 then 3
        when purchase_days >= 2 then 2 else 1 end as f_fixed_score,
      case when spend >= 500000 then 5 when spend >= 200000 then 4 when spend >= 80000 then 3 when spend >= 20000 then 2
        else 1 end as m_fixed_score,
      3000 * r_score + 3000 * f_score + 4000 * m_score as rfm_score,
      concat(cast(r_score as varchar), cast(f_score as varchar), cast(m_score as varchar)) as rfm_cell,
      case
        when tenure_days < 30 then 'newcomer'
        when is_big and is_recent and is_frequent then 'important_value'
        when is_big and not is_recent and is_frequent then 'important_keep'
        when is_big and is_recent and not is_frequent then 'important_develop'
        when is_big and not is_recent and not is_frequent then 'important_retain'
        when is_recent and is_frequent then 'general_value'
        when not is_recent and is_frequent then 'general_keep'
        when is_recent and not is_frequent then 'general_develop'
        else 'general_retain'
      end as rfm_class
    from everyone
    """
)

_FREQUENCY_CLASSES = sql(
    """
    with base as (
      select quantile_disc(purchase_rate, 0.7) as seventieth from frequency
      where purchase_days > 0 and tenure_days >= 90
    )
    select customer_key, case
        when lifetime_purchase_days = 0 then 'never_bought'
        when tenure_days < 90 then 'new'
        when purchase_days = 0 then 'silent'
        when purchase_rate >= greatest(seventieth, 40000) then 'frequent'
        else 'occasional'
      end as frequency_class
    from frequency cross join base
    """
)
