"""What an audit row keeps of old and new, as people read it: names in words, nothing that says nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from keceng.desk.jobs.states import Every, JobKind
from keceng.desk.people.duties import Role
from keceng.desk.visits.words import Channel, Outcome
from keceng.vocabulary import Text

Detail = tuple[Text, Text]
_NAMES: Mapping[str, Text] = {
    "name": Text("名称", "name"),
    "display_name": Text("称呼", "name"),
    "role": Text("角色", "role"),
    "user": Text("用户", "user"),
    "owner": Text("负责人", "owner"),
    "above": Text("上级部门", "above"),
    "is_active": Text("在用", "active"),
    "condition": Text("条件", "condition"),
    "shared": Text("共享", "shared"),
    "files": Text("文件", "files"),
    "source": Text("来源", "source"),
    "kind": Text("种类", "kind"),
    "every": Text("周期", "every"),
    "on_day": Text("第几日", "on day"),
    "at_hour": Text("几点", "at hour"),
    "outcome": Text("结果", "outcome"),
    "channel": Text("方式", "channel"),
    "order": Text("排序", "order"),
    "format": Text("格式", "format"),
    "language": Text("语言", "language"),
    "grade": Text("等级", "grade"),
    "class_id": Text("等级", "class"),
    "state": Text("状态", "state"),
    "region": Text("区域", "region"),
    "text": Text("查找", "search"),
    "moved": Text("升降", "moved"),
    "verdict": Text("决定", "verdict"),
    "standard": Text("标准", "standard"),
    "as_of": Text("截止日", "as of"),
    "due_on": Text("期限", "due"),
    "expires_on": Text("到期", "expires"),
    "until": Text("至", "until"),
    "customers": Text("客户数", "customers"),
    "persons": Text("人数", "persons"),
    "rows": Text("行数", "rows"),
    "items": Text("项数", "items"),
    "silent_days": Text("未联系天数", "days without contact"),
    "is_overdue": Text("有逾期", "overdue"),
    "is_mine": Text("我的", "mine"),
    "is_at_risk": Text("有流失风险", "at risk"),
    "measure": Text("指标", "measure"),
}
_WORDS: Mapping[str, type[JobKind | Every | Outcome | Channel]] = {
    "kind": JobKind,
    "every": Every,
    "outcome": Outcome,
    "channel": Channel,
}
_YES, _NO = Text("是", "yes"), Text("否", "no")


def spell_details(kept: Mapping[str, object]) -> Sequence[Detail]:
    """Each thing kept with its name; what was left empty is left out, what lies within something is told beside it."""
    return list(_spelt(kept, is_within=False))


def _spelt(kept: Mapping[str, object], *, is_within: bool) -> Iterator[Detail]:
    for name, value in kept.items():
        if isinstance(value, Mapping):
            yield from _spelt(value, is_within=True)
        # Within what was asked for, a box that was not ticked was not asked for.
        elif value not in (None, "", [], False) or (value is False and not is_within):
            yield _NAMES.get(name, Text(name, name)), _value(name, value)


def _value(name: str, value: object) -> Text:
    if isinstance(value, bool):
        return _YES if value else _NO
    if name == "role" and value in list(Role):
        return Role(str(value)).title
    words = _WORDS.get(name)
    if words is not None and value in list(words):
        return words(str(value)).wording
    if isinstance(value, list):
        return Text("、".join(map(str, value)), ", ".join(map(str, value)))
    return Text(str(value), str(value))
