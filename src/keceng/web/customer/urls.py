"""One customer."""

from __future__ import annotations

from django.urls import path

from keceng.web.customer import views

urlpatterns = [path("<int:customer_key>/", views.customer, name="customer")]
