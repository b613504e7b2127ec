"""Departments: the tree, who is in it, and every change of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from keceng.desk.people.departments import (
    LONGEST_DEPARTMENT,
    create_department,
    find_department,
    move_department,
    remove_department,
    rename_department,
)
from keceng.desk.people.duties import Duty
from keceng.desk.people.models import Department
from keceng.desk.people.queries import require_duty
from keceng.desk.people.tree import list_branches
from keceng.desk.signature import Signature
from keceng.vocabulary import KecengError, Text
from keceng.web.frame.messages import say_done
from keceng.web.frame.parsing import refusal_status, sentences
from keceng.web.frame.people import signature, signed_in


@require_http_methods(["GET", "POST"])
def departments(request: HttpRequest) -> HttpResponse:
    """The tree; a POST makes a department.

    Raises:
        KecengError: not for whoever asks.
    """
    require_duty(signed_in(request), Duty.MANAGE_USERS)
    if request.method == "GET":
        return _page(request)
    try:
        above = find_department(request.POST.get("above", ""))
        made = create_department(_name(request), above, signed=signature(request))
    except KecengError as error:
        return _page(request, error)
    say_done(request, Text(f"已新建「{made.name}」", f"“{made.name}” is made"))
    return redirect("departments")


@require_POST
def change_department(request: HttpRequest) -> HttpResponse:
    """One change of one department, named by `act`.

    Raises:
        KecengError: not for whoever asks.
    """
    require_duty(signed_in(request), Duty.MANAGE_USERS)
    number = request.POST.get("department", "")
    try:
        found, act = find_department(number), _ACTS.get(request.POST.get("act", ""))
        if found is None or act is None:
            raise KecengError.of("unknown_act", "没有这个操作", "there is no such act")
        told = act(request, found, signature(request))
    except KecengError as error:
        return _page(request, error, number)
    say_done(request, told)
    return redirect("departments")


def _name(request: HttpRequest) -> str:
    return request.POST.get("name", "").strip()


def _rename(request: HttpRequest, department: Department, signed: Signature) -> Text:
    rename_department(department, _name(request), signed=signed)
    return Text("部门名称已更改", "the department is renamed")


def _move(request: HttpRequest, department: Department, signed: Signature) -> Text:
    move_department(department, find_department(request.POST.get("above", "")), signed=signed)
    return Text("部门上级已更改", "the department is moved")


def _remove(_request: HttpRequest, department: Department, signed: Signature) -> Text:
    name = department.name
    remove_department(department, signed=signed)
    return Text(f"「{name}」已删除", f"“{name}” is removed")


_ACTS: Mapping[str, Callable[[HttpRequest, Department, Signature], Text]] = {
    "rename": _rename,
    "move": _move,
    "remove": _remove,
}


def _page(request: HttpRequest, error: KecengError | None = None, about: str = "") -> HttpResponse:
    context = {
        "here": "settings",
        "tab": "departments",
        "branches": list_branches(),
        "longest": LONGEST_DEPARTMENT,
        "told": sentences(error) if error else [],
        "about": about,
        "said": request.POST if error and not about else {},
    }
    return render(request, "departments.html", context, status=refusal_status(error) if error else 200)
