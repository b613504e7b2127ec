"""The ledger that collect publishes: which tables, one row of each is what, and where personal data may live.

Facts carry `customer_key`, a random number; names, phones, addresses, source ids and free text stand in
`persons`, `contacts`, `texts` and `rejects` only, so erasing a person rewrites those and nothing else.
"""

from __future__ import annotations

from keceng.lake import Column, Storage, Table
from keceng.vocabulary import Text

_STORAGE = {
    "int": Storage.INTEGER,
    "cents": Storage.CENTS,
    "text": Storage.TEXT,
    "date": Storage.DATE,
    "time": Storage.TIMESTAMP,
    "flag": Storage.FLAG,
    "qty": Storage.QUANTITY,
}


def _columns(text: str) -> tuple[Column, ...]:
    """Columns from `name:storage` words; a trailing `!` marks a personal one."""
    parsed = []
    for word in text.split():
        name, _, storage = word.partition(":")
        parsed.append(Column(name, _STORAGE[storage.rstrip("!")], personal=storage.endswith("!")))
    return tuple(parsed)


def _table(name: str, zh: str, en: str, key: str, columns: str) -> Table:
    return Table(name, Text(zh, en), tuple(key.split()), _columns(columns))


CUSTOMERS = _table(
    "customers", "一个客户", "one customer", "customer_key",
    "customer_key:int kind:text role:text parent_key:int industry:text employees:int own_turnover:cents "
    "province:text city:text district:text region:text acquired_from:text owner:text class_legacy:text "
    "status:text created_on:date first_seen_on:date is_bucket:flag is_related_party:flag is_supplier:flag "
    "government_system:text government_level:text",
)  # fmt: skip
PERSONS = _table(
    "persons", "一个来源系统里的一个客户身份", "one identity of a customer in one source", "source source_id",
    "source:text source_id:text! customer_key:int name:text! short_name:text! uscc:text phone:text! wechat:text! "
    "address:text! birth_year:int! sex:text! occupation:text! id_code:int!",
)  # fmt: skip
CONTACTS = _table(
    "contacts", "客户的一位联系人", "one contact person of a customer", "contact_key",
    "contact_key:int source:text source_id:text! customer_key:int name:text! title:text dept:text seniority:text "
    "phone:text! power:int buying_role:text reports_to_key:int relation_strength:int support:int owner:text "
    "left_on:date is_public_official:flag",
)  # fmt: skip
TEXTS = _table(
    "texts", "一段自由文本", "one free text", "about record_id",
    "about:text record_id:text customer_key:int content:text!",
)  # fmt: skip
ORDERS = _table(
    "orders", "一张订单", "one order", "order_key",
    "order_key:int source:text order_id:text customer_key:int ordered_on:date ordered_at:time paid_on:date "
    "status:text channel:text space:text store:text ref_order_id:text void_on:date batch_id:text",
)  # fmt: skip
ORDER_LINES = _table(
    "order_lines", "一行订单明细", "one order line", "order_key line_no",
    "order_key:int line_no:int customer_key:int line_on:date product_id:text quantity:qty amount:cents "
    "list_amount:cents discount:cents cost:cents is_return:flag is_valid:flag is_gift:flag is_cancelled:flag void_on:date "
    "content:text batch_id:text row_no:int",
)  # fmt: skip
PRODUCTS = _table(
    "products", "一个商品", "one product", "product_id",
    "product_id:text name:text category:text product_line:text unit_cost:cents list_price:cents launched_on:date "
    "retired_on:date",
)  # fmt: skip
PURCHASE_DAY = _table(
    "purchase_day",
    "一个客户的一天(若其订单后来被整单退回, 另成一行)",
    "one customer's day (orders wholly returned later stand in a row of their own)",
    "customer_key day void_on",
    "customer_key:int day:date void_on:date orders:int lines:int net:cents gross:cents cost:cents "
    "costed_net:cents discount:cents list_amount:cents returned:cents",
)  # fmt: skip
INVOICES = _table(
    "invoices", "一张应收单", "one receivable", "source invoice_id",
    "source:text invoice_id:text customer_key:int contract_id:text issued_on:date due_on:date amount:cents "
    "is_disputed:flag written_off_on:date",
)  # fmt: skip
PAYMENTS = _table(
    "payments", "一笔回款", "one payment", "source payment_id",
    "source:text payment_id:text customer_key:int invoice_id:text received_on:date amount:cents method:text",
)  # fmt: skip
INTERACTIONS = _table(
    "interactions", "一次互动", "one interaction", "source interaction_id",
    "source:text interaction_id:text customer_key:int contact_key:int happened_on:date channel:text space:text "
    "initiated_by:text interaction_type:text staff:text minutes:int outcome:text",
)  # fmt: skip
SURVEY_RESPONSES = _table(
    "survey_responses", "问卷的一个答案", "one answer to a survey", "source response_id question",
    "source:text response_id:text survey:text survey_kind:text customer_key:int answered_on:date question:text "
    "answer:int seconds:int",
)  # fmt: skip
COMPLAINTS = _table(
    "complaints", "一件投诉", "one complaint", "source complaint_id",
    "source:text complaint_id:text customer_key:int order_id:text received_on:date channel:text severity:text "
    "complaint_type:text root_cause:text owner:text first_reply_at:time solved_on:date verified_on:date outcome:text",
)  # fmt: skip
RELATIONS = _table(
    "relations", "两个客户间的一种关系", "one relation between two customers", "from_key to_key relation_type",
    "from_key:int to_key:int relation_type:text strength:int since_on:date evidence:text",
)  # fmt: skip
OPPORTUNITIES = _table(
    "opportunities", "一个商机", "one opportunity", "source opportunity_id",
    "source:text opportunity_id:text customer_key:int stage:text amount:cents opened_on:date expected_on:date "
    "closed_on:date outcome:text lost_reason:text product_line:text owner:text",
)  # fmt: skip
PROJECTS = _table(
    "projects", "一个政府采购项目", "one procurement project", "source project_id",
    "source:text project_id:text customer_key:int government_system:text government_level:text project_type:text "
    "method:text stage:text budget:cents awarded:cents published_on:date tender_on:date awarded_on:date "
    "accepted_on:date warranty_until:date",
)  # fmt: skip
CONTRACTS = _table(
    "contracts", "一份合同", "one contract", "source contract_id",
    "source:text contract_id:text customer_key:int signed_on:date amount:cents starts_on:date ends_on:date "
    "framework_id:text payment_terms_days:int fulfilled_on:date promised_on:date",
)  # fmt: skip
CONSENTS = _table(
    "consents", "一次同意或撤回", "one consent or withdrawal", "customer_key purpose channel given_on",
    "customer_key:int purpose:text channel:text basis:text given_on:date withdrawn_on:date text_version:text",
)  # fmt: skip
DECLARED_MEASURES = _table(
    "declared_measures", "客户粒度文件里声明的一个数", "one number stated by a customer-grain file",
    "customer_key measure stated_on",
    "customer_key:int measure:text kind:text amount:int category:text stated_on:date source:text row_no:int",
)  # fmt: skip
COST_RATES = _table(
    "cost_rates", "一项服务活动自某日起的费率", "the rate of one service activity from a day on", "activity since_on",
    "activity:text since_on:date rate:int set_by:text",
)  # fmt: skip
DECISIONS = _table(
    "decisions", "人做出的一个会改变结果的决定", "one decision of a person that changes a result", "decision_id",
    "decision_id:text decision_type:text customer_key:int standard_id:text class_id:text about:text payload:text "
    "reason:text decided_by:text approved_by:text decided_at:time effective_on:date expires_on:date",
)  # fmt: skip
OWNER_CHANGES = _table(
    "owner_changes", "一位客户改由谁负责", "one customer's change of owner", "change_id customer_key",
    "change_id:text customer_key:int owner:text stated_owner:text changed_at:time changed_by:text",
)  # fmt: skip
BATCHES = _table(
    "batches", "一次导入的一个文件", "one file of one import", "batch_id",
    "batch_id:text source:text entity:text file:text digest:text imported_at:time read:int added:int updated:int "
    "unchanged:int rejected:int anonymous:int duplicate_lines:int mapping:text assumed:text first_on:date last_on:date",
)  # fmt: skip
REJECTS = _table(
    "rejects", "一行被退回的原始数据", "one rejected source row", "batch_id row_no",
    "batch_id:text row_no:int sheet:text column:text! value:text! code:text reason_zh:text reason_en:text row:text! "
    "fixed_by:text",
)  # fmt: skip
SOURCES = _table(
    "sources", "一个来源记住的对应关系与回答", "what is remembered of one source", "source entity",
    "source:text entity:text mapping:text answers:text",
)  # fmt: skip

IMPORT_STEPS = _table(
    "import_steps",
    "账本的一步: 一个文件的一张表怎样被收进来",
    "one step in the making of the ledger: one table of a file, as it was taken in",
    "step_no",
    "step_no:int step_id:text import_id:text batch_id:text file:text imported_at:time settings:text",
)
TAKEN_BACK = _table(
    "taken_back", "被撤销的一步", "one step that was taken back", "step_id",
    "step_id:text import_id:text batch_id:text source:text entity:text file:text imported_at:time read:int added:int "
    "updated:int unchanged:int rejected:int rejects:text taken_back_at:time taken_back_by:text",
)  # fmt: skip

LEDGER: tuple[Table, ...] = (
    CUSTOMERS, PERSONS, CONTACTS, TEXTS, ORDERS, ORDER_LINES, PRODUCTS, PURCHASE_DAY, INVOICES, PAYMENTS,
    INTERACTIONS, SURVEY_RESPONSES, COMPLAINTS, RELATIONS, OPPORTUNITIES, PROJECTS, CONTRACTS, CONSENTS,
    DECLARED_MEASURES, COST_RATES, DECISIONS, OWNER_CHANGES, BATCHES, REJECTS, SOURCES,
)  # fmt: skip
"""Every table of the ledger. How it was made stands beside it, in `IMPORT_STEPS` and `TAKEN_BACK`."""
