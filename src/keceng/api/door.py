"""The door put together: every operation under one address, and the document that describes them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation
from ninja.parser import Parser
from ninja.renderers import BaseRenderer
from pydantic_core import to_json

from keceng.api import (
    asks,
    audit,
    customers,
    data,
    exports,
    groups,
    handover,
    imports,
    jobs,
    overview,
    people,
    problems,
    reviews,
    runs,
    standards,
    standards_steps,
    standards_writing,
    visits,
)
from keceng.api.description import complete

_ABOUT = """Programs do here what people do on the screens, for somebody and with that person's rights.

Send `Authorization: Bearer kc_…` (Settings → Access tokens). Amounts are whole cents, keys of customers strings of digits,
days `2026-12-31`, moments ISO 8601. Lists are read page by page with `cursor`. A POST with an `Idempotency-Key` is done once,
whatever the network does, for 24 hours. Refusals are `application/problem+json` in the language of `Accept-Language`.

程序在这里替某个人做屏幕上能做的事，权限与本人相同。令牌在 设置 → 访问令牌 新建。金额为整数分；列表用 `cursor` 翻页；
带 `Idempotency-Key` 的 POST 在 24 小时内只执行一次；被拒时返回 problem+json，语言按 `Accept-Language`。"""


class _Json(BaseRenderer):
    media_type = "application/json"

    def render(self, _request: HttpRequest, data: Any, *, response_status: int) -> bytes:  # noqa: ANN401  as ninja hands it over
        """The bytes that `model_dump_json` would write too, so that an answer and its repetition are the same."""
        del response_status
        return to_json(data)


class _Objects(Parser):
    """What a program sends is an object: of anything else, every member that may be left out would pass for left out."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        """The members.

        Raises:
            ValueError: it is no JSON, or no object.
        """
        told = super().parse_body(request)
        if not isinstance(told, dict):
            raise ValueError("a body is an object")
        return told


class Door(NinjaAPI):
    """The API, whose document also tells every refusal, the idempotency key and the scope of each operation."""

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """The document, whole."""
        return complete(super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params))

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """The name of its function, unique over the whole API."""
        return operation.view_func.__name__


def open_door() -> Door:
    """Every operation of version 1."""
    made = Door(
        title="Keceng 客层",
        version="1",
        description=_ABOUT,
        docs_url=None,
        renderer=_Json(),
        parser=_Objects(),
        openapi_url="/openapi.json",
        urls_namespace="api",
    )
    problems.install(made)
    for prefix, router in (
        ("", overview.router),
        ("", visits.router),
        ("", asks.router),
        ("/customers", customers.router),
        ("/standards", standards_writing.router),
        ("/standards", standards.router),
        ("/standards", standards_steps.router),
        ("/reviews", reviews.router),
        ("/runs", runs.router),
        ("", jobs.router),
        ("/imports", imports.router),
        ("/exports", exports.router),
        ("/groups", groups.router),
        ("/hand-overs", handover.router),
        ("/data", data.router),
        ("", people.router),
        ("/audit", audit.router),
    ):
        made.add_router(prefix, router)
    return made
