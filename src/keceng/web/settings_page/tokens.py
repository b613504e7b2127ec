"""Access tokens: what lets a program act for somebody. Everybody has their own; whoever manages users sees and ends all."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from keceng.desk.people.duties import Duty
from keceng.desk.people.queries import may
from keceng.desk.tokens.actions import LONGEST_DAYS, LONGEST_NAME, USUAL_DAYS, issue_token, revoke_token
from keceng.desk.tokens.models import Token
from keceng.desk.tokens.queries import list_all_tokens, list_own_tokens
from keceng.desk.tokens.scopes import Scope
from keceng.vocabulary import KecengError, Text
from keceng.web.frame.messages import say_done
from keceng.web.frame.parsing import refusal_status, sentences
from keceng.web.frame.people import signature, signed_in


@never_cache
@require_http_methods(["GET", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """One's tokens; a POST issues one and shows its secret on the page it answers with, and never again."""
    if request.method == "GET":
        return _page(request)
    days = request.POST.get("days", "")
    try:
        made, secret = issue_token(
            request.POST.get("name", ""),
            request.POST.getlist("scope"),
            days=int(days) if days.isascii() and days.isdecimal() and len(days) < 6 else 0,
            signed=signature(request),
        )
    except KecengError as error:
        return _page(request, error)
    return _page(request, made=made, secret=secret)


@require_POST
def revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    """End a token; another's looks like none to whoever may not manage users."""
    try:
        revoke_token(token_id, signed=signature(request))
    except KecengError as error:
        return _page(request, error)
    say_done(request, Text("令牌已停用", "the token is revoked"))
    return redirect("tokens")


def _page(
    request: HttpRequest,
    error: KecengError | None = None,
    *,
    made: Token | None = None,
    secret: str = "",
) -> HttpResponse:
    user, now = signed_in(request), signature(request).at
    manages = may(user, Duty.MANAGE_USERS)
    listed = list_all_tokens(user) if manages else list_own_tokens(user)
    context = {
        "here": "settings",
        "tab": "tokens",
        "is_administrator": manages,
        "tokens": [(token, token.is_alive(now)) for token in listed],
        "scopes": list(Scope),
        "chosen": request.POST.getlist("scope") if error else [],
        "usual_days": USUAL_DAYS,
        "longest_days": LONGEST_DAYS,
        "longest_name": LONGEST_NAME,
        "made": made,
        "secret": secret,
        "said": request.POST if error else {},
        "told": sentences(error) if error else [],
    }
    return render(request, "tokens.html", context, status=refusal_status(error) if error else 200)
