"""The fields that decide how much the product can say, and what each is needed for."""

from __future__ import annotations

from dataclasses import dataclass

from keceng.vocabulary import Text


@dataclass(frozen=True, slots=True)
class Important:
    """A field of the ledger, and what nobody can say without it."""

    table: str
    column: str
    title: Text
    needed_for: Text


IMPORTANT = (
    Important(
        "customers",
        "owner",
        Text("客户的负责人", "owner of a customer"),
        Text("今日名单、移交、每人负责几家", "the day of a rep, hand-over, workload"),
    ),
    Important(
        "customers", "region", Text("客户的区域", "region of a customer"), Text("按区域看", "views by region")
    ),
    Important(
        "customers",
        "industry",
        Text("客户的行业", "industry of a customer"),
        Text("行业内比较、可比客户", "comparison within an industry"),
    ),
    Important(
        "customers",
        "role",
        Text("渠道角色", "channel role"),
        Text("经销商与终端分开排名", "ranking dealers apart from end users"),
    ),
    Important(
        "customers",
        "kind",
        Text("企业或个人", "organisation or person"),
        Text("遮蔽个人姓名", "masking of persons"),
    ),
    Important(
        "order_lines", "product_id", Text("明细的商品", "product of a line"), Text("品类宽度", "breadth")
    ),
    Important(
        "order_lines", "quantity", Text("明细的数量", "quantity of a line"), Text("单价", "unit price")
    ),
    Important("order_lines", "cost", Text("明细的成本", "cost of a line"), Text("毛利", "margin")),
    Important("products", "unit_cost", Text("商品的成本", "cost of a product"), Text("毛利", "margin")),
    Important(
        "invoices", "due_on", Text("应收的到期日", "due date of a receivable"), Text("逾期", "overdue money")
    ),
    Important(
        "payments",
        "invoice_id",
        Text("回款对应的应收单", "receivable of a payment"),
        Text("付款天数", "days to pay"),
    ),
    Important(
        "interactions",
        "initiated_by",
        Text("谁发起的联系", "who began a contact"),
        Text("响应率", "response rate"),
    ),
    Important(
        "complaints",
        "solved_on",
        Text("投诉的解决日", "day a complaint was solved"),
        Text("未结投诉", "open complaints"),
    ),
    Important(
        "contacts",
        "buying_role",
        Text("联系人的采购角色", "buying role of a contact"),
        Text("决策链覆盖", "coverage of who decides"),
    ),
)
"""In the order of their tables."""
