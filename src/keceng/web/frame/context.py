"""What every page knows: where it stands, who looks, which data it shows."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest

from keceng.desk.directory.queries import current_edition
from keceng.desk.directory.tiers import read_tiers
from keceng.desk.people.models import User
from keceng.desk.people.queries import roles_of
from keceng.vocabulary import Text
from keceng.web.frame.templatetags.words import page_language


@dataclass(frozen=True, slots=True)
class Screen:
    """An entry of the menu."""

    route: str
    title: Text
    icon: str


SCREENS = (
    Screen("overview", Text("总览", "Overview"), "home"),
    Screen("my_day", Text("今日", "My day"), "calendar-due"),
    Screen("customers", Text("客户", "Customers"), "users"),
    Screen("reviews", Text("升降级评审", "Review"), "list-check"),
    Screen("data", Text("数据", "Data"), "database"),
    Screen("settings", Text("设置", "Settings"), "settings"),
)


def frame(request: HttpRequest) -> dict[str, object]:
    """The context of every template."""
    user = getattr(request, "user", None)
    signed_in = isinstance(user, User)
    edition = current_edition() if signed_in else None
    match = request.resolver_match
    return {
        "language": page_language(),
        "screens": SCREENS if signed_in else (),
        "here": match.url_name if match else "",
        "edition": edition,
        "tiers": read_tiers(edition) if edition else {},
        "my_roles": [role.title for role in sorted(roles_of(user))] if isinstance(user, User) else [],
    }
