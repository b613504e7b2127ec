"""The document of a revision: only its number is ever set, and only where it stands."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from keceng.desk.standards.documents import MAX_BYTES, Head, decode_document, number_document, read_head
from keceng.standard import list_templates, template_text
from keceng.vocabulary import KecengError
from tests.desk.cast import PLAIN

SHORT = min((template_text(template) for template in list_templates()), key=len)
NEWLINES = st.sampled_from(["\n", "\r\n"])
NUMBERS = st.integers(min_value=1, max_value=99_999)


@settings(max_examples=30)
@given(st.sampled_from([PLAIN, SHORT]), NEWLINES, st.sampled_from(["", "\ufeff"]), NUMBERS, NUMBERS)
def test_numbering_changes_the_number_and_nothing_else(
    text: str, newline: str, mark: str, first: int, second: int
) -> None:
    document = (mark + text.replace("\n", newline)).encode()
    numbered = number_document(document, first)
    assert read_head(numbered).revision == first
    assert number_document(numbered, first) == numbered
    again = number_document(numbered, second)
    before, after = (yaml.load(d.decode("utf-8-sig"), yaml.CSafeLoader) for d in (document, again))
    assert {**before, "revision": second} == {**after, "revision": after.get("revision", 1)}
    lines = [
        [line for line in d.split(newline.encode()) if not line.startswith(b"revision:")]
        for d in (document, again)
    ]
    assert lines[0] == lines[1]


@pytest.mark.parametrize(
    ("written", "numbered"),
    [
        ("id: a", "id: a\nrevision: 7"),
        ("id: a\nx: 1\n", "id: a\nrevision: 7\nx: 1\n"),
        ("id: 'a'  # the id\nx: 1\n", "id: 'a'  # the id\nrevision: 7\nx: 1\n"),
        ("revision: 3 # three\nid: a\n", "revision: 7 # three\nid: a\n"),
        ("x: {revision: 3, id: b}\nid: a\nrevision: '2'\n", "x: {revision: 3, id: b}\nid: a\nrevision: 7\n"),
        ("{keceng: 1, id: a, x: [1]}\n", "{keceng: 1, id: a, revision: 7, x: [1]}\n"),
        ("? [id, x]\n: id\nid: a\n", "? [id, x]\n: id\nid: a\nrevision: 7\n"),
    ],
)
def test_the_number_goes_where_yaml_reads_it(written: str, numbered: str) -> None:
    assert number_document(written.encode(), 7).decode() == numbered
    assert read_head(numbered.encode()) == Head("a", 7)


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (PLAIN.encode("gb18030"), "standard.unreadable"),
        (b"keceng: 1\n", "standard.missing"),
        (b"id: [a]\n", "standard.missing"),
        (b"id: {a: 1\n", "standard.yaml"),
        (b"id: a\n\tb: 1\n", "standard.yaml"),
        (b"", "standard.missing"),
        (b"x" * (MAX_BYTES + 1), "standard.too_long"),
    ],
)
def test_a_document_without_a_readable_id_is_refused_in_words(document: bytes, code: str) -> None:
    with pytest.raises(KecengError) as error:
        read_head(document)
    assert error.value.problems[0].code == code


def test_deep_nesting_is_refused_before_it_takes_time() -> None:
    with pytest.raises(KecengError) as error:
        read_head(b"id: a\nx: " + b"[" * 100_000 + b"]" * 100_000)
    assert error.value.problems[0].code == "standard.too_deep"


@pytest.mark.parametrize("written", ["0", "-1", "1.5", "x", "二", "99999999999"])
def test_a_number_that_is_none_is_told_apart_from_one_that_is_missing(written: str) -> None:
    assert read_head(f"id: a\nrevision: {written}\n".encode()) == Head("a", None)
    assert read_head(b"id: a\n") == Head("a", 1)


def test_decoding_keeps_the_byte_order_mark() -> None:
    document = ("\ufeff" + PLAIN).encode()
    assert decode_document(document).encode() == document
