"""How closely an organisation works with us: commitments, payment, response, share of its purchases, noted joint work.

Joint work, channel discipline and shared forecasts are people's notes, each with its date; what nobody noted is dropped.
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
GRACE_DAYS = 7
"""A transfer on its way: so many days after the due date still count as on time."""
RESPONSE_DAYS = 14
MIN_CONTACTS = 3
"""Below so many contacts of ours that had their time to be answered, response is not judged."""
MIN_KNOWN_WEIGHT = 20
"""Of 100; with less behind it there is no score."""

COOPERATION_CLASSES: tuple[tuple[str, int, Text], ...] = (
    ("strategic", 80, Text("战略", "Strategic")),
    ("close", 60, Text("紧密", "Close")),
    ("ordinary", 40, Text("一般", "Ordinary")),
    ("loose", 0, Text("松散", "Loose")),
)
"""Class, least score, title; best first."""

PARTS: tuple[tuple[str, int], ...] = (
    ("commitment_part", 20), ("payment_part", 20), ("joint_work_part", 15), ("channel_discipline_part", 15),
    ("response_part", 10), ("forecast_sharing_part", 10), ("wallet_part", 10),
)  # fmt: skip
"""Parts of the score, each in ten-thousandths of a point, and their weights; they add to 100."""

_INPUTS = (
    "customers", "contracts", "invoices", "payments", "interactions", "purchase_day", "declared_measures",
)  # fmt: skip


def _share(name: str, title: Text, definition: Text) -> Measure:
    return Measure(
        name, title, definition, Kind.RATIO, UNITS["share"], Direction.HIGHER, _INPUTS,
        exact=exact_columns(name, Kind.RATIO),
    )  # fmt: skip


MEASURES: tuple[Measure, ...] = (
    _share("commitment_met_share", Text("承诺量完成率", "Commitment met"),
           Text("近 12 个月内有效的框架合同: 期间销售额 ÷ 按时间摊到截止日的合同金额, 每份最多计满; 没有框架合同则不计",
                "framework contracts in force within 12 months: sales of their term ÷ their amount for the time elapsed, each full at most; dropped without any")),
    _share("on_time_payment_share", Text("按时付款率", "Paid on time"),
           Text("近 12 个月到期的应收中, 到期后 7 天内付清的金额占比, 争议款除外; 没有则不计",
                "of the receivables due in 12 months, the share settled within 7 days of the due date, disputed ones apart; dropped without any")),
    _share("response_share", Text("响应率", "Response"),
           Text("近 12 个月我方发起的联系中, 14 天内客户主动联系或下单的比例; 不足 3 次则不计",
                "of our contacts of 12 months, those after which the customer called or ordered within 14 days; dropped below 3")),
    _share("share_of_wallet", Text("钱包份额", "Share of wallet"),
           Text("近 12 个月销售额 ÷ 申报的对方年采购额, 最多 1; 没有申报则不计",
                "sales of 12 months ÷ the customer's stated yearly purchases, at most 1; dropped without a statement")),
    _share("cooperation_coverage", Text("合作度依据", "Evidence of cooperation"),
           Text("合作度各项中有依据的权重", "weight of the parts of cooperation with evidence")),
    Measure("cooperation_score", Text("合作度", "Cooperation score"),
            Text("承诺量 20、按时付款 20、联合项目 15、渠道与价格纪律 15、响应 10、预测共享 10、钱包份额 10; 没有依据的不计、其余加权, 依据不足 20 则未知; 仅单位客户",
                 "commitment 20, payment on time 20, joint work 15, channel and price discipline 15, response 10, shared forecasts 10, share of wallet 10; "
                 "parts without evidence are dropped and the rest weighs more, unknown below 20 of evidence; organisations only"),
            Kind.SCORE, UNITS["points"], Direction.HIGHER, _INPUTS, exact=exact_columns("cooperation_score", Kind.SCORE)),
    Measure("cooperation_class", Text("合作类型", "Cooperation class"),
            Text("合作度 80 以上战略、60 紧密、40 一般、以下松散; 未知则未知", "score from 80 strategic, 60 close, 40 ordinary, below loose; unknown when the score is"),
            Kind.CATEGORY, UNITS["none"], Direction.NEUTRAL, _INPUTS,
            categories=tuple((code, title) for code, _, title in COOPERATION_CLASSES)),
)  # fmt: skip


def cooperation_steps(frame: Frame) -> list[Step]:
    """`cooperation`: one row per unit; needs `settlements`, `days`, `purchases`, `stated` and `credit_payments`."""
    return [
        Step("commitments", _commitments(frame), Text("框架合同的完成", "framework contracts met")),
        Step("responses", _responses(frame), Text("对我方联系的响应", "answers to our contacts")),
        promptness_step(frame),
        Step("cooperation_evidence", _evidence(frame), Text("合作度的依据", "evidence of cooperation")),
        Step("cooperation_parts", _scores(), Text("合作度的分子分母", "parts of cooperation")),
        with_quotients("cooperation", MEASURES, Text("合作度", "cooperation")),
    ]


# A framework is a contract that another one names as its own.
def _commitments(frame: Frame) -> exp.Expr:
    return sql(
        """
        with frameworks as (
          select u.unit_key as customer_key, c.contract_id, c.amount, c.starts_on, c.ends_on, least(c.ends_on, :as_of) as until
          from contracts as c join units as u using (customer_key)
          where c.amount > 0 and c.starts_on < :as_of and c.ends_on > c.starts_on and c.ends_on > :year_opens
            and c.contract_id in (select framework_id from contracts where signed_on <= :as_of)
        ),
        bought as (
          select f.customer_key, f.contract_id, f.amount, f.until - f.starts_on as days_gone, f.ends_on - f.starts_on as days_all,
            greatest(coalesce(sum(d.net), 0), 0) as net
          from frameworks as f left join days as d on d.customer_key = f.customer_key and d.day >= f.starts_on and d.day <= f.until
          group by all
        )
        select customer_key, cast(sum(least(cast(net as hugeint) * days_all, cast(amount as hugeint) * days_gone) // days_all) as bigint) as met,
          cast(sum(cast(amount as hugeint) * days_gone // days_all) as bigint) as promised
        from bought group by customer_key
        """,
        as_of=frame.as_of,
        year_opens=frame.as_of - dt.timedelta(days=365),
    )


# A contact whose 14 days are not over is left out unless it was already answered.
def _responses(frame: Frame) -> exp.Expr:
    return sql(
        """
        with events as (
          select unit_key as customer_key, happened_on as day, initiated_by = 'us' as is_ours
          from interactions join units using (customer_key)
          where initiated_by in ('us', 'customer') and happened_on <= :as_of and happened_on > :year_opens
          union all
          select customer_key, day, false from days where orders > 0 and day > :year_opens
        ),
        followed as (
          select *, min(case when not is_ours then day end) over (partition by customer_key order by day
            range between current row and unbounded following) as next_answer
          from events
        )
        select customer_key, count(*) as contacts, count(*) filter (where next_answer - day <= :patience) as answered
        from followed where is_ours and (next_answer - day <= :patience or cast(:as_of as date) - day >= :patience)
        group by customer_key
        """,
        as_of=frame.as_of,
        year_opens=frame.as_of - dt.timedelta(days=365),
        patience=RESPONSE_DAYS,
    )


def promptness_step(frame: Frame, since_days: int = YEAR_DAYS) -> Step:
    """`promptness`: per unit the cents `due` within `since_days`, and those settled `on_time`; needs `settlements`."""
    query = sql(
        """
        select customer_key, cast(sum(amount) as bigint) as due,
          cast(coalesce(sum(amount) filter (where settled_on - due_on <= :grace), 0) as bigint) as on_time
        from settlements
        where not is_disputed and due_on > :since and due_on <= :as_of
          and (settled_on is not null or cast(:as_of as date) - due_on > :grace)
        group by customer_key
        """,
        as_of=frame.as_of,
        since=frame.as_of - dt.timedelta(days=since_days),
        grace=GRACE_DAYS,
    )
    return Step("promptness", query, Text("按时付款", "payment on time"))


def _evidence(frame: Frame) -> exp.Expr:
    return sql(
        """
        with sold as (
          select customer_key, greatest(sum(net), 0) as net from days where day > :year_opens group by customer_key
        ),
        joined as (
          select p.customer_key, o.customer_key is not null as is_organisation, c.met, c.promised, t.on_time, t.due,
            case when r.contacts >= :enough then r.answered end as answered, r.contacts,
            s.joint_work_score as joint_work_part, s.channel_discipline_score as channel_discipline_part,
            s.forecast_sharing_score as forecast_sharing_part,
            case when s.stated_yearly_purchases > 0 then least(coalesce(n.net, 0), s.stated_yearly_purchases) end as ours,
            s.stated_yearly_purchases as wallet
          from purchases as p left join credit_payments as o using (customer_key) left join commitments as c using (customer_key)
          left join promptness as t using (customer_key) left join responses as r using (customer_key)
          left join stated as s using (customer_key) left join sold as n using (customer_key)
        )
        select *, cast(met as hugeint) * 10000 as commitment_met_share__num, promised as commitment_met_share__den,
          case when is_organisation then cast(on_time as hugeint) * 10000 end as on_time_payment_share__num, due as on_time_payment_share__den,
          cast(answered as hugeint) * 10000 as response_share__num, contacts as response_share__den,
          cast(ours as hugeint) * 10000 as share_of_wallet__num, wallet as share_of_wallet__den,
          case when promised > 0 then 1000000 * cast(met as hugeint) // promised end as commitment_part,
          case when due > 0 then 1000000 * cast(on_time as hugeint) // due end as payment_part,
          case when answered is not null then 1000000 * answered // contacts end as response_part,
          case when wallet > 0 then 1000000 * cast(ours as hugeint) // wallet end as wallet_part
        from joined
        """,
        year_opens=frame.as_of - dt.timedelta(days=365),
        enough=MIN_CONTACTS,
    )


def _scores() -> exp.Expr:
    points, weights = weigh_parts(PARTS)
    found = exp.Case()
    for code, least, _ in COOPERATION_CLASSES:
        found = found.when(
            sql("points >= :least * weight", least=least * 10_000), exp.Literal.string(code), copy=False
        )
    return sql(
        """
        with weighed as (
          select *, :points as all_points, :weights as all_weights from cooperation_evidence
        ),
        known as (
          select *, case when is_organisation and all_weights >= :enough then all_points end as points,
            case when is_organisation and all_weights >= :enough then all_weights end as weight
          from weighed
        )
        select *, points as cooperation_score__num, weight as cooperation_score__den,
          case when is_organisation then 10000 * all_weights end as cooperation_coverage__num, 100 as cooperation_coverage__den,
          case when points is not null then :found end as cooperation_class
        from known
        """,
        points=points,
        weights=weights,
        enough=MIN_KNOWN_WEIGHT,
        found=found,
    )
