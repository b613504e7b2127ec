"""The company of the browser tests: the demo company in small, with people of every role and something true on every screen.

Run as `python -m tests.browser.company DIRECTORY`, in a process of its own: a process has one desk.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
from pathlib import Path

from keceng.collect import CollectOptions
from keceng.demo import AS_OF, write_company
from keceng.desk.opening import open_desk, repair_desk
from keceng.desk.people.duties import Role
from keceng.loop import create_workspace, read_standard

CUSTOMERS = 400
PASSWORD = "moon-river-4711"  # noqa: S105  of people who do not exist
PEOPLE = {
    "guan": ("关宁", Role.ADMINISTRATOR),
    "rui": ("芮小东", Role.SALES_REP),
    "an": ("安琪", Role.ACCOUNT_MANAGER),
    "mei": ("梅朵", Role.MARKETING_MANAGER),
    "dong": ("董方", Role.SALES_DIRECTOR),
    "cai": ("蔡文", Role.DATA_ANALYST),
    "kefu": ("柯芙", Role.CUSTOMER_SERVICE),
}
"""Everybody's name to sign in, shown name and role; the first is the administrator."""
OWNER_NAMES = {"rui": "业务甲组", "an": "业务乙组"}
FALLEN = {
    "F000001": ("示例远航贸易有限公司", "业务甲组"),
    "F000002": ("示例江潮机电有限公司", "业务乙组"),
    "F000003": ("示例云帆医药有限公司", "业务丙组"),
}
BEFORE = dt.date(2025, 12, 31)


def make_company(directory: Path) -> None:
    """A workspace with the demo company's files, two runs half a year apart and a desk at work.

    Raises:
        KecengError: what any of it refuses; nothing should.
    """
    files = write_company(directory / "files", customers=CUSTOMERS)
    workspace = create_workspace(directory)
    told = [*files.paths.values(), *write_fallen(directory / "files")]
    workspace.collect(told, CollectOptions(assume_defaults=True))
    standard = read_standard("retail")
    workspace.classify(standard, BEFORE)
    workspace.classify(standard, AS_OF)
    # As the server sees it: passwords are kept the way that its sign-in knows.
    os.environ["DJANGO_SETTINGS_MODULE"] = "keceng.web.settings"
    open_desk(directory)
    from tests.browser.desk_at_work import set_to_work  # noqa: PLC0415  its models load after the desk is open

    set_to_work(workspace)
    repair_desk(workspace, at=dt.datetime.now(dt.UTC))


def write_fallen(folder: Path) -> list[Path]:
    """Files of three good customers who bought every month of 2025 and nothing since: they leave class A."""
    heads, lines = folder / "客户补录.csv", folder / "订单补录.csv"
    known = [f"{code},{name},终端,华东,{owner}" for code, (name, owner) in FALLEN.items()]
    bought = [
        f"{code}-{month},{code},{name},2025-{month:02}-15,{60_000 + 1_000 * month}"
        for code, (name, _owner) in FALLEN.items()
        for month in range(1, 13)
    ]
    heads.write_text("\n".join(["客户编码,客户名称,客户类型,大区,客户经理", *known]), encoding="utf-8")
    lines.write_text("\n".join(["订单号,客户编码,客户名称,下单时间,实付金额", *bought]), encoding="utf-8")
    return [heads, lines]


if __name__ == "__main__":
    make_company(Path(sys.argv[1]))
