"""Refusals as RFC 9457 says them: `application/problem+json`, in the language that the request asks for, with what to do."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from http import HTTPStatus

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import get_language
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import Field

from keceng.desk.tokens.queries import bad_token
from keceng.vocabulary import KecengError, Language, Text
from keceng.vocabulary import Problem as Trouble

PROBLEM_TYPE = "application/problem+json"
_log = logging.getLogger("django.request")
"""Where pages tell their faults too: by place and kind, without what the data said."""

_FORBIDDEN = frozenset({"not_permitted", "missing_scope", "own_approval"})
_ABSENT = frozenset({
    "absent", "unknown_revision", "unknown_request", "unknown_appeal", "unknown_item", "unknown_job", "unknown_review",
    "unknown_run", "unknown_schedule", "unknown_upload", "unknown_user", "unknown_owner", "unknown_customer",
    "unknown_hand_over", "no_rejected_rows",
})  # fmt: skip
_CONFLICTS = frozenset({
    "wrong_status", "changed_meanwhile", "impact_outdated", "impact_of_another", "impact_missing", "not_in_force",
    "not_approved", "undecided_items", "review_exists", "appeal_open", "user_exists", "upload_taken", "not_looked_at",
    "quota_full", "last_administrator", "owner_name_taken", "revision_is_fixed", "standard_needed", "standard_in_force", "no_nominations",
    "nothing_published", "no_published_run", "no_earlier_run", "too_few_runs", "in_progress", "answer_lost",
    "cursor_outdated", "list_changed", "nobody_chosen", "day_over", "group_in_use", "name_taken", "too_many",
})  # fmt: skip
_RETRY_SECONDS = {429: 900, 503: 5, 409: 1}
_OTHERS = {
    400: Text("请求无法读取", "the request cannot be read"),
    404: Text("没有这个对象，或不归您看", "there is no such thing, or it is not yours to see"),
    405: Text("这里不支持此方法", "this method is not possible here"),
    413: Text("请求太大", "the request is too large"),
    500: Text("出了差错，已记录", "something went wrong on our side; it has been noted"),
}


class Fault(Schema):
    """一处不对的地方。One thing that is wrong."""

    code: str
    detail: str
    remedy: str | None = None
    place: str | None = Field(None, description="where · 位置")


class Problem(Schema):
    """请求被拒的原因和办法。Why a request was refused, and what to do (RFC 9457)."""

    type: str = Field(description="urn:keceng:problem:{code}")
    title: str
    status: int
    code: str = Field(description="stable, for programs · 稳定的代码，供程序判断")
    detail: str = Field(description="in the language of Accept-Language · 语言按 Accept-Language")
    remedy: str | None = None
    problems: list[Fault] = Field(description="every fault · 逐条")


def page_language() -> Language:
    """The language of the request: `zh` or `en`."""
    return "en" if (get_language() or "").startswith("en") else "zh"


def absent() -> KecengError:
    """Not here, or not for you: the two look the same."""
    text = _OTHERS[404]
    return KecengError.of("absent", text.zh, text.en)


def status_of(error: KecengError) -> int:
    """The status by which a refusal is told."""
    codes = {problem.code for problem in error.problems}
    for status, known in (
        (401, {"bad_token"}),
        (403, _FORBIDDEN),
        (404, _ABSENT),
        (409, _CONFLICTS),
        (429, {"too_many_guesses"}),
        (503, {"workspace_busy"}),
    ):
        if codes & known:
            return status
    return 422


def tell(error: KecengError) -> Problem:
    """A refusal of the desk as it is told."""
    return _problem(status_of(error), [_fault(problem) for problem in error.problems])


def refuse(problem: Problem) -> HttpResponse:
    """The answer that tells a problem."""
    answer = HttpResponse(problem.model_dump_json(), status=problem.status, content_type=PROBLEM_TYPE)
    if problem.status == 401:
        answer["WWW-Authenticate"] = 'Bearer realm="keceng"'
    if problem.status in _RETRY_SECONDS and problem.code in {
        "too_many_guesses",
        "workspace_busy",
        "in_progress",
    }:
        answer["Retry-After"] = str(_RETRY_SECONDS[problem.status])
    return answer


def plain_problem(status: int) -> Problem:
    """A problem that its status says whole."""
    known = _OTHERS.get(status, _OTHERS[400])
    code = HTTPStatus(status).name.lower()
    return _problem(
        status, [Fault(code=code, detail=known.in_language(page_language()), remedy=None, place=None)]
    )


def install(api: NinjaAPI) -> None:
    """Let `api` tell every refusal so."""
    for kind in (
        KecengError,
        AuthenticationError,
        Http404,
        ValidationError,
        HttpError,
        RequestDataTooBig,
        Exception,
    ):
        api.add_exception_handler(kind, answer_error)


def answer_error(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    """The answer to whatever went wrong within an operation."""
    match error:
        case KecengError():
            told = tell(error)
        case AuthenticationError():
            told = tell(bad_token())
        case Http404():
            told = tell(absent())
        case ValidationError():
            told = _invalid(error)
        case HttpError():
            told = plain_problem(error.status_code)
        case RequestDataTooBig():
            told = plain_problem(413)
        case _:
            # The address names no person; the traceback stays in the log.
            _log.error("%s %s failed", request.method, request.path, exc_info=True)
            told = plain_problem(500)
    return refuse(told)


def _problem(status: int, faults: Sequence[Fault]) -> Problem:
    first = faults[0]
    return Problem(
        type=f"urn:keceng:problem:{first.code}",
        title=HTTPStatus(status).phrase,
        status=status,
        code=first.code,
        detail=first.detail,
        remedy=first.remedy,
        problems=list(faults),
    )


def _fault(problem: Trouble) -> Fault:
    language = page_language()
    return Fault(
        code=problem.code,
        detail=problem.message.in_language(language),
        remedy=problem.remedy.in_language(language) if problem.remedy else None,
        place=problem.place.describe(language) or None,
    )


def _invalid(error: ValidationError) -> Problem:
    text = Text("请求的内容不符合接口约定", "the request is not what this operation takes")
    faults = [
        Fault(
            code="invalid_request",
            detail=f"{text.in_language(page_language())}: {each['msg']}",
            remedy=None,
            place=".".join(str(part) for part in each["loc"]),
        )
        for each in error.errors
    ]
    return _problem(422, faults)
