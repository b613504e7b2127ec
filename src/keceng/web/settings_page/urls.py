"""One's own settings, and those of the desk."""

from __future__ import annotations

from django.urls import path

from keceng.web.settings_page import owners, people, views

urlpatterns = [
    path("", views.settings_page, name="settings"),
    path("password/", views.own_password, name="own_password"),
    path("people/", people.people, name="people"),
    path("people/change/", people.change_person, name="change_person"),
    path("owners/", owners.owners, name="owners"),
    path("audit/", views.audit, name="audit"),
]
