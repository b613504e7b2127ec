"""The first screen."""

from __future__ import annotations

from django.urls import path

from keceng.web.overview import views

urlpatterns = [path("", views.overview, name="overview")]
