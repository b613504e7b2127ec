"""Signing in and out; the language of the page."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from keceng.desk.people.links import find_linked_user, use_password_link
from keceng.vocabulary import KecengError, Text
from keceng.web.frame.messages import say_done
from keceng.web.frame.parsing import sentences

YEAR_SECONDS = 365 * 24 * 3600


@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The form, and the answer to it; a wrong password says nothing about whether the name exists."""
    if request.method == "GET":
        return render(request, "signin.html", {"next": request.GET.get("next", "")})
    name = request.POST.get("username", "").strip()
    user = authenticate(request, username=name, password=request.POST.get("password", ""))
    if user is None:
        context = {"next": request.POST.get("next", ""), "username": name, "is_wrong": True}
        return render(request, "signin.html", context, status=401)
    login(request, user)
    return redirect(_next_of(request))


def locked_out(request: HttpRequest, credentials: object = None, *_rest: object) -> HttpResponse:
    """Too many wrong passwords in a row."""
    del credentials
    return render(request, "signin.html", {"is_locked": True}, status=429)


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "POST"])
def set_password(request: HttpRequest) -> HttpResponse:
    """A password set by whoever has the link of an administrator; 404 for a link that is no good (any more)."""
    secret = request.GET.get("code", "") if request.method == "GET" else request.POST.get("code", "")
    user = find_linked_user(secret, at=timezone.now())
    if user is None:
        # Without a link the page says where one comes from.
        is_bare = request.method == "GET" and not secret
        return render(request, "set_password.html", {"is_bare": is_bare}, status=200 if is_bare else 404)
    context: dict[str, object] = {"name": user.username, "code": secret}
    if request.method == "POST":
        try:
            use_password_link(secret, request.POST.get("password", ""), at=timezone.now())
        except KecengError as error:
            return render(request, "set_password.html", {**context, "told": sentences(error)}, status=400)
        logout(request)
        say_done(request, Text("口令已设置，请登录", "the password is set; sign in"))
        return redirect("signin")
    return render(request, "set_password.html", context)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Out; back to the form."""
    logout(request)
    return redirect("signin")


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Remember the language for a year; nothing else changes."""
    answer = redirect(_next_of(request))
    wanted = request.POST.get("language")
    if wanted in dict(settings.LANGUAGES):
        answer.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, str(wanted), max_age=YEAR_SECONDS, samesite="Lax", httponly=True
        )
    return answer


def _next_of(request: HttpRequest) -> str:
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if wanted and is_ours else "/"
