"""The input fields of every entity: what a column of a file may be. Their aliases stand in `aliases`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from keceng.vocabulary import Text


class FieldKind(StrEnum):
    """What the cells of a field look like, so that a header alone never decides."""

    ID = "id"
    NAME = "name"
    WORD = "word"
    TEXT = "text"
    DATE = "date"
    MONEY = "money"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Field:
    """One input field.

    Attributes:
        name: as in `--map name=column` and as the column of the ledger where there is one.
        kind: what its cells look like.
        title: in the user's words.
        is_repeatable: an order's own number: it may stand on each line of the order (discount, freight, …).
    """

    name: str
    kind: FieldKind
    title: Text
    is_repeatable: bool = False


def _fields(kind: FieldKind, text: str, *, is_repeatable: bool = False) -> tuple[Field, ...]:
    """Fields of one kind from lines `name 中文 English words`."""
    parsed = []
    for line in text.strip().splitlines():
        name, zh, en = line.split(maxsplit=2)
        parsed.append(Field(name, kind, Text(zh, en), is_repeatable))
    return tuple(parsed)


_ALL: tuple[Field, ...] = (
    *_fields(FieldKind.ID, """
        customer_id 客户编号 customer id
        order_id 订单号 order id
        line_no 行号 line number
        product_id 商品编码 product code
        ref_order_id 原订单号 the order a return refers to
        invoice_id 应收单号 invoice id
        payment_id 回款单号 payment id
        contract_id 合同编号 contract id
        project_id 项目编号 project id
        opportunity_id 商机编号 opportunity id
        interaction_id 互动编号 interaction id
        complaint_id 投诉编号 complaint id
        response_id 答卷编号 survey response id
        contact_id 联系人编号 contact id
        parent_id 上级客户编号 id of the parent customer
        from_customer_id 关系起点客户 customer a relation starts from
        to_customer_id 关系终点客户 customer a relation leads to
        reports_to 上级联系人 contact reported to
        framework_id 框架协议编号 framework agreement
        uscc 统一社会信用代码 unified social credit code
        phone 电话 telephone
        wechat 微信 WeChat
    """),
    *_fields(FieldKind.NAME, """
        customer_name 客户名称 customer name
        short_name 简称 short name
        parent_name 上级客户名称 name of the parent customer
        product_name 商品名称 product name
        project_name 项目名称 project name
        contact_name 联系人 contact person
        owner 负责人 account owner
        staff 跟进人 staff
        address 地址 address
    """),
    *_fields(FieldKind.WORD, """
        status 状态 status
        return_mark 退货标记 mark of a return
        is_gift_mark 赠品标记 mark of a gift
        category 品类 product category
        product_line 产品线 product line
        channel 渠道 channel
        space 线上线下 online or offline
        store 门店 store
        kind 客户类型 organisation or person
        role 渠道角色 channel role
        class_legacy 原有等级 class used so far
        industry 行业 industry
        province 省份 province
        city 城市 city
        district 区县 district
        region 区域 region
        acquired_from 客户来源 where the customer came from
        sex 性别 sex
        occupation 职业 occupation
        title 职务 job title
        dept 部门 department
        seniority 层级 seniority
        buying_role 决策角色 role in buying
        is_public_official 是否公职人员 public official or not
        method 方式 method
        is_disputed 有无争议 disputed or not
        stage 阶段 stage
        outcome 结果 outcome
        lost_reason 丢单原因 reason of loss
        project_type 项目类型 project type
        government_system 系统 branch of government
        government_level 层级 level of government
        relation_type 关系类型 kind of relation
        interaction_type 互动类型 kind of interaction
        initiated_by 发起方 who began it
        survey 问卷 survey
        survey_kind 问卷类型 kind of survey
        question 题目 question
        severity 严重程度 severity
        complaint_type 投诉类型 kind of complaint
        root_cause 原因 root cause
        purpose 用途 purpose
        basis 依据 legal basis
        text_version 文本版本 version of the text
        payment_terms 账期 payment terms
    """),
    *_fields(FieldKind.TEXT, """
        content 内容 text
        evidence 依据说明 evidence
    """),
    *_fields(FieldKind.DATE, """
        ordered_at 下单时间 order date
        paid_at 付款时间 payment date
        created_on 建档日期 date of entry
        issued_on 开票日期 invoice date
        due_on 到期日 due date
        settled_on 结清日期 settlement date
        received_on 日期 date received
        written_off_on 核销日期 write-off date
        happened_on 发生日期 date it happened
        answered_on 填写日期 date of the answer
        first_reply_at 首次回复时间 first reply
        solved_on 解决日期 date solved
        verified_on 回访确认日期 date verified
        since_on 起始日期 since
        opened_on 创建日期 date opened
        expected_on 预计成交日期 expected close
        closed_on 关闭日期 date closed
        published_on 意向公开日期 date published
        tender_on 招标日期 tender date
        awarded_on 中标日期 award date
        accepted_on 验收日期 acceptance date
        warranty_until 维保到期日 end of warranty
        signed_on 签订日期 date signed
        starts_on 开始日期 start
        ends_on 结束日期 end
        fulfilled_on 履约完成日期 date fulfilled
        promised_on 承诺日期 promised date
        given_on 同意时间 date of consent
        withdrawn_on 撤回时间 date of withdrawal
        left_on 离职日期 date of leaving
        launched_on 上市日期 launch date
        retired_on 下市日期 retirement date
        birthday 生日 birthday
    """),
    *_fields(FieldKind.MONEY, """
        amount 金额 amount
        cost 成本 cost
    """),
    *_fields(FieldKind.MONEY, """
        order_amount 整单金额 total of the order
        list_amount 应付金额 amount before discount
        discount 优惠金额 discount
        freight 运费 freight
        refund 退款金额 refund
    """, is_repeatable=True),
    *_fields(FieldKind.MONEY, """
        unit_price 单价 unit price
        unit_cost 单位成本 unit cost
        list_price 标价 list price
        balance 未收金额 balance
        received_amount 已收金额 amount received
        budget 预算金额 budget
        awarded 中标金额 awarded amount
        own_turnover 年营业额 own turnover
    """),
    *_fields(FieldKind.NUMBER, """
        quantity 数量 quantity
        employees 人数 employees
        birth_year 出生年份 year of birth
        power 影响力 power
        relation_strength 关系深度 depth of the relation
        support 支持度 support
        strength 强度 strength
        minutes 时长(分钟) minutes
        answer 评分 answer
        seconds 用时(秒) seconds
        payment_terms_days 账期(天) payment terms in days
    """),
)  # fmt: skip

FIELDS: Mapping[str, Field] = {f.name: f for f in _ALL}
"""Every input field by name."""


@dataclass(frozen=True, slots=True)
class Entity:
    """What one row of a file may be.

    Attributes:
        name: a table of the ledger, or `customer_summary`.
        title: one row of it, in the user's words.
        needs: groups of fields; of each group one must be there.
        marks: fields that nothing else has, so that they decide what a file is.
        distinct_share: the least share of different customers among the rows; 1 row per customer is 0.95.
        excludes: fields that it never has.
    """

    name: str
    title: Text
    needs: tuple[tuple[str, ...], ...]
    marks: tuple[str, ...] = ()
    distinct_share: float = 0.0
    excludes: tuple[str, ...] = ()


_CUSTOMER = ("customer_id", "customer_name")

ENTITIES: Mapping[str, Entity] = {
    e.name: e
    for e in (
        Entity("order_lines", Text("销售明细", "sales"), (_CUSTOMER, ("ordered_at", "paid_at"),
               ("amount", "order_amount", "unit_price")), ("order_id", "quantity", "unit_price", "paid_at", "ordered_at")),
        Entity("invoices", Text("应收单", "receivables"), (_CUSTOMER, ("issued_on", "due_on"), ("amount", "balance")),
               ("invoice_id", "due_on", "is_disputed", "balance")),
        Entity("payments", Text("回款", "payments"), (_CUSTOMER, ("received_on",), ("amount",)),
               ("payment_id", "received_on")),
        Entity("interactions", Text("跟进记录", "interactions"), (_CUSTOMER, ("happened_on",)),
               ("interaction_id", "interaction_type", "initiated_by", "minutes", "happened_on")),
        Entity("survey_responses", Text("问卷答案", "survey answers"), (("answered_on",), ("answer",)),
               ("response_id", "survey", "survey_kind", "question", "answer")),
        Entity("complaints", Text("投诉", "complaints"), (_CUSTOMER, ("received_on",)),
               ("complaint_id", "severity", "complaint_type", "root_cause", "solved_on")),
        Entity("relations", Text("客户关系", "relations"), (("from_customer_id",), ("to_customer_id",)),
               ("from_customer_id", "to_customer_id", "relation_type")),
        Entity("contacts", Text("联系人", "contacts"), (_CUSTOMER, ("contact_name",)),
               ("contact_id", "title", "buying_role", "reports_to", "is_public_official")),
        Entity("opportunities", Text("商机", "opportunities"), (("customer_name", "customer_id"), ("stage",)),
               ("opportunity_id", "stage", "lost_reason", "expected_on")),
        Entity("projects", Text("采购项目", "procurement projects"), (_CUSTOMER, ("project_name", "project_id")),
               ("project_id", "project_name", "tender_on", "budget", "published_on", "awarded", "warranty_until")),
        Entity("contracts", Text("合同", "contracts"), (_CUSTOMER, ("contract_id",), ("signed_on", "starts_on")),
               ("contract_id", "signed_on", "framework_id", "ends_on", "fulfilled_on")),
        Entity("consents", Text("营销同意", "consents"), (_CUSTOMER, ("given_on", "withdrawn_on")),
               ("purpose", "given_on", "withdrawn_on", "basis", "text_version")),
        Entity("products", Text("商品档案", "products"), (("product_id", "product_name"), ("product_id", "category", "product_line", "unit_cost", "list_price")),
               ("unit_cost", "list_price", "launched_on", "retired_on", "product_line"), excludes=_CUSTOMER),
        Entity("customer_summary", Text("每客户一行的汇总", "one row of totals per customer"), (_CUSTOMER, ("declared",)),
               ("declared",), distinct_share=0.95),
        Entity("customers", Text("客户档案", "customers"), (_CUSTOMER,),
               ("uscc", "industry", "employees", "created_on", "class_legacy", "acquired_from", "phone", "address",
                "own_turnover", "parent_name", "kind", "province", "owner", "sex", "birthday"), distinct_share=0.5),
    )
}  # fmt: skip
"""Every kind of file, in the order in which a tie is decided."""
