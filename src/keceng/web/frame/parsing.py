"""What forms send: dates, places to return to, and refusals as sentences beside the form."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from keceng.vocabulary import KecengError, Text
from keceng.web.frame.templatetags.words import page_language


def read_day(written: str) -> dt.date:
    """A day as a date field sends it.

    Raises:
        KecengError: it is none.
    """
    try:
        return dt.date.fromisoformat(written.strip())
    except ValueError:
        raise KecengError.of(
            "bad_date",
            f"日期无法识别：{written or '空'}",
            f"this is no date: {written or 'empty'}",
            remedy=Text("写成 2026-12-31", "write 2026-12-31"),
        ) from None


def sentences(error: KecengError) -> list[str]:
    """A refusal in the language of the page, a sentence and its remedy each."""
    return [problem.describe(page_language()) for problem in error.problems]


def refusal_status(error: KecengError) -> int:
    """403 for what somebody may not do, 400 for anything else."""
    return 403 if any(problem.code == "not_permitted" for problem in error.problems) else 400


def way_back(request: HttpRequest, otherwise: str) -> str:
    """The page of ours from which the form came, as it says in `next`."""
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()})
    return wanted if wanted.startswith("/") and is_ours else otherwise
