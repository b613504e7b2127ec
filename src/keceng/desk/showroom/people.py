"""Who works at the demo company: one person of each role, the departments they are in, the owners of the books they are."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from keceng.desk.directory.actions import give_owner_name
from keceng.desk.people.actions import create_first_administrator, create_user, grant_role, rename_user
from keceng.desk.people.departments import create_department, place_user
from keceng.desk.people.duties import Role
from keceng.desk.people.models import User
from keceng.desk.signature import Signature

_SYLLABLES = ("ba", "de", "fu", "gi", "ko", "lu", "ma", "ne", "pi", "ro", "su", "ta", "vo", "we", "ya", "zu")


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody of the demo company.

    Attributes:
        username: to sign in with.
        owner: by what name the books know them as owner of customers; empty for none.
        department: where they are; empty for nowhere.
    """

    username: str
    shown_name: str
    role: Role
    owner: str = ""
    department: str = ""
    is_head: bool = False


SALES, MARKETING, SERVICE = "销售部", "市场部", "客服部"
COLLEAGUES: Sequence[Colleague] = (
    Colleague("guanli", "关示宁", Role.ADMINISTRATOR),
    Colleague("zongjian", "董例方", Role.SALES_DIRECTOR, department=SALES, is_head=True),
    Colleague("jingli", "安样琪", Role.ACCOUNT_MANAGER, "业务乙组", SALES),
    Colleague("xiaoshou", "芮示东", Role.SALES_REP, "业务甲组", SALES),
    Colleague("shichang", "梅例朵", Role.MARKETING_MANAGER, department=MARKETING, is_head=True),
    Colleague("fenxi", "蔡样文", Role.DATA_ANALYST, department=MARKETING),
    Colleague("kefu", "柯示芙", Role.CUSTOMER_SERVICE, department=SERVICE, is_head=True),
)
"""One of each role; the first is the administrator."""


def draw_password() -> str:
    """Three words nobody has used, easy to type: about 48 bits."""
    return "-".join("".join(secrets.choice(_SYLLABLES) for _ in range(4)) for _ in range(3))


def let_in(password: str, *, at: dt.datetime) -> Mapping[Role, User]:
    """Make everybody, with one password for all, in their departments; by role.

    Raises:
        KecengError: the desk has users already.
    """
    first, *others = COLLEAGUES
    root = create_first_administrator(first.username, password, at=at)
    signed = Signature(root, at)
    rename_user(root, first.shown_name, signed=signed)
    made = {first.role: root}
    for colleague in others:
        user = create_user(
            colleague.username, signed=signed, display_name=colleague.shown_name, password=password
        )
        grant_role(user, colleague.role, signed=signed)
        made[colleague.role] = user
    _place(made, signed)
    return made


def _place(made: Mapping[Role, User], signed: Signature) -> None:
    departments = {name: create_department(name, None, signed=signed) for name in (SALES, MARKETING, SERVICE)}
    for colleague in COLLEAGUES:
        if colleague.department:
            place = departments[colleague.department]
            place_user(made[colleague.role], place, is_head=colleague.is_head, signed=signed)
        if colleague.owner:
            give_owner_name(made[colleague.role], colleague.owner, signed=signed)
