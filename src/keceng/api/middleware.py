"""Every answer under `/api/` is the API's own: never kept by a cache, and a refusal that Django makes is a problem too."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from keceng.api.problems import PROBLEM_TYPE, plain_problem, refuse

PREFIX = "/api/"
Answer = Callable[[HttpRequest], HttpResponse]


class ApiMiddleware:
    """Stands outside all others, so that it sees what they refuse; within `LocaleMiddleware`, so that it knows the language."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer, as the API gives it."""
        told = self.answer(request)
        if not request.path.startswith(PREFIX):
            return told
        if told.status_code >= 400 and told.get("Content-Type", "") != PROBLEM_TYPE:
            allowed = told.get("Allow")
            told = refuse(plain_problem(told.status_code))
            if allowed:
                told["Allow"] = allowed
        told["Cache-Control"] = "no-store"
        return told
