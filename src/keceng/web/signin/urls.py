"""Routes of signing in."""

from __future__ import annotations

from django.urls import path

from keceng.web.signin import views

urlpatterns = [
    path("signin/", views.sign_in, name="signin"),
    path("password/", views.set_password, name="set_password"),
    path("signout/", views.sign_out, name="signout"),
    path("language/", views.choose_language, name="language"),
]
