"""The list of customers."""

from __future__ import annotations

from django.urls import path

from keceng.web.customers import views

urlpatterns = [path("", views.customers, name="customers")]
