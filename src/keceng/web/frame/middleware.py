"""Who comes in, and what a refusal looks like."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from keceng.desk.people.models import User
from keceng.desk.remembering import remembering
from keceng.vocabulary import KecengError
from keceng.web.frame.templatetags.words import page_language
from keceng.web.setup.views import set_up

Answer = Callable[[HttpRequest], HttpResponse]
# The API asks for its own token, whatever session the request has.
_OPEN = ("/static/", "/api/")


class GateMiddleware:
    """Nobody passes unknown: to the set-up page until there is an administrator, then to the sign-in."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Let through, show the set-up, or ask to sign in."""
        if request.path.startswith(_OPEN) or request.path in {reverse("language"), reverse("set_password")}:
            return self.answer(request)
        if not User.objects.exists():
            return set_up(request) if request.path == "/" else redirect("/")
        if request.user.is_authenticated or request.path == reverse("signin"):
            if request.method not in {"GET", "HEAD"}:
                return self.answer(request)
            with remembering():
                return self.answer(request)
        return redirect(f"{reverse('signin')}?next={request.path}")


class RefusalMiddleware:
    """What the desk refuses becomes a sentence and a remedy, never a traceback."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Nothing on the way in."""
        return self.answer(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The page of a refusal; anything else is a fault."""
        if not isinstance(error, KecengError):
            return None
        told = [problem.describe(page_language()) for problem in error.problems]
        is_forbidden = any(problem.code == "not_permitted" for problem in error.problems)
        return render(request, "refused.html", {"told": told}, status=403 if is_forbidden else 400)
