"""How Django finds this app."""

from __future__ import annotations

from django.apps import AppConfig


class VisitsApp(AppConfig):
    """Contacts logged at the desk and days put off."""

    name = "keceng.desk.visits"
    label = "visits"
