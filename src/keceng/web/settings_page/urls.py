"""One's own settings, and those of the desk."""

from __future__ import annotations

from django.urls import path

from keceng.web.settings_page import departments, owners, people, tokens, views

urlpatterns = [
    path("", views.settings_page, name="settings"),
    path("password/", views.own_password, name="own_password"),
    path("people/", people.people, name="people"),
    path("people/change/", people.change_person, name="change_person"),
    path("departments/", departments.departments, name="departments"),
    path("departments/change/", departments.change_department, name="change_department"),
    path("owners/", owners.owners, name="owners"),
    path("audit/", views.audit, name="audit"),
    path("tokens/", tokens.tokens, name="tokens"),
    path("tokens/<int:token_id>/revoke/", tokens.revoke, name="token_revoke"),
]
