"""What is known of a customer beside its purchases: role, place, size, owner, marks set at collect."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from keceng.collect import OWNER_CHANGES, owner_step
from keceng.lake import Step, sql
from keceng.measure.declaration import Measure
from keceng.measure.frame import UNITS, Frame
from keceng.vocabulary import Direction, Kind, Text

_INPUTS = ("customers",)
_NEUTRAL = Direction.NEUTRAL

PROVINCES: tuple[str, ...] = (
    "北京", "天津", "河北", "山西", "内蒙古", "辽宁", "吉林", "黑龙江", "上海", "江苏", "浙江", "安徽", "福建", "江西", "山东",
    "河南", "湖北", "湖南", "广东", "广西", "海南", "重庆", "四川", "贵州", "云南", "西藏", "陕西", "甘肃", "青海", "宁夏",
    "新疆", "台湾", "香港", "澳门",
)  # fmt: skip
MUNICIPALITIES: tuple[str, ...] = ("北京", "天津", "上海", "重庆", "香港", "澳门")

SIZES: tuple[tuple[str, Text], ...] = (
    ("large", Text("大型", "Large")),
    ("medium", Text("中型", "Medium")),
    ("small", Text("小型", "Small")),
    ("micro", Text("微型", "Micro")),
)
ORGANISATION_KINDS: tuple[tuple[str, Text], ...] = (
    ("org", Text("单位", "Organisation")),
    ("person", Text("个人", "Person")),
)


def _category(
    name: str, title: Text, definition: Text, categories: tuple[tuple[str, Text], ...] = ()
) -> Measure:
    return Measure(
        name, title, definition, Kind.CATEGORY, UNITS["none"], _NEUTRAL, _INPUTS, categories=categories
    )


def _flag(name: str, title: Text, definition: Text, *, is_cause: bool = False) -> Measure:
    return Measure(name, title, definition, Kind.FLAG, UNITS["none"], _NEUTRAL, _INPUTS, is_cause=is_cause)


MEASURES: tuple[Measure, ...] = (
    _category("customer_kind", Text("客户性质", "Customer kind"), Text("单位还是个人", "organisation or person"), ORGANISATION_KINDS),
    _category("role", Text("渠道角色", "Role"), Text("经销商、终端等角色, 按导入的列", "dealer, end user and so on, as imported")),
    replace(
        _category("owner", Text("负责人", "Owner"), Text("我方负责该客户的人", "our person in charge of the customer")),
        inputs=(*_INPUTS, OWNER_CHANGES.name),
    ),
    _category("industry", Text("行业", "Industry"), Text("客户所属行业, 按导入的列", "the customer's industry as imported")),
    _category("province", Text("省份", "Province"), Text("规范化的省级行政区, 不认识的保留原文", "the normalised province; what is not recognised stays as written")),
    _category("city", Text("城市", "City"), Text("规范化的城市, 直辖市即其本身", "the normalised city; a municipality is its own")),
    _category("region", Text("区域", "Region"), Text("导入的区域或大区; 没有则为省份", "the imported region, else the province")),
    _category("size_class", Text("企业规模", "Size class"),
              Text("按从业人员与营业收入的统计划型标准, 两项都达到下限才入该档", "by employees and turnover under the national statistical rule; both lower bounds must be met"), SIZES),
    _category("class_legacy", Text("原客户等级", "Former class"), Text("导入文件里原有的等级", "the class that the imported file carried")),
    _flag("is_dishonest_listed", Text("失信", "Listed as dishonest"), Text("有记录的失信被执行人决定", "a recorded decision that the organisation is a listed defaulter"), is_cause=True),
)  # fmt: skip


FLAGS: tuple[Measure, ...] = (
    _flag("is_bucket", Text("汇总户", "Bucket account"), Text("散客、零售等并非一个客户的编码", "a code such as walk-in that is not one customer")),
    _flag("is_related_party", Text("关联方", "Related party"), Text("关联方或内部往来", "related party or internal account")),
    _flag("is_supplier", Text("供应商", "Supplier"), Text("供应商而非客户", "a supplier, not a customer")),
)  # fmt: skip


def attribute_steps(frame: Frame) -> list[Step]:
    """`party_flags` and `attributes`: one row per unit; needs `units`."""
    return [
        Step("party_flags", _flags(frame), Text("往来性质", "kinds of parties")),
        Step("provinces", _province_table(), Text("省份名录", "gazetteer of provinces")),
        owner_step(),
        Step("attributes", _attributes(frame), Text("客户属性", "attributes of customers")),
    ]


def _flags(frame: Frame) -> exp.Expr:
    return sql(
        """
        select u.unit_key as customer_key, coalesce(c.is_bucket, false) as is_bucket,
          coalesce(c.is_related_party, false) as is_related_party, coalesce(c.is_supplier, false) as is_supplier
        from :judged as u left join customers as c on c.customer_key = u.unit_key
        """,
        judged=sql("(select distinct unit_key from units)")
        if frame.unit == "group"
        else exp.to_table("units"),
    )


def _province_table() -> exp.Expr:
    rows = [
        exp.Tuple(expressions=[exp.Literal.string(p), exp.true() if p in MUNICIPALITIES else exp.false()])
        for p in PROVINCES
    ]
    values = exp.values(rows, alias="gazetteer", columns=["stem", "is_municipality"])
    return exp.select("stem", "is_municipality").from_(values)


# 统计上大中小微型企业划分办法 (2017): employees, turnover in ¥10,000 for industry, wholesale and retail.
def _attributes(frame: Frame) -> exp.Expr:
    return sql(
        """
        with judged as (
          select c.* from customers as c join (select distinct unit_key from units) as u on u.unit_key = c.customer_key
        ),
        placed as (
          select j.*, p.stem as province_stem, p.is_municipality, m.stem as municipality
          from judged as j
          left join provinces as p on starts_with(j.province, p.stem)
          left join provinces as m on m.is_municipality and j.province is null and starts_with(j.city, m.stem)
        ),
        bounds as (
          select *, case
              when industry like '%批发%' then 'wholesale' when industry like '%零售%' then 'retail' else 'industry'
            end as trade,
            own_turnover // 100 as turnover
          from placed
        )
        select b.customer_key, b.kind as customer_kind, b.role, o.owner, b.industry, b.class_legacy,
          coalesce(province_stem, municipality, b.province) as province,
          case when is_municipality then province_stem when municipality is not null then municipality
            else regexp_replace(b.city, '(市|地区|盟|自治州)$', '') end as city,
          coalesce(b.region, province_stem, municipality, b.province) as region,
          case
            when employees is null or own_turnover is null or kind = 'person' then null
            when (trade = 'industry' and employees >= 1000 and turnover >= 400000000)
              or (trade = 'wholesale' and employees >= 200 and turnover >= 400000000)
              or (trade = 'retail' and employees >= 300 and turnover >= 200000000) then 'large'
            when (trade = 'industry' and employees >= 300 and turnover >= 20000000)
              or (trade = 'wholesale' and employees >= 20 and turnover >= 50000000)
              or (trade = 'retail' and employees >= 50 and turnover >= 5000000) then 'medium'
            when (trade = 'industry' and employees >= 20 and turnover >= 3000000)
              or (trade = 'wholesale' and employees >= 5 and turnover >= 10000000)
              or (trade = 'retail' and employees >= 10 and turnover >= 1000000) then 'small'
            else 'micro'
          end as size_class,
          case when d.customer_key is not null then true end as is_dishonest_listed
        from bounds as b
        left join owners as o using (customer_key)
        left join (
          select distinct customer_key from decisions where decision_type = 'dishonest_listed' and effective_on <= :as_of and (expires_on is null or expires_on > :as_of)
        ) as d using (customer_key)
        """,
        as_of=frame.as_of,
    )
