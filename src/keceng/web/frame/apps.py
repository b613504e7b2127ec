"""How Django finds the frame that all screens share."""

from __future__ import annotations

from django.apps import AppConfig


class FrameApp(AppConfig):
    """Template tags, middleware, error pages."""

    name = "keceng.web.frame"
    label = "frame"
