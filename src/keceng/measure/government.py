"""Government customers: which system and level a unit belongs to, its projects, and the scale of its procurement.

A unit's name is read here and leaves only as a code.
"""

from __future__ import annotations

import datetime as dt

from sqlglot import exp

from keceng.lake import Step, sql
from keceng.measure.declaration import Measure
from keceng.measure.frame import UNITS, Frame
from keceng.vocabulary import Direction, Kind, Text

_INPUTS = ("customers", "persons", "projects", "contracts", "opportunities", "contacts", "declared_measures")
_NEUTRAL, _HIGHER = Direction.NEUTRAL, Direction.HIGHER

SYSTEMS: tuple[tuple[str, Text, str], ...] = (
    ("education", Text("教育", "Education"), "教育|学校|中学|小学|大学|学院|幼儿园|职教|电大"),
    ("health", Text("卫健", "Health"), "卫生|卫健|医院|疾控|疾病预防|妇幼|医保|中医"),
    ("public_security", Text("公安", "Public security"), "公安|警|消防|司法|检察|法院|监狱"),
    ("transport", Text("交通", "Transport"), "交通|公路|港航|港口|运输|铁路|地铁"),
    ("government_data", Text("政务数据", "Government data"), "大数据|政务|数据局|行政审批|信息中心|电子政务"),
    ("housing", Text("住建", "Housing and construction"), "住建|住房|建设|城管|城市管理|规划|市政"),
    ("water", Text("水利", "Water"), "水利|水务|河务|水文|黄河"),
    (
        "other",
        Text("其他", "Other"),
        "局|厅|委员会|政府|管委会|中心|协会|总队|支队|党校|馆|所$|站$|处$|院$|部$",
    ),
)
"""Systems with the words in a unit's name that tell them; the first that matches wins."""

LEVELS: tuple[tuple[str, Text], ...] = (
    ("national", Text("国家", "National")),
    ("provincial", Text("省级", "Provincial")),
    ("municipal", Text("市级", "Municipal")),
    ("county", Text("县区级", "County")),
)
PROJECT_TYPES: tuple[tuple[str, Text, str], ...] = (
    ("infrastructure", Text("基础设施", "Infrastructure"), "基础设施|工程|施工|道路|桥|建设项目|改造"),
    ("information", Text("信息化", "Information systems"), "信息化|系统|软件|平台|数字|智慧|网络|数据"),
    ("operation", Text("运维", "Operation and maintenance"), "运维|维保|维护|物业|运营"),
    ("public_service", Text("公共服务", "Public services"), "服务|培训|咨询|体检|保安|评估"),
    ("goods", Text("采购货物", "Goods"), "货物|设备|采购|家具|车辆|教材|器材|仪器"),
)
STATES: tuple[tuple[str, Text], ...] = (
    ("building", Text("在建", "Under way")),
    ("intent", Text("有意向", "Intent published")),
    ("warranty", Text("维保期", "In warranty")),
    ("gap", Text("空窗", "Gap")),
)
STAGE_ODDS: tuple[tuple[str, int], ...] = (
    ("intent", 10),
    ("early", 10),
    ("preliminary", 40),
    ("middle", 80),
    ("late", 95),
)
"""Per cent of a planned amount that counts, by stage; a published 采购意向 counts 10 %."""


def _category(name: str, zh: str, en: str, definition: Text, codes: tuple[tuple[str, Text], ...]) -> Measure:
    return Measure(
        name, Text(zh, en), definition, Kind.CATEGORY, UNITS["none"], _NEUTRAL, _INPUTS, categories=codes
    )


def _flag(name: str, zh: str, en: str, definition: Text, *, actionable: bool = False) -> Measure:
    return Measure(
        name, Text(zh, en), definition, Kind.FLAG, UNITS["none"], _HIGHER, _INPUTS, actionable=actionable
    )


MEASURES: tuple[Measure, ...] = (
    _category("procurement_system", "采购系统", "System",
              Text("导入的系统, 否则按单位名称判断", "the imported system, else told from the unit's name"), tuple((c, t) for c, t, _ in SYSTEMS)),
    _category("procurement_level", "采购层级", "Level",
              Text("导入的层级, 否则按单位名称判断", "the imported level, else told from the unit's name"), LEVELS),
    _category("procurement_project_type", "项目类型", "Project type",
              Text("36 个月内金额最大的项目类型", "the project type with the greatest amount in 36 months"), tuple((c, t) for c, t, _ in PROJECT_TYPES)),
    Measure("procurement_won", Text("已中标额", "Won"),
            Text("近 36 个月已签或已中标金额; 框架协议只计其调用合同", "amounts signed or awarded in 36 months; of a framework only its call-offs count"),
            Kind.MONEY, UNITS["money"], _HIGHER, _INPUTS),
    Measure("procurement_amount", Text("采购规模额", "Procurement amount"),
            Text("近 36 个月已中标额 + 未来 12 个月计划额 × 阶段把握", "won in 36 months plus planned in 12 months × the odds of its stage"),
            Kind.MONEY, UNITS["money"], _HIGHER, _INPUTS),
    _flag("opening_within_12m", "12 个月内有采购", "Opening within 12 months",
          Text("12 个月内有计划采购、意向或商机", "a planned purchase, published intent or opportunity within 12 months")),
    _flag("decider_known", "已知决策者", "Decider known", Text("联系人中有决策者或审批者", "a contact is the decider or approver"), actionable=True),
    _flag("procurement_recent_24m", "24 个月内有往来", "Active within 24 months",
          Text("24 个月内有合同、项目、商机、订单或互动", "a contract, project, opportunity, order or interaction within 24 months"),
          actionable=True),
    _category("government_state", "采购状态", "Procurement state",
              Text("在建、有意向、维保期、空窗(超过 18 个月没有中标)", "under way, intent, in warranty, gap (nothing won for 18 months)"), STATES),
    Measure("months_since_last_won", Text("距上次中标", "Months since last won"),
            Text("距最近一次签约或中标的整月数(30 天)", "whole months of 30 days since the latest signature or award"),
            Kind.COUNT, Text("个月", "months"), Direction.LOWER, _INPUTS),
)  # fmt: skip


def government_steps(frame: Frame) -> list[Step]:
    """`government`: one row per unit with a procurement trace or a government name; needs `units` and `purchases`."""
    return [
        Step("procurement_names", _names(), Text("单位名称判断的系统与层级", "system and level told from the unit's name")),
        Step("procurement_events", _events(frame), Text("中标与计划", "awards and plans")),
        Step("procurement_traces", _traces(frame), Text("往来与决策者", "recent traces and deciders")),
        Step("government", _government(frame), Text("政府采购指标", "procurement measures")),
    ]  # fmt: skip


def _first_match(text: exp.Expr, choices: list[tuple[str, str]]) -> exp.Expr:
    found = exp.Case()
    for code, pattern in choices:
        found = found.when(
            sql("regexp_matches(:text, :pattern)", text=text, pattern=pattern),
            exp.Literal.string(code),
            copy=False,
        )
    return found


def _names() -> exp.Expr:
    # 自治区 and 开发区 are not counties; the deepest level named wins.
    name = exp.column("unit_name")
    return sql(
        """
        with named as (
          select u.unit_key as customer_key, max(p.name) as unit_name, max(c.government_system) as stated_system,
            max(c.government_level) as stated_level, max(c.kind) as kind
          from units as u join customers as c on c.customer_key = u.unit_key
          left join persons as p on p.customer_key = u.unit_key
          group by u.unit_key
        ),
        bare as (
          select *, regexp_replace(unit_name, '自治区|开发区|高新区|示范区|城乡|社区|校区|地区', '') as plain_name from named
          where coalesce(kind, 'org') <> 'person'
            and not regexp_matches(coalesce(unit_name, ''), '公司|厂$|店$|集团|合作社|个体')
        )
        select customer_key, coalesce(stated_system, :system) as procurement_system,
          coalesce(stated_level, case
            when :system is null then null
            when regexp_matches(plain_name, '县|区|镇|乡|街道') then 'county'
            when regexp_matches(plain_name, '市|州|盟') then 'municipal'
            when regexp_matches(unit_name, '省|自治区') then 'provincial'
            when regexp_matches(unit_name, '^(国家|中国|中央)|部$') then 'national'
          end) as procurement_level
        from bare where stated_system is not null or :system is not null
        """,
        system=_first_match(name, [(code, pattern) for code, _, pattern in SYSTEMS]),
    )


def _events(frame: Frame) -> exp.Expr:
    odds = exp.Case(this=exp.column("stage"))
    for stage, percent in STAGE_ODDS:
        odds = odds.when(exp.Literal.string(stage), exp.Literal.number(percent), copy=False)
    return sql(
        """
        with awards as (
          select customer_key, signed_on as happened_on, amount, cast(null as varchar) as project_type, ends_on as runs_until
          from contracts
          where signed_on <= :as_of and contract_id not in (
            select framework_id from contracts where framework_id is not null and signed_on <= :as_of)
          union all
          select p.customer_key, p.awarded_on, p.awarded, p.project_type,
            coalesce(p.warranty_until, case when p.accepted_on <= :as_of then p.accepted_on end)
          from projects as p
          where p.awarded_on <= :as_of and p.customer_key not in (
            select customer_key from contracts where customer_key is not null and signed_on <= :as_of)
          union all
          select customer_key, stated_on, amount, null, null from declared_measures
          where starts_with(measure, 'contract_amount') and kind = 'money' and stated_on <= :as_of and amount > 0
        ),
        plans as (
          select customer_key, coalesce(tender_on, published_on) as expected_on, budget as amount, project_type, 10 as percent
          from projects
          where published_on <= :as_of and (awarded_on is null or awarded_on > :as_of) and coalesce(stage, '') <> 'lost'
          union all
          select customer_key, expected_on, amount, null, coalesce(:odds, 10) from opportunities
          where opened_on <= :as_of and (closed_on is null or closed_on > :as_of)
          union all
          select customer_key, stated_on, amount, null, 10 from declared_measures
          where starts_with(measure, 'planned_amount') and kind = 'money' and stated_on >= cast(:as_of as date) and amount > 0
        )
        select u.unit_key as customer_key, 'won' as event, happened_on, amount, amount as weighted_amount, project_type, runs_until
        from awards join units as u using (customer_key)
        where happened_on > :three_years_ago
        union all
        select u.unit_key, 'planned', expected_on, amount, amount * percent // 100, project_type, null
        from plans join units as u using (customer_key)
        where expected_on is null or (expected_on > cast(:as_of as date) - 90 and expected_on <= :next_year)
        """,
        as_of=frame.as_of,
        odds=odds,
        three_years_ago=frame.as_of - dt.timedelta(days=3 * 365),
        next_year=frame.as_of + dt.timedelta(days=365),
    )


def _traces(frame: Frame) -> exp.Expr:
    return sql(
        """
        with touched as (
          select customer_key, happened_on as touched_on from interactions
          union all select customer_key, signed_on from contracts
          union all select customer_key, published_on from projects
          union all select customer_key, tender_on from projects
          union all select customer_key, awarded_on from projects
          union all select customer_key, opened_on from opportunities
          union all select customer_key, day from purchase_day where orders > 0
          union all select customer_key, stated_on from declared_measures where starts_with(measure, 'contract_amount') and amount > 0
        ),
        latest as (
          select u.unit_key as customer_key, max(touched_on) as touched_on
          from touched join units as u using (customer_key) where touched_on <= :as_of group by u.unit_key
        ),
        deciders as (
          select distinct u.unit_key as customer_key from contacts as c join units as u using (customer_key)
          where c.buying_role in ('decider', 'approver') and (c.left_on is null or c.left_on > :as_of)
        )
        select p.customer_key, coalesce(l.touched_on > :two_years_ago, false) as procurement_recent_24m,
          d.customer_key is not null as decider_known
        from purchases as p left join latest as l using (customer_key) left join deciders as d using (customer_key)
        """,
        as_of=frame.as_of,
        two_years_ago=frame.as_of - dt.timedelta(days=2 * 365),
    )


def _government(frame: Frame) -> exp.Expr:
    known = exp.column("project_type")
    stated = [(code, f"^{code}$|{pattern}") for code, _, pattern in PROJECT_TYPES]
    return sql(
        """
        with sums as (
          select customer_key,
            coalesce(sum(amount) filter (where event = 'won'), 0) as won,
            coalesce(sum(weighted_amount), 0) as scale,
            max(happened_on) filter (where event = 'won') as last_won_on,
            count(*) filter (where event = 'planned') > 0 as has_plan,
            max(runs_until) filter (where event = 'won') as runs_until
          from procurement_events group by customer_key
        ),
        typed as (
          select customer_key, :project_type as kind_of_project, sum(amount) as amount
          from procurement_events where project_type is not null group by customer_key, :project_type
        ),
        main_type as (
          select customer_key, kind_of_project, row_number() over (partition by customer_key order by amount desc, kind_of_project) as place
          from typed where kind_of_project is not null
        )
        select t.customer_key, n.procurement_system, n.procurement_level, m.kind_of_project as procurement_project_type,
          cast(coalesce(s.won, 0) as bigint) as procurement_won, cast(coalesce(s.scale, 0) as bigint) as procurement_amount,
          coalesce(s.has_plan, false) as opening_within_12m, t.decider_known, t.procurement_recent_24m,
          (cast(:as_of as date) - s.last_won_on) // 30 as months_since_last_won,
          case
            when s.last_won_on is not null and s.runs_until is null and cast(:as_of as date) - s.last_won_on <= 365 then 'building'
            when coalesce(s.has_plan, false) then 'intent'
            when s.runs_until > cast(:as_of as date) then 'warranty'
            when s.last_won_on is null or cast(:as_of as date) - s.last_won_on > 548 then 'gap'
            else 'building'
          end as government_state
        from procurement_traces as t
        left join procurement_names as n using (customer_key)
        left join sums as s on s.customer_key = t.customer_key
        left join main_type as m on m.customer_key = t.customer_key and m.place = 1
        where n.customer_key is not null or s.customer_key is not null
        """,
        as_of=frame.as_of,
        project_type=_first_match(known, stated),
    )
