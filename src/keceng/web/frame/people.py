"""Who is asking."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils import timezone

from keceng.desk.people.models import User
from keceng.desk.signature import Signature


def signed_in(request: HttpRequest) -> User:
    """The user behind the request; the gate let nobody else this far.

    Raises:
        PermissionDenied: nobody is signed in.
    """
    if isinstance(request.user, User):
        return request.user
    raise PermissionDenied


def signature(request: HttpRequest, why: str = "") -> Signature:
    """Their hand under what they do now."""
    return Signature(signed_in(request), timezone.now(), why)
