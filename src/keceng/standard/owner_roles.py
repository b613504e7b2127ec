"""Who in the company looks after the customers of a cell: the roles that a strategy may name."""

from __future__ import annotations

from collections.abc import Mapping

from keceng.vocabulary import Text

OWNER_ROLES: Mapping[str, Text] = {
    "sales_rep": Text("销售代表", "Sales rep"),
    "account_manager": Text("客户经理", "Account manager"),
    "marketing_manager": Text("市场经理", "Marketing manager"),
    "sales_director": Text("销售总监", "Sales director"),
    "customer_service": Text("客服", "Customer service"),
}
"""Title by the code that a standard writes after `owner:` of a strategy; the desk's roles have the same codes."""
