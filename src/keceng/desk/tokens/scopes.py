"""What a token may at most. Whatever its scopes say, whoever it acts for may never do more than their roles allow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from keceng.vocabulary import KecengError, Text


class Scope(StrEnum):
    """A part of the workbench, and whether it is read or changed; to change one does not imply to read it."""

    CUSTOMERS_READ = "customers:read"
    CUSTOMERS_WRITE = "customers:write"
    CUSTOMERS_EXPORT = "customers:export"
    PERSONS_READ = "persons:read"
    REVIEWS_READ = "reviews:read"
    REVIEWS_WRITE = "reviews:write"
    STANDARDS_READ = "standards:read"
    STANDARDS_WRITE = "standards:write"
    RUNS_READ = "runs:read"
    RUNS_WRITE = "runs:write"
    IMPORTS_READ = "imports:read"
    IMPORTS_WRITE = "imports:write"
    DATA_READ = "data:read"
    PEOPLE_READ = "people:read"
    PEOPLE_WRITE = "people:write"
    AUDIT_READ = "audit:read"

    @property
    def wording(self) -> Text:
        """The scope in words."""
        return _WORDING[self]


_WORDING: Mapping[Scope, Text] = {
    Scope.CUSTOMERS_READ: Text("查看总览、客户与今日", "read the overview, customers and the day"),
    Scope.CUSTOMERS_WRITE: Text(
        "记录联系，提出和答复申诉、调整、提名", "log contacts; ask and answer about grades"
    ),
    Scope.CUSTOMERS_EXPORT: Text("导出客户名单", "export lists of customers"),
    Scope.PERSONS_READ: Text("查看个人姓名和电话（每次都有记录）", "see names and phones of persons (each look is recorded)"),
    Scope.REVIEWS_READ: Text("查看升降级评审", "read reviews"),
    Scope.REVIEWS_WRITE: Text("召集、决定和关闭评审", "open, decide and close reviews"),
    Scope.STANDARDS_READ: Text("查看标准与策略", "read standards and strategies"),
    Scope.STANDARDS_WRITE: Text("编写、提交、审批和发布标准", "write, submit, approve and publish standards"),
    Scope.RUNS_READ: Text("查看运行与任务", "read runs and tasks"),
    Scope.RUNS_WRITE: Text("运行分级、安排和取消任务", "start runs, schedule and cancel tasks"),
    Scope.IMPORTS_READ: Text("查看导入", "read imports"),
    Scope.IMPORTS_WRITE: Text("上传文件并导入", "upload files and take them in"),
    Scope.DATA_READ: Text("查看数据来源与质量", "see sources and quality of the data"),
    Scope.PEOPLE_READ: Text("查看人员与角色", "read people and roles"),
    Scope.PEOPLE_WRITE: Text("管理人员与角色", "manage people and roles"),
    Scope.AUDIT_READ: Text("查看审计", "read the audit"),
}  # fmt: skip


def read_scopes(written: Iterable[str]) -> frozenset[Scope]:
    """The scopes of these names.

    Raises:
        KecengError: there is no such scope, or none is named.
    """
    names = set(written)
    if unknown := names - set(Scope):
        raise KecengError.of(
            "unknown_scope",
            f"没有这种权限范围：{'、'.join(sorted(unknown))}",
            f"there is no such scope: {', '.join(sorted(unknown))}",
        )
    if not names:
        raise KecengError.of("no_scopes", "请至少选一项权限范围", "choose one scope at least")
    return frozenset(Scope(name) for name in names)
