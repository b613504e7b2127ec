"""What the OpenAPI document says beside the shapes: every refusal as a problem, the key of a POST, the header of a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ninja.openapi.schema import REF_TEMPLATE, OpenAPISchema

from keceng.api.operations import KEY_HEADER, LONGEST_KEY
from keceng.api.problems import PROBLEM_TYPE, Problem

_REFUSALS = {
    "400": "The request cannot be read. · 请求无法读取",
    "401": "No token, or one that opens nothing. · 令牌缺失或无效",
    "403": "Not for this token or this person. · 令牌或本人无此权限",
    "404": "Not there, or not yours to see: the two look the same. · 不存在或不归您看",
    "409": "Not in this state, or not now. · 当前状态不允许",
    "413": "Too large. · 请求太大",
    "422": "Something in the request is wrong. · 请求内容有误",
    "429": "Too many wrong tokens from this address. · 此地址的错误令牌太多",
    "500": "Our fault; it has been noted. · 我方出错，已记录",
    "503": "Another task is writing; try again. · 正在写入，请稍后再试",
}
_NOT_OF_READING = {"413"}
_METHODS = ("get", "post", "put", "patch", "delete")


def complete(document: OpenAPISchema) -> OpenAPISchema:
    """`document` with what its operations have in common."""
    told = Problem.model_json_schema(ref_template=REF_TEMPLATE, mode="serialization")
    document.add_schema_definitions({**told.pop("$defs", {}), "Problem": told})
    document["components"] = document.get_components()
    for method, operation in _operations(document):
        _add_refusals(method, operation)
        if method == "post" and operation["operationId"] != "see_persons":
            operation["parameters"].append(_key_parameter())
    return document


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in document["paths"].values():
        for method in _METHODS:
            if method in path:
                yield method, path[method]


def _add_refusals(method: str, operation: dict[str, Any]) -> None:
    shape = {"$ref": "#/components/schemas/Problem"}
    answers = {str(status): answer for status, answer in operation["responses"].items()}
    for status, description in _REFUSALS.items():
        if method != "get" or status not in _NOT_OF_READING:
            answers[status] = {"description": description, "content": {PROBLEM_TYPE: {"schema": shape}}}
    operation["responses"] = answers


def _key_parameter() -> dict[str, Any]:
    return {
        "in": "header",
        "name": KEY_HEADER,
        "required": False,
        "description": "the same key and the same request: done once, the same answer for 24 hours · 同键同请求只执行一次",
        "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": r"^[ -~]+$"},
    }
