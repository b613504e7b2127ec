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
    "password.link_made": Text("生成设置口令的链接", "made a link to set a password"),
    "password.by_link": Text("用链接设置口令", "set a password by a link"),
    "department.made": Text("新建部门", "made a department"),
    "department.renamed": Text("更改部门名称", "renamed a department"),
    "department.moved": Text("调整部门上级", "moved a department"),
    "department.removed": Text("删除部门", "removed a department"),
    "user.placed": Text("安排所属部门", "placed somebody in a department"),
    "user.limited": Text("限定可见范围", "limited what somebody sees"),
    "owner.handed_over": Text("转交客户", "handed customers over"),
    "owner.hand_over_undone": Text("撤回转交", "took a hand-over back"),
    "owner.given": Text("指定账上的负责人", "said who an owner is"),
    "owner.taken": Text("收回账上的负责人", "took an owner's name back"),
    "person.revealed": Text("查看姓名和电话", "saw names and phones"),
    "contact.logged": Text("记录联系", "logged a contact"),
    "contact.postponed": Text("推迟联系", "put a contact off"),
    "rejects.taken": Text("下载退回行", "downloaded rejected rows"),
    "export.asked": Text("导出客户", "asked for an export of customers"),
    "export.taken": Text("下载导出的客户", "took an export of customers"),
    "export.forgotten": Text("到期删除导出的文件", "deleted an export when its time was over"),
    "import.forgotten": Text("到期删除上传的文件", "deleted uploaded files when their time was over"),
    "import.uploaded": Text("上传文件", "uploaded files"),
    "import.answered": Text("说明导入的列或问题", "said what columns mean"),
    "import.asked": Text("导入文件", "imported files"),
    "import.undo_looked": Text("查看撤销导入的影响", "looked at what the undo of an import would change"),
    "import.undo_asked": Text("撤销导入", "took an import back"),
    "import.undo_dropped": Text("放弃撤销导入", "left an import as it is"),
    "standard.chosen": Text("选定首次分级的标准", "chose the standard of the first run"),
    "job.cancelled": Text("取消任务", "cancelled a task"),
    "schedule.made": Text("安排定期任务", "made a schedule"),
    "schedule.ended": Text("停止定期任务", "ended a schedule"),
    "group.made": Text("保存客户组", "saved a group"),
    "group.changed": Text("更改客户组", "changed a group"),
    "group.deleted": Text("删除客户组", "deleted a group"),
    "view.saved": Text("保存视图", "saved a view"),
    "view.changed": Text("更改视图", "changed a view"),
    "view.deleted": Text("删除视图", "deleted a view"),
    "token.issued": Text("新建访问令牌", "issued an access token"),
    "token.revoked": Text("停用访问令牌", "revoked an access token"),
}
"""By the row's `action`."""


def told_action(action: str) -> Text:
    """An action in words; one without words as it is."""
    return ACTIONS.get(action, Text(action, action))


SUBJECTS: Mapping[str, Text] = {
    "user": Text("用户", "user"),
    "owner": Text("账上的负责人", "owner in the books"),
    "department": Text("部门", "department"),
    "handover": Text("转交", "hand-over"),
    "customer": Text("客户", "customer"),
    "batch": Text("文件", "file"),
    "upload": Text("上传", "upload"),
    "job": Text("任务", "task"),
    "schedule": Text("定期任务", "schedule"),
    "standard": Text("标准", "standard"),
    "group": Text("客户组", "group"),
    "view": Text("保存的视图", "saved view"),
    "token": Text("访问令牌", "access token"),
}
"""By the row's `about`."""


def told_subject(about: str) -> Text:
    """What something was done to; a kind without words as it is."""
    return SUBJECTS.get(about, Text(about, about))
