"""The list of customers and its saved views."""

from __future__ import annotations

from django.urls import path

from keceng.web.customers import saved, views

urlpatterns = [
    path("", views.customers, name="customers"),
    path("views/", saved.saved_views, name="saved_views"),
    path("views/<int:view_id>/", saved.saved_view, name="saved_view"),
]
