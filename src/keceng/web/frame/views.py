"""Pages that say that something is not there or went wrong."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def absent(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Not here, or not for you: the two look the same."""
    del exception
    return render(request, "absent.html", status=404)


def failed(request: HttpRequest) -> HttpResponse:
    """A fault of ours."""
    return render(request, "failed.html", status=500)
