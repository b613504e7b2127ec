"""Whatever a document holds, it is a standard or it is refused with words: at no place does junk crash the reader."""

from __future__ import annotations

import copy
import random
from collections.abc import Sequence
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keceng.measure import catalogue
from keceng.standard import lint_document, list_templates, template_text
from keceng.vocabulary import KecengError, Problem
from tests.standard.documents import WHOLE

MEASURES = catalogue()
LAWS = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
DOCUMENTS = [yaml.safe_load(WHOLE), *(yaml.safe_load(template_text(t)) for t in list_templates())]
JUNK: list[Any] = [
    None, "", "x", 0, -1, 1.5, 10**20, True, [], ["a"], [[1]], {}, {"a": 1}, {"zh": "只有中文"}, "spend > 1", "8０%",
    "{", "2024-02-30", {"when": "spend >"}, {"use": "role"}, {"by": "rules"}, [[1, 2], [3]], "off", {"A": None},
]  # fmt: skip


def refused(document: str | dict[str, Any]) -> Sequence[Problem] | None:
    """The problems of a document; None where it is a standard."""
    try:
        lint_document(document, MEASURES)
    except KecengError as error:
        return error.problems
    return None


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every node below the root."""
    steps = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    found = [(*path, step) for step, _ in steps]
    inner = [p for step, content in steps for p in places(content, (*path, step))] if steps else []
    return found + inner


def mangled(document: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """The document with one node replaced, dropped or renamed."""
    result = copy.deepcopy(document)
    path = rng.choice(places(result))
    parent: Any = result
    for step in path[:-1]:
        parent = parent[step]
    act = rng.choice(["replace", "replace", "drop", "rename"])
    if act == "replace":
        parent[path[-1]] = rng.choice(JUNK)
    elif act == "drop":
        del parent[path[-1]]
    elif isinstance(parent, dict):
        parent[rng.choice(["x", "Ａ", "a b", "1", "otherwise", "spend"])] = parent.pop(path[-1])
    return result


@LAWS
@given(st.sampled_from(DOCUMENTS), st.integers(0, 2**32), st.integers(1, 3))
def test_a_mangled_standard_is_one_or_is_refused_with_words(
    document: dict[str, Any], seed: int, times: int
) -> None:
    rng = random.Random(seed)
    for _ in range(times):
        document = mangled(document, rng)
    problems = refused(document)
    if problems is None:
        standard, findings = lint_document(document, MEASURES)
        assert standard.grade.classes
        assert all(found.remedy for found in findings)
    else:
        assert problems
        assert all(p.message.zh and p.message.en and p.place.line for p in problems)


@LAWS
@given(st.sampled_from([WHOLE, *map(template_text, list_templates())]), st.integers(0, 2**32))
def test_a_document_with_a_stray_sign_is_one_or_is_refused_with_words(text: str, seed: int) -> None:
    rng = random.Random(seed)
    at = rng.randrange(len(text))
    sign = rng.choice(
        [
            "：",
            "，",
            "“",
            "'",
            '"',
            "\t",
            "{",
            "}",
            "[",
            "#",
            "-",
            "%",
            "&",
            "*",
            "!",
            "\n",
            "　",
            "９",
            "\0",
            "|",
        ]
    )
    problems = refused(text[:at] + sign + text[at + rng.choice([0, 1]) :])
    assert problems is None or (problems and all(p.message.zh and p.message.en for p in problems))


@pytest.mark.parametrize(
    "text", ["", "\n", "# nothing", "---", "null", "[]", "a", "- a", "a: 1", "%", "\ufeff", "keceng: 1"]
)
def test_what_holds_next_to_nothing_is_refused_with_words(text: str) -> None:
    with pytest.raises(KecengError) as caught:
        lint_document(text, MEASURES)
    assert all(p.message.zh and p.message.en for p in caught.value.problems)
