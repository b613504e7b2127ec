"""The set-up page: whoever holds the one-time code becomes the administrator."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_protect

from keceng.desk.people.actions import create_first_administrator, grant_role
from keceng.desk.people.duties import Role
from keceng.desk.people.first_visit import code_is_right, forget_code
from keceng.desk.signature import Signature
from keceng.vocabulary import KecengError
from keceng.web.frame.templatetags.words import page_language

_BACKEND = "django.contrib.auth.backends.ModelBackend"


@csrf_protect
def set_up(request: HttpRequest) -> HttpResponse:
    """The form with status 200; a right code and a good password make the administrator, and sign them in."""
    if request.method != "POST":
        return render(request, "setup.html", {"code": request.GET.get("code", "")})
    code, name = request.POST.get("code", ""), request.POST.get("username", "").strip()
    password = request.POST.get("password", "")
    told = _faults(code, name, password)
    if not told:
        try:
            user = create_first_administrator(name, password, at=timezone.now())
            if request.POST.get("directs"):
                grant_role(user, Role.SALES_DIRECTOR, signed=Signature(user, timezone.now()))
        except KecengError as error:
            told = [problem.describe(page_language()) for problem in error.problems]
        else:
            forget_code(settings.WORKSPACE)
            login(request, user, backend=_BACKEND)
            return redirect("/")
    context = {"code": code, "username": name, "told": told, "is_separate": not request.POST.get("directs")}
    return render(request, "setup.html", context, status=400)


def _faults(code: str, name: str, password: str) -> list[str]:
    is_chinese = page_language() == "zh"
    told = []
    if not code_is_right(settings.WORKSPACE, code):
        told.append(
            "设置码不对，请用命令行打印的链接"
            if is_chinese
            else "The code is wrong; use the link that the shell printed"
        )
    if not name:
        told.append("请填写用户名" if is_chinese else "Give a name")
    try:
        validate_password(password)
    except ValidationError as error:
        told += error.messages
    return told
