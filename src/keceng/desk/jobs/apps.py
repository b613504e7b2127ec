"""How Django finds this app."""

from __future__ import annotations

from django.apps import AppConfig


class JobsApp(AppConfig):
    """Jobs, schedules and uploaded files."""

    name = "keceng.desk.jobs"
    label = "jobs"
