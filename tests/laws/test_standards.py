"""Any standard prints to a document that loads back to it, and two standards differ exactly where the diff says so."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from keceng.standard import (
    Standard,
    diff_standards,
    dump_standard,
    load_standard,
    parse_condition,
    ruler_hash,
    standard_hash,
    to_document,
)
from tests.laws.conditions import SCOPE

Document = dict[str, Any]
LAWS = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
WORDS = st.sampled_from(["重点", "一般", "尊享", "Named service", "a: b # c", "'quoted'", "100 %"])
SHARES = st.decimals(min_value="0.0001", max_value="0.9999", places=4).map(str)
MONEY = st.decimals(min_value="0.01", max_value="99999999.99", places=2).map(str)


CONDITIONS = st.sampled_from(
    [
        "spend > 100",
        "spend >= 100.50",
        "100 < spend",
        "not (spend < 3 or orders = 2)",
        "state in ('new', 'lost') and refunds <= 0.6",
        "state not in ('new')",
        "state <> 'lost'",
        "城市 = '北京''s' or related",
        "tenure between 3 and 90",
        "tenure not between 3 and 90.5",
        "bought_on >= '2024-01-31'",
        "spend * 0.5 > margin + 10 and points >= 67.5",
        "spend is null or (related and orders > 3)",
        "gap / 2 >= 3",
        "share < 0.25 * refunds",
    ]
)
TEXTS = st.builds(lambda zh, en: {"zh": zh, "en": en}, WORDS, WORDS)
SPANS = st.integers(1, 900).map(lambda days: f"{days}d")


def titled(draw: st.DrawFn, **content: object) -> Document:
    return {**content, "title": draw(TEXTS), "public_title": draw(TEXTS)}


@st.composite
def dimensions(draw: st.DrawFn) -> Document:
    high = draw(SHARES)
    share: Document = {
        "title": draw(TEXTS),
        "by": "cumulative_share",
        "measure": draw(st.sampled_from(["spend", "orders"])),
        "classes": {"high": titled(draw, to=high), "low": titled(draw, to="1")},
    }
    if draw(st.booleans()):
        share["among"] = draw(CONDITIONS)
    if draw(st.booleans()):
        share |= {"within": "state", "min_group": draw(st.integers(1, 90)), "tie_policy": "down"}
    bands = {
        "title": draw(TEXTS),
        "by": "bands",
        "measure": "spend",
        "classes": {"some": titled(draw, **{"from": draw(MONEY)}), "none": titled(draw)},
    }
    score = {
        "title": draw(TEXTS),
        "by": "scorecard",
        "parts": {
            "spend": {"weight": draw(st.integers(1, 90)), "percentile": "spend"},
            "points": {"weight": draw(SHARES), "measure": "points", "title": draw(TEXTS)},
        },
    }
    cells = st.sampled_from(["good", "plain"])
    matrix = {
        "title": draw(TEXTS),
        "by": "matrix",
        "rows": "worth",
        "columns": "bands",
        "cells": {row: {"some": draw(cells), "none": draw(cells)} for row in ("high", "low")},
        "classes": {"good": titled(draw), "plain": titled(draw)},
    }
    return {"worth": share, "bands": bands, "score": score, "matrix": matrix}


@st.composite
def documents(draw: st.DrawFn) -> Document:
    rule = titled(draw, when=draw(CONDITIONS))
    if draw(st.booleans()):
        rule["stay"] = draw(CONDITIONS)
    if draw(st.booleans()):
        rule |= {"unknown": "not_met", "note": draw(TEXTS)}
    document: Document = {
        "keceng": 1,
        "id": "any",
        "title": draw(TEXTS),
        "revision": draw(st.integers(1, 9)),
        "window": draw(SPANS),
        "unit": draw(st.sampled_from(["account", "group"])),
        "population": {"exclude": [{"id": "kin", "when": draw(CONDITIONS), "reason": draw(TEXTS)}]},
        "dimensions": draw(dimensions()),
        "grade": {"kind": "tier", "by": "rules", "classes": {"A": rule, "B": titled(draw, otherwise=True)}},
        "strategy": {"A": {"goal": draw(TEXTS), "rhythm": "14d"}, "B": {"goal": draw(TEXTS)}},
    }
    if draw(st.booleans()):
        document["stability"] = {
            "demote_after": draw(st.integers(1, 9)),
            "margin": draw(SHARES),
            "min_stay": draw(SPANS),
        }
        if draw(st.booleans()):
            document["stability"]["at_once"] = draw(CONDITIONS)
    if draw(st.booleans()):
        document["nomination"] = {"class": "A", "quota": draw(SHARES), "months": draw(st.integers(1, 12))}
    if draw(st.booleans()):
        document["provisional"] = draw(CONDITIONS)
    if draw(st.booleans()):
        document["review"] = {"every": "2 weeks", "owner": draw(WORDS)}
    return document


def loaded(document: Document) -> Standard:
    return load_standard(document, SCOPE)


@LAWS
@given(documents())
def test_a_standard_loads_back_from_its_own_print(document: Document) -> None:
    standard = loaded(document)
    again = load_standard(dump_standard(standard), SCOPE)
    assert again == standard
    assert load_standard(to_document(standard), SCOPE) == standard
    assert standard_hash(again) == standard_hash(standard)
    assert ruler_hash(again) == ruler_hash(standard)
    assert diff_standards(standard, again) == ()


@LAWS
@given(
    documents(),
    documents(),
    st.sets(
        st.sampled_from(
            [
                "window",
                "population",
                "dimensions",
                "grade",
                "stability",
                "strategy",
                "nomination",
                "review",
                "title",
            ]
        )
    ),
)
def test_the_diff_is_empty_only_for_equal_standards_and_moves_nobody_where_the_ruler_is_one(
    document: Document, other: Document, taken: set[str]
) -> None:
    mixed = {key: content for key, content in document.items() if key not in taken}
    mixed |= {key: other[key] for key in taken if key in other}
    old, new = loaded(document), loaded(mixed)
    changes = diff_standards(old, new)
    assert any(change.can_move for change in changes) is (ruler_hash(old) != ruler_hash(new))
    if changes == ():
        # How a condition is typed is no difference.
        assert standard_hash(_typed_plainly(old)) == standard_hash(_typed_plainly(new))
    for change in changes:
        assert change.words.zh
        assert change.words.en
        assert change.path.split(".")[0].split("[")[0] in to_document(old) | to_document(new)


def _typed_plainly(standard: Standard) -> Standard:
    document = to_document(standard)
    return load_standard(_plain(document), SCOPE)


def _plain(node: Any) -> Any:
    if isinstance(node, dict):
        conditions = {"when", "stay", "among", "at_once", "include", "provisional"}
        return {
            key: str(parse_condition(content, SCOPE)) if key in conditions else _plain(content)
            for key, content in node.items()
        }
    return [_plain(item) for item in node] if isinstance(node, list) else node


@LAWS
@given(documents(), documents())
def test_words_and_treatment_never_change_the_ruler(document: Document, other: Document) -> None:
    assume(document["strategy"] != other["strategy"])
    reworded = document | {key: other[key] for key in ("title", "strategy", "revision")}
    for key in ("stability", "review", "nomination"):
        reworded.pop(key, None)
    assert ruler_hash(loaded(reworded)) == ruler_hash(loaded(document))
    assert not any(change.can_move for change in diff_standards(loaded(document), loaded(reworded)))
