"""设置: the own password and language; for administrators the way to people, names in the books, and the audit."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from keceng.desk.audit.actions import seal_rows
from keceng.desk.audit.queries import check_chain, count_sealed, list_rows
from keceng.desk.people.duties import Duty
from keceng.desk.people.passwords import change_own_password
from keceng.desk.people.queries import may, require_duty, roles_of
from keceng.vocabulary import KecengError, Text
from keceng.web.frame.messages import say_done
from keceng.web.frame.parsing import refusal_status, sentences
from keceng.web.frame.people import signature, signed_in


@require_safe
def settings_page(request: HttpRequest) -> HttpResponse:
    """Everybody's own settings."""
    return _page(request)


@sensitive_post_parameters()
@require_POST
def own_password(request: HttpRequest) -> HttpResponse:
    """Change the own password; this session goes on, the others end."""
    user = signed_in(request)
    try:
        change_own_password(
            request.POST.get("old", ""), request.POST.get("new", ""), signed=signature(request)
        )
    except KecengError as error:
        return _page(request, error)
    update_session_auth_hash(request, user)
    say_done(request, Text("口令已更改", "the password is changed"))
    return redirect("settings")


@require_safe
def audit(request: HttpRequest) -> HttpResponse:
    """The newest rows of the audit, and whether its chain is whole.

    Raises:
        KecengError: not for whoever asks.
    """
    require_duty(signed_in(request), Duty.MANAGE_USERS)
    seal_rows(settings.WORKSPACE, at=timezone.now())
    context = {
        "here": "settings",
        "tab": "audit",
        "rows": list_rows(),
        "faults": check_chain(settings.WORKSPACE),
        "sealed": count_sealed(),
    }
    return render(request, "audit.html", context)


def _page(request: HttpRequest, error: KecengError | None = None) -> HttpResponse:
    user = signed_in(request)
    context = {
        "here": "settings",
        "tab": "mine",
        "is_administrator": may(user, Duty.MANAGE_USERS),
        "roles": [role.title for role in sorted(roles_of(user))],
        "owner_names": sorted(user.owner_names.values_list("owner", flat=True)),
        "told": sentences(error) if error else [],
    }
    return render(request, "settings.html", context, status=refusal_status(error) if error else 200)
