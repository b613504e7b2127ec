"""The master files and the books as business files: customers, products, order lines, receivables, payments, contacts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from keceng.demo.contacts import Contact
from keceng.demo.customers import Customer, Role
from keceng.demo.history import AS_OF
from keceng.demo.orders import Order
from keceng.demo.products import Product
from keceng.demo.receivables import Payment, Receivable
from keceng.demo.sheets import Cell, Sheet, yuan


def list_customer_rows(customers: Iterable[Customer]) -> Sheet:
    """The customer file."""
    headers = (
        "客户编码", "客户名称", "客户类型", "上级客户编码", "行业", "员工数", "年营业额(万元)", "省份", "城市", "大区",
        "手机", "客户来源", "客户经理", "客户等级", "建档日期", "所属系统", "行政层级",
    )  # fmt: skip
    rows = [
        (
            c.code, c.name, c.role.value, c.parent_code, c.industry, c.employees, c.turnover_wan, c.province_spelling,
            c.city, c.province.area, c.phone, c.source, c.owner, c.legacy_grade, c.joined_on, c.government_system,
            c.government_level,
        )
        for c in customers
    ]  # fmt: skip
    return Sheet("customers", "客户档案.xlsx", headers, rows)


def list_product_rows(products: Iterable[Product]) -> Sheet:
    """The article file."""
    headers = ("商品编码", "商品名称", "商品分类", "产品线", "标准成本", "标价", "上市日期")
    rows = [
        (p.code, p.name, p.category, p.product_line, yuan(p.cost_cents), yuan(p.list_cents), p.launched_on)
        for p in products
    ]
    return Sheet("products", "商品档案.csv", headers, rows)


def list_order_rows(orders: Iterable[Order], numbers: Mapping[str, str]) -> Sheet:
    """Every line of every order; returns are negative, gifts cost something and bring nothing."""
    headers = (
        "订单号", "行号", "下单时间", "客户编码", "客户名称", "单据类型", "商品编码", "商品名称", "商品分类", "产品线",
        "数量", "单价", "优惠金额", "实付金额", "成本金额", "渠道", "订单状态", "原订单号",
    )  # fmt: skip
    rows = [row for order in orders for row in _order_rows(order, numbers)]
    return Sheet("order_lines", "订单明细.csv", headers, rows, encoding="utf-8")


def _order_rows(order: Order, numbers: Mapping[str, str]) -> Iterator[tuple[Cell, ...]]:
    number, customer = numbers[order.key], order.customer
    refers_to = numbers[order.refers_to] if order.refers_to else None
    for line_no, line in enumerate(order.lines, start=1):
        product = line.product
        yield (
            number, line_no, order.placed_at, customer.code, customer.name, line.line_type.value, product.code,
            product.name, product.category, product.product_line, line.quantity, yuan(line.unit_cents),
            yuan(line.discount_cents), yuan(line.net_cents), yuan(line.cost_cents), order.channel, order.status,
            refers_to,
        )  # fmt: skip


def list_receivable_rows(receivables: Iterable[Receivable]) -> Sheet:
    """The receivables, with a title above and a total below, as accounting systems print them."""
    headers = ("应收单号", "客户编码", "客户名称", "开票日期", "到期日", "应收金额", "是否争议")
    rows = [
        (
            r.number, r.customer.code, r.customer.name, r.issued_on, r.due_on, yuan(r.amount_cents),
            "是" if r.is_disputed else "否",
        )
        for r in receivables
    ]  # fmt: skip
    title = f"示例公司 应收明细 截至{AS_OF:%Y-%m-%d}"
    return Sheet("invoices", "应收明细.xlsx", headers, rows, title=title, total_column="应收金额")


def list_payment_rows(payments: Iterable[Payment]) -> Sheet:
    """The payments; days written as an accountant types them."""
    headers = ("回款单号", "客户编码", "客户名称", "应收单号", "回款日期", "回款金额", "收款方式")
    rows = [
        (
            p.number, p.receivable.customer.code, p.receivable.customer.name, p.receivable.number,
            f"{p.received_on.year}/{p.received_on.month}/{p.received_on.day}", yuan(p.amount_cents), p.method,
        )
        for p in payments
    ]  # fmt: skip
    return Sheet("payments", "回款明细.csv", headers, rows)


def list_contact_rows(contacts: Iterable[Contact]) -> Sheet:
    """The contact persons of organisations."""
    headers = (
        "联系人编号", "客户编码", "客户名称", "联系人", "职务", "部门", "层级", "采购角色", "影响力", "手机",
        "上级联系人编号", "关系深度", "支持度", "负责人", "离职日期", "是否公职人员",
    )  # fmt: skip
    rows = [
        (
            c.number, c.customer.code, c.customer.name, c.name, c.title, c.department, c.seniority, c.buying_role,
            c.power, c.phone, c.reports_to, c.relation_strength, c.support, c.customer.owner, c.left_on,
            "是" if c.customer.role is Role.GOVERNMENT else "否",
        )
        for c in contacts
    ]  # fmt: skip
    return Sheet("contacts", "联系人.xlsx", headers, rows)
