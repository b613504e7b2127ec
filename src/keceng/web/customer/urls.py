"""One customer: the page, what is asked about its grade, and the letter to it."""

from __future__ import annotations

from django.urls import path

from keceng.web.customer import asking, letter, views

urlpatterns = [
    path("<int:customer_key>/", views.customer, name="customer"),
    path("<int:customer_key>/sources/", views.sources, name="customer_sources"),
    path("<int:customer_key>/ask/", asking.ask, name="customer_ask"),
    path("<int:customer_key>/answer/", asking.answer, name="customer_answer"),
    path("<int:customer_key>/letter/", letter.letter, name="customer_letter"),
]
