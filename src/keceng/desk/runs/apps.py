"""How Django finds this app."""

from __future__ import annotations

from django.apps import AppConfig


class RunsApp(AppConfig):
    """Runs, reviews, appeals, overrides and nominations."""

    name = "keceng.desk.runs"
    label = "runs"
