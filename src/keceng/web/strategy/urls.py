"""The strategy board."""

from __future__ import annotations

from django.urls import path

from keceng.web.strategy import views

urlpatterns = [path("", views.strategy, name="strategy")]
