"""Where the scalars of a document stand: each with its path and the characters it takes, so that one can be replaced alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from keceng.desk.standards.documents import read_head
from keceng.vocabulary import KecengError, Text

Path = tuple[str, ...]
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_SPAN = re.compile(r"(\d+)([dwmy])")
_QUOTES = ("'", '"')


@dataclass(frozen=True, slots=True)
class Written:
    """A number as it stands in a document.

    Attributes:
        path: of the scalar, and behind it the place of the number where the scalar is a condition.
        text: the number as written, without its unit.
        unit: `d`, `w`, `m` or `y` behind a span of time; else empty.
        start, end: its characters in the document.
    """

    path: Path
    text: str
    unit: str
    start: int
    end: int


def read_scalars(text: str) -> Iterator[tuple[Path, yaml.ScalarNode]]:
    """Every scalar of a document that has a head, in order, with the keys that lead to it.

    Raises:
        KecengError: it is not YAML, too deep, or has no id.
    """
    # Reading the head first refuses what is nested too deeply to be composed.
    read_head(text.encode())
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        raise KecengError.of("standard.yaml", "不是合法的 YAML", "this is not valid YAML") from None
    if root is not None:
        yield from _walk(root, ())


def _walk(node: yaml.Node, path: Path) -> Iterator[tuple[Path, yaml.ScalarNode]]:
    if isinstance(node, yaml.ScalarNode):
        yield path, node
    elif isinstance(node, yaml.MappingNode):
        for key, content in node.value:
            yield from _walk(content, (*path, str(key.value)))
    elif isinstance(node, yaml.SequenceNode):
        for place, item in enumerate(node.value):
            yield from _walk(item, (*path, str(place)))


def read_number(text: str, path: Path, node: yaml.ScalarNode) -> Written | None:
    """The one number of a scalar, or of a span of time as `90d`; None where it is written in another way."""
    start, end = inner_span(node)
    raw = text[start:end]
    if _NUMBER.fullmatch(raw):
        return Written(path, raw, "", start, end)
    if span := _SPAN.fullmatch(raw):
        return Written(path, span[1], span[2], start, start + len(span[1]))
    return None


def read_numbers(text: str, path: Path, node: yaml.ScalarNode) -> list[Written]:
    """The numbers of a condition in reading order; none where the YAML writes it with escapes."""
    start, end = inner_span(node)
    raw = text[start:end]
    if node.style == '"' and "\\" in raw:
        return []
    if node.style in {"|", ">"}:
        start += raw.find("\n") + 1
        raw = text[start:end]
    quote = "''" if node.style == "'" else "'"
    token = re.compile(rf"{quote}.*?{quote}|(?<![\w.])(\d+(?:\.\d+)?)(?![\w.])", re.DOTALL)
    found = [m for m in token.finditer(raw) if m[1] is not None]
    return [
        Written((*path, str(place)), m[1], "", start + m.start(1), start + m.end(1))
        for place, m in enumerate(found)
    ]


def inner_span(node: yaml.ScalarNode) -> tuple[int, int]:
    """The characters of a scalar, without its quotation marks."""
    if node.start_mark is None or node.end_mark is None:
        raise ValueError("a composed scalar has its marks")
    start, end = node.start_mark.index, node.end_mark.index
    if node.style in _QUOTES:
        return start + 1, end - 1
    return start, end


def is_number(text: str) -> bool:
    """Whether `text` is a plainly written number."""
    return _NUMBER.fullmatch(text) is not None


def refuse_number(key: str, written: str) -> KecengError:
    """What is said of a threshold that is not a number."""
    return KecengError.of(
        "threshold.number",
        f"「{written}」不是数字",
        f"“{written}” is not a number",
        remedy=Text("写成 10000 或 0.8", "write 10000 or 0.8"),
        value=key,
    )
