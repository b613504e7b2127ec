"""The service packages that strategies name: what a customer in them gets, in two words."""

from __future__ import annotations

from collections.abc import Mapping

from keceng.vocabulary import Text

SERVICES: Mapping[str, Text] = {
    "strategic": Text("战略客户服务", "Strategic account service"),
    "growth": Text("成长客户服务", "Growth service"),
    "priority": Text("优先服务", "Priority service"),
    "plus": Text("增值服务", "Enhanced service"),
    "standard": Text("标准服务", "Standard service"),
    "basic": Text("基础服务", "Basic service"),
    "care": Text("关怀服务", "Care service"),
    "member": Text("会员服务", "Member service"),
    "team-a": Text("专属团队", "Dedicated team"),
    "regional": Text("区域团队", "Regional team"),
    "catalogue": Text("目录供货", "Catalogue supply"),
    "circle-core": Text("核心圈层服务", "Core circle service"),
    "circle": Text("圈层服务", "Circle service"),
    "circle-open": Text("圈层开放活动", "Open circle events"),
    "content": Text("内容与资讯", "Content and news"),
}
"""Title by the code that a standard writes after `service:`; every shipped template keeps to these."""


def service_title(code: str) -> Text:
    """The package as on a screen; one that a company names itself is shown as it wrote it."""
    return SERVICES.get(code, Text(code, code))
