"""How Django finds this app."""

from __future__ import annotations

from django.apps import AppConfig


class TokensApp(AppConfig):
    """Access tokens and the answers kept for them."""

    name = "keceng.desk.tokens"
    label = "tokens"
