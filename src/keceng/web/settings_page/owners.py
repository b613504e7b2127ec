"""By which names the books know whom."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from keceng.desk.directory.actions import give_owner_name, take_owner_name
from keceng.desk.directory.owners import list_owners
from keceng.desk.people.duties import Duty
from keceng.desk.people.queries import find_user, list_users, require_duty
from keceng.vocabulary import KecengError, Text
from keceng.web.frame.messages import say_done
from keceng.web.frame.parsing import refusal_status, sentences
from keceng.web.frame.people import signature, signed_in

LONGEST_OWNER = 80


@require_http_methods(["GET", "POST"])
def owners(request: HttpRequest) -> HttpResponse:
    """The owners in the books and who they are; a POST says it, or takes it back for an empty user.

    Raises:
        KecengError: not for whoever asks.
    """
    require_duty(signed_in(request), Duty.MANAGE_USERS)
    if request.method == "GET":
        return _page(request)
    owner = request.POST.get("owner", "").strip()
    try:
        told = _say(request, owner, request.POST.get("username", ""))
    except KecengError as error:
        return _page(request, error, owner)
    say_done(request, told)
    return redirect("owners")


def _say(request: HttpRequest, owner: str, username: str) -> Text:
    is_new = bool(request.POST.get("new"))
    if is_new and not (0 < len(owner) <= LONGEST_OWNER and username):
        raise KecengError.of(
            "bad_owner", "请填写账上的名字，并选择是谁", "give the name in the books and say who it is"
        )
    if not is_new and owner not in {known.name for known in list_owners(signed_in(request))}:
        raise KecengError.of("unknown_owner", "账上没有这位负责人", "the books know no such owner")
    if not username:
        take_owner_name(owner, signed=signature(request))
        return Text(f"「{owner}」不再指任何人", f"“{owner}” is nobody's name now")
    user = find_user(username)
    give_owner_name(user, owner, signed=signature(request))
    return Text(f"「{owner}」就是 {user.shown_name}", f"“{owner}” is {user.shown_name}")


def _page(request: HttpRequest, error: KecengError | None = None, about: str = "") -> HttpResponse:
    context = {
        "here": "settings",
        "tab": "owners",
        "owners": list_owners(signed_in(request)),
        "users": [user for user in list_users() if user.is_active],
        "told": sentences(error) if error else [],
        "about": about,
    }
    return render(request, "owners.html", context, status=refusal_status(error) if error else 200)
