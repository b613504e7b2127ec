"""The desk over the measured company: who visits it, and how long its own answers take without any page around them."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from keceng.desk.people.models import User

DIRECTOR, REP = "dong", "rui"
_MOST_KEYS = 200_000
_PAGE_ROWS = 50
_FACTS = ("customer_key", "grade", "reason_code", "spend", "purchase_days")
ASKED: Sequence[tuple[Mapping[str, Any], str]] = (
    ({"grade": "B"}, "silence"),
    ({"region": "杭州"}, "loss"),
    ({"state": "dormant"}, "spend"),
    ({"moved": "down"}, "name"),
    ({"grade": "A", "region": "上海"}, "overdue"),
    ({"state": "at_risk", "grade": "B"}, "loss"),
)
"""What lists are asked for: filters, and an order."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody signed in.

    Attributes:
        cookie: of the session.
        token: of the API; empty for whoever has none.
        keys: customers whom they may see.
    """

    cookie: str
    token: str
    keys: Sequence[int]


def open_books(workspace: Path) -> dict[str, Visitor]:
    """The workspace's directory filled from its published run, a director and a rep signed in."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "keceng.web.settings"
    os.environ["KECENG_WORKSPACE"] = str(workspace.resolve())
    key = workspace / ".desk-key"
    if not key.exists():
        key.write_text(os.urandom(32).hex(), encoding="utf-8")
    # Sessions made here and those of the server must be signed alike, before either reads its settings.
    os.environ["KECENG_SECRET_KEY"] = key.read_text(encoding="utf-8")
    from keceng.desk.opening import open_desk  # noqa: PLC0415  the environment names its workspace

    desk = open_desk(workspace)
    from django.conf import settings  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    settings.SECRET_KEY = os.environ["KECENG_SECRET_KEY"]
    from keceng.desk.directory.actions import follow_published_run, give_owner_name  # noqa: PLC0415
    from keceng.desk.directory.models import Entry  # noqa: PLC0415
    from keceng.desk.people.actions import create_first_administrator, create_user, grant_role  # noqa: PLC0415
    from keceng.desk.people.duties import Role  # noqa: PLC0415
    from keceng.desk.people.models import User  # noqa: PLC0415
    from keceng.desk.signature import Signature  # noqa: PLC0415

    now = timezone.now()
    follow_published_run(desk.lake, at=now)
    if not User.objects.exists():
        signed = Signature(create_first_administrator("root", os.urandom(16).hex(), at=now), now)
        for name, role in ((DIRECTOR, Role.SALES_DIRECTOR), (REP, Role.SALES_REP)):
            grant_role(create_user(name, signed=signed), role, signed=signed)
        owner = Entry.objects.exclude(owner="").values_list("owner", flat=True).first()
        give_owner_name(User.objects.get(username=REP), str(owner), signed=signed)
    return {name: _sign_in(User.objects.get(username=name)) for name in (DIRECTOR, REP)}


def _sign_in(user: User) -> Visitor:
    from django.test import Client  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from keceng.desk.directory.scope import visible_entries  # noqa: PLC0415
    from keceng.desk.signature import Signature  # noqa: PLC0415
    from keceng.desk.tokens.actions import issue_token, revoke_token  # noqa: PLC0415
    from keceng.desk.tokens.models import Token  # noqa: PLC0415

    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    signed = Signature(user, timezone.now())
    for former in Token.objects.filter(user=user, revoked_at=None):
        revoke_token(former.pk, signed=signed)
    _, secret = issue_token("bench", ["customers:read"], days=1, signed=signed)
    keys = visible_entries(user).filter(excluded_as="").values_list("customer_key", flat=True)
    return Visitor(str(client.cookies["sessionid"].value), secret, list(keys[:_MOST_KEYS]))


def time_answers(workspace: Path, visitor: Visitor, count: int) -> dict[str, list[float]]:
    """Milliseconds of `count` look-ups of one customer, and of `count` first pages of a list, each as a screen asks the desk."""
    from django.utils import timezone  # noqa: PLC0415

    from keceng.classify import find_customers  # noqa: PLC0415
    from keceng.desk.directory.listing import Listing  # noqa: PLC0415
    from keceng.desk.directory.queries import Wanted  # noqa: PLC0415
    from keceng.desk.directory.scope import current_edition, find_entry  # noqa: PLC0415
    from keceng.desk.groups.selection import Selection, select_entries  # noqa: PLC0415
    from keceng.desk.people.models import User  # noqa: PLC0415
    from keceng.loop import open_workspace  # noqa: PLC0415

    lake, rng = open_workspace(workspace).lake, random.Random(7)  # noqa: S311  the same requests every time
    user = User.objects.get(username=DIRECTOR)

    def look_up() -> None:
        key = rng.choice(visitor.keys)
        entry = find_entry(user, key)
        assert entry is not None  # noqa: S101  they were seen a moment ago
        snapshot = lake.snapshot()
        found = find_customers(snapshot, snapshot.run_directory(entry.edition.run_id), [key], _FACTS)
        assert found.num_rows == 1  # noqa: S101

    def turn_to() -> None:
        filters, order = rng.choice(ASKED)
        edition = current_edition()
        assert edition is not None  # noqa: S101  the books are open
        asked = Selection(wanted=Wanted(**filters))
        found = Listing(select_entries(user, edition, asked, timezone.localdate()), order)
        len(found), found[:_PAGE_ROWS]

    return {"point": _timed(look_up, count), "list": _timed(turn_to, count)}


def _timed(ask: Callable[[], None], count: int) -> list[float]:
    from keceng.desk.remembering import remembering  # noqa: PLC0415  as every page does

    took = []
    for number in range(-5, count):
        started = time.perf_counter()
        with remembering():
            ask()
        if number >= 0:
            took.append(1000 * (time.perf_counter() - started))
    return took
