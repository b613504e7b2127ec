"""Roles, and which duty belongs to which: the one place that says who may do what."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from keceng.vocabulary import Text


class Role(StrEnum):
    """What somebody is in the company."""

    SALES_REP = "sales_rep"
    ACCOUNT_MANAGER = "account_manager"
    MARKETING_MANAGER = "marketing_manager"
    SALES_DIRECTOR = "sales_director"
    DATA_ANALYST = "data_analyst"
    CUSTOMER_SERVICE = "customer_service"
    ADMINISTRATOR = "administrator"

    @property
    def title(self) -> Text:  # type: ignore[override]  # a role's title in two languages, not str.title
        """The role as people say it."""
        return _TITLES[self]


_TITLES: Mapping[Role, Text] = {
    Role.SALES_REP: Text("销售代表", "Sales rep"),
    Role.ACCOUNT_MANAGER: Text("客户经理", "Account manager"),
    Role.MARKETING_MANAGER: Text("市场经理", "Marketing manager"),
    Role.SALES_DIRECTOR: Text("销售总监", "Sales director"),
    Role.DATA_ANALYST: Text("数据分析师", "Data analyst"),
    Role.CUSTOMER_SERVICE: Text("客服", "Customer service"),
    Role.ADMINISTRATOR: Text("管理员/个人信息保护负责人", "Administrator / DPO"),
}


class Duty(StrEnum):
    """Something that not everybody may do."""

    MANAGE_USERS = "manage_users"
    WRITE_STANDARDS = "write_standards"
    APPROVE_STANDARDS = "approve_standards"
    IMPORT_DATA = "import_data"
    START_RUNS = "start_runs"
    DECIDE_REVIEWS = "decide_reviews"
    CLOSE_REVIEWS = "close_reviews"
    ASK_ABOUT_GRADES = "ask_about_grades"
    APPROVE_GRADES = "approve_grades"
    LOG_CONTACTS = "log_contacts"
    SEE_PERSONS = "see_persons"
    SEE_DATA = "see_data"
    TAKE_REJECTS = "take_rejects"
    HAND_OVER = "hand_over"

    @property
    def wording(self) -> Text:
        """The duty in words."""
        return _WORDING[self]


_WORDING: Mapping[Duty, Text] = {
    Duty.MANAGE_USERS: Text("管理用户与角色", "manage users and roles"),
    Duty.WRITE_STANDARDS: Text("编写标准", "write standards"),
    Duty.APPROVE_STANDARDS: Text("审批和发布标准", "approve and publish standards"),
    Duty.IMPORT_DATA: Text("导入数据", "import data"),
    Duty.START_RUNS: Text("运行分级", "start a run"),
    Duty.DECIDE_REVIEWS: Text("在评审会上决定", "decide in a review"),
    Duty.CLOSE_REVIEWS: Text("召集和关闭评审会", "open and close a review"),
    Duty.ASK_ABOUT_GRADES: Text(
        "提出申诉、人工调整和重点客户提名", "ask for appeals, overrides and nominations"
    ),
    Duty.APPROVE_GRADES: Text(
        "批准人工调整和重点客户提名、答复申诉", "approve overrides and nominations, answer appeals"
    ),
    Duty.LOG_CONTACTS: Text("记录联系与推迟", "log and postpone contacts"),
    Duty.SEE_PERSONS: Text("查看个人姓名和电话", "see the names and phones of persons"),
    Duty.SEE_DATA: Text("查看数据来源与质量", "see sources and quality of the data"),
    Duty.TAKE_REJECTS: Text("下载退回行", "download rejected rows"),
    Duty.HAND_OVER: Text("转交客户", "hand customers over"),
}

_DIRECTORS = frozenset({Role.SALES_DIRECTOR})
_WRITERS = frozenset({Role.MARKETING_MANAGER, Role.DATA_ANALYST, Role.SALES_DIRECTOR})
_SELLERS = frozenset({Role.SALES_REP, Role.ACCOUNT_MANAGER, Role.SALES_DIRECTOR})

HOLDERS: Mapping[Duty, frozenset[Role]] = {
    Duty.MANAGE_USERS: frozenset({Role.ADMINISTRATOR}),
    Duty.WRITE_STANDARDS: _WRITERS,
    Duty.APPROVE_STANDARDS: _DIRECTORS,
    Duty.IMPORT_DATA: _WRITERS | {Role.ADMINISTRATOR},
    Duty.START_RUNS: _WRITERS,
    Duty.DECIDE_REVIEWS: frozenset({Role.SALES_DIRECTOR, Role.ACCOUNT_MANAGER, Role.MARKETING_MANAGER}),
    Duty.CLOSE_REVIEWS: _DIRECTORS,
    Duty.ASK_ABOUT_GRADES: _SELLERS | {Role.CUSTOMER_SERVICE},
    Duty.APPROVE_GRADES: _DIRECTORS,
    # A strategy may give a cell of customers to marketing, who then works through it like a seller.
    Duty.LOG_CONTACTS: _SELLERS | {Role.CUSTOMER_SERVICE, Role.MARKETING_MANAGER},
    Duty.SEE_PERSONS: _SELLERS | {Role.CUSTOMER_SERVICE},
    Duty.SEE_DATA: _WRITERS | {Role.ADMINISTRATOR},
    # Rejected rows are as they came: names and phones stand in them in full.
    Duty.TAKE_REJECTS: frozenset({Role.DATA_ANALYST, Role.SALES_DIRECTOR, Role.ADMINISTRATOR}),
    Duty.HAND_OVER: _DIRECTORS,
}
"""Which roles have a duty; whoever approves is besides that never who asked."""

SEES_EVERYBODY = _WRITERS | {Role.CUSTOMER_SERVICE}
"""Roles that see every customer, as far as nobody limits them."""
SEES_OWN = frozenset({Role.SALES_REP, Role.ACCOUNT_MANAGER})
"""Roles that see the customers they own."""

WHOLE_COMPANY = frozenset(
    {
        Duty.WRITE_STANDARDS,
        Duty.APPROVE_STANDARDS,
        Duty.IMPORT_DATA,
        Duty.START_RUNS,
        Duty.CLOSE_REVIEWS,
        Duty.SEE_DATA,
        Duty.TAKE_REJECTS,
    }
)
"""What is about every customer at once: nobody does it by a role that is limited to a part of the company."""
OF_HEADS = frozenset({Duty.HAND_OVER})
"""What heads of departments may do besides, with the customers they see."""
