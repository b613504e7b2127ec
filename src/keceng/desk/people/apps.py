"""How Django finds this app."""

from __future__ import annotations

from django.apps import AppConfig


class PeopleApp(AppConfig):
    """Users and their roles."""

    name = "keceng.desk.people"
    label = "people"
