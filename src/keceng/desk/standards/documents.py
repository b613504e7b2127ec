"""The document of a revision: its bytes stay as its author saved them; only its number is ever set, and only where it stands."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import yaml

from keceng.measure import catalogue
from keceng.standard import Standard, load_standard
from keceng.vocabulary import KecengError, Place, Problem, Text

MAX_BYTES = 800_000
MAX_DEPTH = 30


@dataclass(frozen=True, slots=True)
class Head:
    """What a document says of itself in its first lines, faulty as the rest may be.

    Attributes:
        standard_id: its `id`.
        revision: its `revision`, 1 where it gives none, None where that is no number.
    """

    standard_id: str
    revision: int | None


def hash_document(document: bytes) -> str:
    """SHA-256 of the bytes."""
    return hashlib.sha256(document).hexdigest()


def decode_document(document: bytes) -> str:
    """The document as text; a byte-order mark stays in it.

    Raises:
        KecengError: it is too long, or not UTF-8.
    """
    if len(document) > MAX_BYTES:
        raise KecengError.of(
            "standard.too_long", "文件太大，不像一份标准", "the document is too large to be a standard"
        )
    try:
        return document.decode("utf-8")
    except UnicodeDecodeError:
        raise KecengError.of(
            "standard.unreadable",
            "标准文件须是 UTF-8 编码",
            "the document must be in UTF-8",
            remedy=Text("用编辑器另存为 UTF-8", "save it as UTF-8"),
        ) from None


def read_head(document: bytes) -> Head:
    """The id and number a document gives itself.

    Raises:
        KecengError: it cannot be read as YAML, or has no id.
    """
    return _head(_scalars(decode_document(document)))


def number_document(document: bytes, revision: int) -> bytes:
    """The same document with `revision` as its number; every other byte stays.

    Raises:
        KecengError: it cannot be read as YAML, or has no id.
    """
    text = decode_document(document)
    found = _scalars(text)
    if _head(found).revision == revision:
        return document
    if "revision" in found:
        start, end = _span(found["revision"])
        return (text[:start] + str(revision) + text[end:]).encode()
    _, end = _span(found["id"])
    if text.lstrip("\ufeff \t\r\n").startswith("{"):
        return f"{text[:end]}, revision: {revision}{text[end:]}".encode()
    line_end = text.find("\n", end)
    newline = "\r\n" if "\r\n" in text else "\n"
    if line_end < 0:
        return f"{text}{newline}revision: {revision}".encode()
    return f"{text[: line_end + 1]}revision: {revision}{newline}{text[line_end + 1 :]}".encode()


def rename_document(document: bytes, standard_id: str) -> bytes:
    """The same document under another id; every other byte stays.

    Raises:
        KecengError: it cannot be read as YAML, or has no id.
    """
    text = decode_document(document)
    found = _scalars(text)
    _head(found)
    start, end = _span(found["id"])
    return (text[:start] + standard_id + text[end:]).encode()


def _head(found: Mapping[str, yaml.ScalarEvent]) -> Head:
    if not (standard_id := found["id"].value if "id" in found else ""):
        raise KecengError.of(
            "standard.missing",
            "缺少「id」",
            "“id” is missing",
            remedy=Text("在第二行写 id: our_standard", "write `id: our_standard` on the second line"),
        )
    written = found["revision"].value if "revision" in found else "1"
    is_number = written.isascii() and written.isdigit() and len(written) < 10 and int(written) > 0
    return Head(standard_id, int(written) if is_number else None)


def parse_document(document: bytes, *, standard_id: str, revision: int) -> Standard:
    """The standard a document declares, complete and valid, under the id and number of its row.

    Raises:
        KecengError: every fault, each with its path and line.
    """
    standard = load_standard(decode_document(document).removeprefix("\ufeff"), catalogue())
    problems = []
    if standard.id != standard_id:
        problems.append(_mismatch("id", standard.id, standard_id))
    if standard.revision != revision:
        problems.append(_mismatch("revision", str(standard.revision), str(revision)))
    if problems:
        raise KecengError(problems)
    return standard


def _mismatch(key: str, written: str, wanted: str) -> Problem:
    message = Text(
        f"文件写的是 {written}，这一版是 {wanted}", f"it says {written}, this revision is {wanted}"
    )
    return Problem("standard.numbering", message, Text(f"改成 {wanted}", f"write {wanted}"), Place(path=key))


def _span(event: yaml.ScalarEvent) -> tuple[int, int]:
    if event.start_mark is None or event.end_mark is None:
        raise ValueError("a parsed scalar has its marks")
    return event.start_mark.index, event.end_mark.index


def _scalars(text: str) -> dict[str, yaml.ScalarEvent]:
    try:
        return dict(_top_level(text))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise KecengError.of(
            "standard.yaml",
            "不是合法的 YAML",
            "this is not valid YAML",
            remedy=Text("检查缩进、冒号和引号", "look at indentation, colons and quotes"),
            place=Place(line=mark.line + 1 if mark else None),
        ) from None


def _top_level(text: str) -> Iterator[tuple[str, yaml.ScalarEvent]]:
    # Events, not nodes, and not deep: a hostile document can neither make this recurse nor take its time.
    # Keys and contents take turns at the top.
    depth, is_key, key = 0, True, ""
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise KecengError.of("standard.too_deep", "层次太深", "this is nested too deeply")
        if depth != 1 or not isinstance(event, yaml.ScalarEvent | yaml.AliasEvent | yaml.CollectionEndEvent):
            continue
        if is_key:
            key = event.value if isinstance(event, yaml.ScalarEvent) else ""
        elif isinstance(event, yaml.ScalarEvent):
            yield key, event
        is_key = not is_key
