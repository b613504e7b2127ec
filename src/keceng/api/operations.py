"""How an operation is declared: what it needs of a token, what it answers, and that a POST is done once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from ninja import Schema
from ninja.operation import Operation
from ninja.responses import Status
from ninja.utils import contribute_operation_callback

from keceng.api.bearer import Bearer, token_of
from keceng.api.problems import PROBLEM_TYPE, plain_problem, status_of, tell
from keceng.desk.tokens.once import Stored, claim, keep, marking
from keceng.desk.tokens.scopes import Scope
from keceng.vocabulary import KecengError, Text

KEY_HEADER, LONGEST_KEY = "Idempotency-Key", 200
_JSON = "application/json; charset=utf-8"
View = TypeVar("View", bound=Callable[..., object])


def asks(scope: Scope | None, answer: object, status: int = 200) -> dict[str, Any]:
    """The declaration of an operation that answers with JSON of the shape `answer`."""
    return {"auth": Bearer(scope), "response": {status: answer}, "openapi_extra": _scoped(scope)}


def gives_file(scope: Scope, *media_types: str) -> dict[str, Any]:
    """The declaration of an operation that answers with a file."""
    content = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in media_types}
    extra = {**_scoped(scope), "responses": {200: {"content": content}}}
    return {"auth": Bearer(scope), "response": {200: None}, "openapi_extra": extra}


def once(view: View) -> View:
    """Lets an operation be done once per `Idempotency-Key` of its token; without a key it is done each time."""

    def wrap(operation: Operation) -> None:
        operation.view_func = _guarded(operation.view_func)

    contribute_operation_callback(view, wrap)
    return view


def _guarded(view: Callable[..., object]) -> Callable[..., object]:
    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **asked: object) -> object:
        key = request.headers.get(KEY_HEADER)
        if key is None:
            return view(request, *args, **asked)
        claimed = claim(token_of(request), _checked(key), _fingerprint(request), at=timezone.now())
        if isinstance(claimed, Stored):
            kind = PROBLEM_TYPE if claimed.status >= 400 else _JSON
            headers = {"Idempotency-Replayed": "true"}
            return HttpResponse(claimed.body, status=claimed.status, content_type=kind, headers=headers)
        try:
            with marking(claimed):
                status, body = _written(view(request, *args, **asked))
        except KecengError as error:
            keep(claimed, status_of(error), tell(error).model_dump_json())
            raise
        except Exception:
            keep(claimed, 500, plain_problem(500).model_dump_json())
            raise
        keep(claimed, status, body)
        return HttpResponse(body, status=status, content_type=_JSON)

    return guarded


def _written(result: object) -> tuple[int, str]:
    status, answer = (result.status_code, result.value) if isinstance(result, Status) else (200, result)
    if not isinstance(answer, Schema):
        raise TypeError("an operation that is done once answers with a shape")
    return status, answer.model_dump_json()


def _checked(key: str) -> str:
    if 0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable():
        return key
    raise KecengError.of(
        "bad_key",
        f"{KEY_HEADER} 应为 1 到 {LONGEST_KEY} 个可见的 ASCII 字符",
        f"{KEY_HEADER} has 1 to {LONGEST_KEY} printable ASCII characters",
        remedy=Text("例如一个 UUID", "a UUID, for example"),
    )


def _fingerprint(request: HttpRequest) -> str:
    """A keyed hash: a body may hold what nobody should be able to guess from what is kept."""
    content = hashlib.sha256()
    if request.content_type == "multipart/form-data":
        for name, told in sorted(request.POST.items()):
            content.update(f"{name}={told}\n".encode())
        for name in sorted(request.FILES):
            for file in request.FILES.getlist(name):
                content.update(f"{name}: {file.name} {file.size}\n".encode())
                _add(content, file)
    else:
        content.update(request.body)
    told = f"{request.method} {request.get_full_path()} {content.hexdigest()}"
    return salted_hmac("keceng.api.once", told, algorithm="sha256").hexdigest()


def _add(content: Any, file: UploadedFile[Any]) -> None:  # noqa: ANN401  hashlib's objects have no public type
    for chunk in file.chunks():
        content.update(chunk)
    file.seek(0)


def _scoped(scope: Scope | None) -> dict[str, Any]:
    return {"x-scope": scope.value} if scope else {}
