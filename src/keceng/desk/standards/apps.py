"""How Django finds this app."""

from __future__ import annotations

from django.apps import AppConfig


class StandardsApp(AppConfig):
    """Revisions of standards and their events."""

    name = "keceng.desk.standards"
    label = "standards"
