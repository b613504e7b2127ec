"""What was done, as people say it."""

from __future__ import annotations

from collections.abc import Mapping

from keceng.vocabulary import Text

ACTIONS: Mapping[str, Text] = {
    "user.first": Text("成为第一位管理员", "became the first administrator"),
    "user.created": Text("添加用户", "added a user"),
    "user.renamed": Text("更改称呼", "changed a name"),
    "user.left": Text("停用用户", "deactivated a user"),
    "user.returned": Text("恢复用户", "reactivated a user"),
    "role.granted": Text("授予角色", "granted a role"),
    "role.revoked": Text("收回角色", "took a role back"),
    "password.set": Text("重设口令", "set a password"),
    "password.changed": Text("更改自己的口令", "changed their own password"),
    "owner.given": Text("指定账上的负责人", "said who an owner is"),
    "owner.taken": Text("收回账上的负责人", "took an owner's name back"),
    "person.revealed": Text("查看姓名和电话", "saw names and phones"),
    "contact.logged": Text("记录联系", "logged a contact"),
    "contact.postponed": Text("推迟联系", "put a contact off"),
    "rejects.taken": Text("下载退回行", "downloaded rejected rows"),
    "export.asked": Text("导出客户", "asked for an export of customers"),
    "export.taken": Text("下载导出的客户", "took an export of customers"),
    "import.uploaded": Text("上传文件", "uploaded files"),
    "import.answered": Text("说明导入的列或问题", "said what columns mean"),
    "import.asked": Text("导入文件", "imported files"),
    "job.cancelled": Text("取消任务", "cancelled a task"),
    "schedule.made": Text("安排定期任务", "made a schedule"),
    "schedule.ended": Text("停止定期任务", "ended a schedule"),
}
"""By the row's `action`."""


def told_action(action: str) -> Text:
    """An action in words; one without words as it is."""
    return ACTIONS.get(action, Text(action, action))


SUBJECTS: Mapping[str, Text] = {
    "user": Text("用户", "user"),
    "owner": Text("账上的负责人", "owner in the books"),
    "customer": Text("客户", "customer"),
    "batch": Text("文件", "file"),
    "upload": Text("上传", "upload"),
    "job": Text("任务", "task"),
    "schedule": Text("定期任务", "schedule"),
}
"""By the row's `about`."""


def told_subject(about: str) -> Text:
    """What something was done to; a kind without words as it is."""
    return SUBJECTS.get(about, Text(about, about))
