"""What every page knows: where it stands, who looks, which data it shows."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from keceng.desk.directory.scope import current_edition
from keceng.desk.directory.tiers import read_tiers
from keceng.desk.people.duties import Duty
from keceng.desk.people.models import User
from keceng.desk.people.queries import duties_of, roles_of
from keceng.vocabulary import Text
from keceng.web.frame.templatetags.words import page_language


@dataclass(frozen=True, slots=True)
class Screen:
    """An entry of the menu; with a duty, of the menu of those who have it."""

    route: str
    title: Text
    icon: str
    duty: Duty | None = None


SCREENS = (
    Screen("overview", Text("总览", "Overview"), "home"),
    Screen("my_day", Text("今日", "My day"), "calendar-due", Duty.LOG_CONTACTS),
    Screen("customers", Text("客户", "Customers"), "users"),
    Screen("reviews", Text("升降级评审", "Review"), "list-check"),
    Screen("standards", Text("标准", "Standards"), "ruler-measure"),
    Screen("strategy", Text("策略", "Strategy"), "target"),
    Screen("data", Text("数据", "Data"), "database", Duty.SEE_DATA),
    Screen("imports", Text("导入", "Import"), "file-import", Duty.IMPORT_DATA),
    Screen("runs", Text("运行", "Runs"), "player-play", Duty.START_RUNS),
    Screen("settings", Text("设置", "Settings"), "settings"),
)


def frame(request: HttpRequest) -> dict[str, object]:
    """The context of every template."""
    user = getattr(request, "user", None)
    signed_in = isinstance(user, User)
    edition = current_edition() if signed_in else None
    match = request.resolver_match
    roles = roles_of(user) if isinstance(user, User) else frozenset()
    duties = duties_of(user, roles) if isinstance(user, User) else frozenset()
    return {
        "language": page_language(),
        "screens": [s for s in SCREENS if s.duty is None or s.duty in duties] if signed_in else [],
        "here": match.url_name if match else "",
        "section": _section(request.path),
        "edition": edition,
        "tiers": read_tiers(edition) if edition else {},
        "may_hand_over": Duty.HAND_OVER in duties,
        "my_roles": [role.title for role in sorted(roles)],
    }


def _section(path: str) -> Screen | None:
    """The entry of the menu under whose address a page lies; the overview has itself alone."""
    places = {reverse(screen.route): screen for screen in SCREENS}
    above = [place for place in places if path == place or (place != "/" and path.startswith(place))]
    return places[max(above, key=len)] if above else None
