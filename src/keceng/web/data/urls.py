"""What came in."""

from __future__ import annotations

from django.urls import path

from keceng.web.data import views

urlpatterns = [
    path("", views.data, name="data"),
    path("rejects.xlsx", views.rejects, name="rejects"),
]
