"""A sentence at the top of the next page."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest

from keceng.vocabulary import Text
from keceng.web.frame.templatetags.words import page_language


def say_done(request: HttpRequest, told: Text) -> None:
    """Say on the next page what was done."""
    messages.success(request, told.in_language(page_language()))
