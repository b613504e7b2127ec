"""数据: parsed, asked, rendered."""

from __future__ import annotations

import tempfile
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from keceng.desk.directory.inflow import list_measures, list_origins, read_data, save_rejects
from keceng.desk.opening import served_workspace
from keceng.desk.people.duties import Duty
from keceng.desk.people.queries import may
from keceng.web.frame.people import signature, signed_in

_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FIRST_SHOWN = "spend"


@require_safe
def data(request: HttpRequest) -> HttpResponse:
    """Sources, completeness, rejected rows, and from which files the chosen number comes."""
    user, lake = signed_in(request), served_workspace(settings.WORKSPACE).lake
    wanted = request.GET.get("number", _FIRST_SHOWN)[:80]
    context = {
        "data": read_data(lake, user),
        "measures": list_measures(),
        "wanted": wanted,
        "origins": list_origins(lake, user, wanted),
        "may_take": may(user, Duty.TAKE_REJECTS),
    }
    return render(request, "data.html", context)


@require_safe
@never_cache
def rejects(request: HttpRequest) -> HttpResponse:
    """The workbook of rejected rows, to be corrected and imported again; of one file, or of all."""
    lake = served_workspace(settings.WORKSPACE).lake
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rejects.xlsx"
        save_rejects(lake, path, batch_id=request.GET.get("batch", "")[:40], signed=signature(request))
        answer = HttpResponse(path.read_bytes(), content_type=_WORKBOOK)
    answer["Content-Disposition"] = 'attachment; filename="rejects.xlsx"'
    return answer
