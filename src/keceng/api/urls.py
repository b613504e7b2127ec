"""Where the API stands: `/api/v1/`; whatever else begins so is told as absent, in the API's own way."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path
from django.views.decorators.csrf import csrf_exempt

from keceng.api.door import open_door
from keceng.api.problems import absent, refuse, tell

door = open_door()


@csrf_exempt
def nothing(_request: HttpRequest) -> HttpResponse:
    """An address that leads nowhere."""
    return refuse(tell(absent()))


urlpatterns = [path("v1/", door.urls), re_path("", nothing, name="api_absent")]
