"""How Django finds this app."""

from __future__ import annotations

from django.apps import AppConfig


class OutboxApp(AppConfig):
    """Decisions that wait for the lake."""

    name = "keceng.desk.outbox"
    label = "outbox"
