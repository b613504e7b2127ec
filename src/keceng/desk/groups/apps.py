"""How Django finds this app."""

from __future__ import annotations

from django.apps import AppConfig


class GroupsApp(AppConfig):
    """Saved groups and saved views."""

    name = "keceng.desk.groups"
    label = "groups"
