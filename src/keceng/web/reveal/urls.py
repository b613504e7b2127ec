"""One customer's persons in full."""

from __future__ import annotations

from django.urls import path

from keceng.web.reveal import views

urlpatterns = [path("<int:customer_key>/persons/", views.reveal, name="reveal")]
