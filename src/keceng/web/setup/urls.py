"""No route of its own: the gate shows the page at `/` until there is an administrator."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
