"""How Django finds this app."""

from __future__ import annotations

from django.apps import AppConfig


class OwnershipApp(AppConfig):
    """Hand-overs of customers."""

    name = "keceng.desk.ownership"
    label = "ownership"
