"""The letter to a customer, to be printed or kept as text."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from keceng.desk.directory.letters import read_letter
from keceng.desk.opening import served_workspace
from keceng.vocabulary import Language
from keceng.web.frame.people import signed_in
from keceng.web.frame.templatetags.words import page_language


@require_safe
def letter(request: HttpRequest, customer_key: int) -> HttpResponse:
    """In the language of the page, or in the one that the address asks for."""
    asked = request.GET.get("in")
    language = cast("Language", asked) if asked in {"zh", "en"} else page_language()
    written = read_letter(served_workspace(settings.WORKSPACE), signed_in(request), customer_key, language)
    if written is None:
        raise Http404
    if request.GET.get("download"):
        name = f"letter-{written.customer_id}-{language}.txt"
        disposition = content_disposition_header(as_attachment=True, filename=name) or "attachment"
        return HttpResponse(
            written.text,
            content_type="text/plain; charset=utf-8",
            headers={"Content-Disposition": disposition},
        )
    return render(request, "letter.html", {"letter": written, "customer_key": customer_key})
