"""People: who works here, what they may do; a refusal is said beside the person it is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from keceng.desk.directory.owners import count_left_behind, list_regions
from keceng.desk.people.actions import (
    LONGEST_NAME,
    create_user,
    deactivate_user,
    grant_role,
    reactivate_user,
    rename_user,
    revoke_role,
)
from keceng.desk.people.departments import find_department, limit_user, place_user
from keceng.desk.people.duties import Duty, Role
from keceng.desk.people.links import LINK_HOURS, make_password_link
from keceng.desk.people.models import User
from keceng.desk.people.passwords import require_good_password, set_password
from keceng.desk.people.queries import find_user, list_users, require_duty
from keceng.desk.people.tree import list_branches
from keceng.desk.signature import Signature
from keceng.vocabulary import KecengError, Text
from keceng.web.frame.messages import say_done
from keceng.web.frame.parsing import refusal_status, sentences
from keceng.web.frame.people import signature, signed_in

_NEW = ""


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def people(request: HttpRequest) -> HttpResponse:
    """Everybody who works here; a POST adds somebody, with a role and a password to begin with.

    Raises:
        KecengError: not for whoever asks.
    """
    require_duty(signed_in(request), Duty.MANAGE_USERS)
    if request.method == "GET":
        return _page(request)
    try:
        user = _add(request)
    except KecengError as error:
        return _page(request, error, _NEW)
    say_done(request, Text(f"已添加 {user.shown_name}", f"{user.shown_name} is added"))
    return redirect("people")


@sensitive_post_parameters()
@require_POST
def change_person(request: HttpRequest) -> HttpResponse:
    """One change of one person, named by `act`.

    Raises:
        KecengError: not for whoever asks.
    """
    require_duty(signed_in(request), Duty.MANAGE_USERS)
    name = request.POST.get("username", "")
    try:
        if request.POST.get("act") == "link":
            return _with_link(request, find_user(name))
        told = _change(request, find_user(name))
    except KecengError as error:
        return _page(request, error, name)
    say_done(request, told)
    return redirect(f"{reverse('people')}#u-{name}")


def _with_link(request: HttpRequest, user: User) -> HttpResponse:
    secret = make_password_link(user, signed=signature(request))
    address = request.build_absolute_uri(f"{reverse('set_password')}?code={secret}")
    # Shown in this answer and never again: it is kept nowhere.
    answer = _page(request, about=user.username, link=address)
    answer["Cache-Control"] = "no-store"
    return answer


def _add(request: HttpRequest) -> User:
    username, password = request.POST.get("username", "").strip(), request.POST.get("password", "")
    require_good_password(password, User(username=username))
    role, signed = _role(request), signature(request)
    user = create_user(
        username,
        signed=signed,
        display_name=request.POST.get("display_name", "").strip()[:LONGEST_NAME],
        password=password,
    )
    grant_role(user, role, signed=signed)
    return user


def _role(request: HttpRequest) -> Role:
    try:
        return Role(request.POST.get("role", ""))
    except ValueError:
        raise KecengError.of("unknown_role", "请选一个角色", "choose a role") from None


def _rename(request: HttpRequest, user: User, signed: Signature) -> Text:
    rename_user(user, request.POST.get("display_name", "").strip()[:LONGEST_NAME], signed=signed)
    return Text("称呼已更改", "the name is changed")


def _leave(_request: HttpRequest, user: User, signed: Signature) -> Text:
    deactivate_user(user, signed=signed)
    return Text(f"{user.shown_name} 已停用", f"{user.shown_name} can no longer sign in")


def _return(_request: HttpRequest, user: User, signed: Signature) -> Text:
    reactivate_user(user, signed=signed)
    return Text(f"{user.shown_name} 已恢复", f"{user.shown_name} can sign in again")


def _password(request: HttpRequest, user: User, signed: Signature) -> Text:
    set_password(user, request.POST.get("password", ""), signed=signed)
    return Text(f"{user.shown_name} 的口令已重设", f"the password of {user.shown_name} is set")


def _grant(request: HttpRequest, user: User, signed: Signature) -> Text:
    grant_role(user, role := _role(request), signed=signed)
    return Text(f"{user.shown_name} 现在是{role.title.zh}", f"{user.shown_name} is now: {role.title.en}")


def _revoke(request: HttpRequest, user: User, signed: Signature) -> Text:
    revoke_role(user, role := _role(request), signed=signed)
    return Text(
        f"{user.shown_name} 不再是{role.title.zh}", f"{user.shown_name} is no longer: {role.title.en}"
    )


def _place(request: HttpRequest, user: User, signed: Signature) -> Text:
    department = find_department(request.POST.get("department", ""))
    place_user(user, department, is_head=bool(request.POST.get("is_head")), signed=signed)
    if department is None:
        return Text(f"{user.shown_name} 不属于任何部门", f"{user.shown_name} is in no department")
    return Text(
        f"{user.shown_name} 现在属于{department.name}", f"{user.shown_name} is now in {department.name}"
    )


def _limit(request: HttpRequest, user: User, signed: Signature) -> Text:
    known = set(list_regions(signed.by))
    regions = [region for region in request.POST.getlist("regions") if region in known]
    found = [find_department(number) for number in request.POST.getlist("departments")]
    limit_user(user, [d for d in found if d is not None], regions, signed=signed)
    return Text(f"{user.shown_name} 的可见范围已更改", f"what {user.shown_name} sees is changed")


_ACTS: Mapping[str, Callable[[HttpRequest, User, Signature], Text]] = {
    "rename": _rename,
    "leave": _leave,
    "return": _return,
    "password": _password,
    "grant": _grant,
    "revoke": _revoke,
    "place": _place,
    "limit": _limit,
}


def _change(request: HttpRequest, user: User) -> Text:
    act = _ACTS.get(request.POST.get("act", ""))
    if act is None:
        raise KecengError.of("unknown_act", "没有这个操作", "there is no such act")
    return act(request, user, signature(request))


def _page(
    request: HttpRequest, error: KecengError | None = None, about: str | None = None, link: str = ""
) -> HttpResponse:
    found = []
    for user in list_users():
        held = {grant.role for grant in user.role_grants.all() if grant.revoked_at is None}
        roles = [role for role in Role if role in held]
        found.append((user, roles, [role for role in Role if role not in held]))
    names = {user.username for user, _, _ in found}
    context = {
        "here": "settings",
        "tab": "people",
        "people": found,
        "roles": list(Role),
        "told": sentences(error) if error else [],
        "about": about,
        "link": link,
        "link_hours": LINK_HOURS,
        "branches": list_branches(),
        "regions": list_regions(signed_in(request)),
        "left_behind": count_left_behind(signed_in(request)),
        "is_listed": about in names,
        "said": request.POST if error and about == _NEW else {},
    }
    return render(request, "people.html", context, status=refusal_status(error) if error else 200)
