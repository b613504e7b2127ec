"""How Django finds this app."""

from __future__ import annotations

from django.apps import AppConfig


class AuditApp(AppConfig):
    """Rows of what people did, and the chain that seals them."""

    name = "keceng.desk.audit"
    label = "audit"
