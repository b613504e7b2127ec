"""The day, and what is done in it."""

from __future__ import annotations

from django.urls import path

from keceng.web.my_day import views

urlpatterns = [
    path("", views.my_day, name="my_day"),
    path("contact/<int:customer_key>/", views.log_contact, name="log_contact"),
    path("later/<int:customer_key>/", views.put_off, name="put_off"),
]
