"""A YAML document read as a tree of entries, each of which knows its path and line and notes its own problems."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from fractions import Fraction
from typing import Any

import yaml

from keceng.standard.forms import EXAMPLES, day_remedy, half_width, number_remedy
from keceng.standard.syntax import explain_yaml_error, key_remedy
from keceng.vocabulary import Kind, Place, Problem, Text

MAX_CHARACTERS = 200_000
MAX_DEPTH = 12
MAX_SHOWN = 80
SLUG = re.compile(r"[a-z][a-z0-9_]*")
CODE = re.compile(r"[^\W\d]\w*")
NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
TRUTHS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
Loader = type[Any]
QUICK_LOADER: Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
GARBLED = "\ufffd"


@dataclass(slots=True)
class Problems:
    """What is wrong with one document, in the order it is found."""

    file: str | None = None
    found: list[Problem] = field(default_factory=list)

    def add(
        self,
        code: str,
        message: Text,
        *,
        path: str = "",
        line: int | None = None,
        remedy: Text | None = None,
        value: str | None = None,
    ) -> None:
        """Note a problem at a path and line of the document, with what is written there."""
        place = Place(file=self.file, path=path or None, line=line)
        self.found.append(Problem(f"standard.{code}", message, remedy, place, value))


@dataclass(frozen=True, slots=True)
class Entry:
    """One place of the document. Readers return None after they have noted what is wrong."""

    path: str
    node: yaml.Node
    problems: Problems
    key_line: int | None = None

    @property
    def line(self) -> int:
        """The line it starts on, from 1; that of its key where a whole section stands below the key."""
        if self.key_line is not None and isinstance(self.node, yaml.CollectionNode):
            return self.key_line
        return int(self.node.start_mark.line) + 1

    def refuse(
        self, code: str, message: Text, *, remedy: Text | None = None, written: str | None = None
    ) -> None:
        """Note that this entry is wrong; `written` is what is wrong where that is not the whole entry."""
        written = (written or self.scalar or "").strip()
        value = written if len(written) <= MAX_SHOWN else written[:MAX_SHOWN] + "…"
        self.problems.add(code, message, path=self.path, line=self.line, remedy=remedy, value=value or None)

    @property
    def scalar(self) -> str | None:
        """What is written, untouched, if it is a single scalar."""
        return str(self.node.value) if isinstance(self.node, yaml.ScalarNode) else None

    def descendants(self) -> Iterator[Entry]:
        """Every entry below this one, in the order of the document; a key stands on its own line."""
        if isinstance(self.node, yaml.MappingNode):
            for key, content in self.node.value:
                path = f"{self.path}.{key.value}" if self.path else str(key.value)
                yield Entry(path, key, self.problems)
                yield from Entry(path, content, self.problems).descendants()
        elif isinstance(self.node, yaml.SequenceNode):
            for index, node in enumerate(self.node.value):
                item = Entry(f"{self.path}[{index}]", node, self.problems)
                yield item
                yield from item.descendants()

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of a mapping as written; empty where it is none."""
        pairs = self.node.value if isinstance(self.node, yaml.MappingNode) else []
        return tuple(str(key.value) for key, _ in pairs)

    @property
    def repeats_keys(self) -> bool:
        """Whether a key of this mapping is written twice: which entries were meant is not known then."""
        return len(set(self.keys)) < len(self.keys)

    def entries(self) -> dict[str, Entry]:
        """The entries of a mapping in order; empty, with a problem, where it is none."""
        if not isinstance(self.node, yaml.MappingNode):
            remedy = Text(
                "换行缩进写「键: 内容」，或写 {键: 内容}",
                "indent `key: content` below it, or write {key: content}",
            )
            message = Text("这里应是一组「键: 内容」", "this should be a mapping of `key: content`")
            self.refuse("type", message, remedy=remedy)
            return {}
        found: dict[str, Entry] = {}
        lines: dict[str, int] = {}
        for key_node, content in self.node.value:
            key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else ""
            path = f"{self.path}.{key}" if self.path else key
            entry = Entry(path, content, self.problems, key_node.start_mark.line + 1)
            if not key:
                entry.refuse("key", Text("键必须是文字", "a key must be text"))
            elif key in found:
                message = Text(
                    f"「{key}」写了两次，第一次在第 {lines[key]} 行",
                    f"“{key}” is written twice, first on line {lines[key]}",
                )
                remedy = Text("留一个，或改名", "keep one of them, or rename it")
                line = key_node.start_mark.line + 1
                self.problems.add("duplicate_key", message, path=path, line=line, remedy=remedy, value=key)
            else:
                found[key], lines[key] = entry, key_node.start_mark.line + 1
        return found

    def fields(self, allowed: Collection[str], required: Collection[str] = ()) -> dict[str, Entry]:
        """The entries of a mapping whose keys are known; notes unknown and absent ones."""
        found = self.entries()
        for key in [key for key in found if key not in allowed]:
            entry = found.pop(key)
            message = Text(f"不认识的键「{key}」", f"“{key}” is not known here")
            entry.refuse("unknown_key", message, remedy=key_remedy(key) or _near(half_width(key), allowed))
        if isinstance(self.node, yaml.MappingNode):
            for key in required:
                if key not in found:
                    self.refuse_missing(key)
        return found

    def refuse_missing(self, key: str) -> None:
        """Note that `key` is not written under this entry, with how it would be."""
        self.refuse("missing", Text(f"缺少「{key}」", f"“{key}” is missing"), remedy=EXAMPLES.get(key))

    def items(self) -> Iterator[Entry]:
        """The entries of a list in order; none, with a problem, where it is no list."""
        if not isinstance(self.node, yaml.SequenceNode):
            remedy = Text("每项一行，以「- 」开头", "one item a line, each after “- ”")
            self.refuse("type", Text("这里应是一个列表", "this should be a list"), remedy=remedy)
            return
        for index, node in enumerate(self.node.value):
            yield Entry(f"{self.path}[{index}]", node, self.problems)

    def read_text(self) -> str | None:
        """A non-empty text of one line."""
        written = (self.scalar or "").strip()
        if not written or "\n" in written:
            self.refuse("type", Text("这里应是一行文字", "this should be one line of text"))
            return None
        return written

    def read_flag(self) -> bool | None:
        """True or false."""
        answer = TRUTHS.get((self.scalar or "").lower())
        if answer is None:
            self.refuse("type", Text("这里只写 true 或 false", "this should be true or false"))
        return answer

    def read_choice(self, choices: Collection[str]) -> str | None:
        """One of a few words."""
        if self.scalar in choices:
            return self.scalar
        message = Text(f"不认识「{self.scalar or ''}」", f"“{self.scalar or ''}” is not known here")
        near = get_close_matches(half_width(self.scalar or ""), choices, n=1, cutoff=0.7)
        listed = Text("可选：" + "、".join(choices), "one of: " + ", ".join(choices))
        meant = (
            Text(f"是不是 {near[0]}？{listed.zh}", f"did you mean `{near[0]}`? {listed.en}")
            if near
            else listed
        )
        self.refuse("choice", message, remedy=meant)
        return None

    def read_whole(self, *, low: int, high: int) -> int | None:
        """A whole number from `low` to `high`."""
        bounds = Text(f"{low} 到 {high} 的整数", f"a whole number, {low} to {high}")
        if low == high:
            bounds = Text(f"{low}", f"{low}")
        remedy = Text(f"写 {bounds.zh}", f"write {bounds.en}")
        number = self._read_fraction(remedy)
        if number is None:
            return None
        if number.denominator == 1 and low <= number <= high:
            return int(number)
        self.refuse("range", Text(f"这里应是 {bounds.zh}", f"this should be {bounds.en}"), remedy=remedy)
        return None

    def read_stored(
        self, kind: Kind, *, low: Fraction | int | None = None, high: Fraction | int | None = None
    ) -> int | None:
        """A number in the main unit of `kind`, as stored parts; it must be one exactly."""
        number = self._read_fraction()
        if number is None:
            return None
        if (low is not None and number < low) or (high is not None and number > high):
            bounds = Text(f"这里应在 {low} 到 {high} 之间", f"this must lie between {low} and {high}")
            is_percentage = high == 1 and 1 < number <= 100 and number.denominator == 1
            remedy = number_remedy(f"{number}%") if is_percentage else None
            self.refuse("range", bounds, remedy=remedy)
            return None
        parts = number * kind.scale
        if parts.denominator != 1 or abs(parts) >= 10**17:
            places = len(str(kind.scale)) - 1
            message = Text(f"这里最多 {places} 位小数", f"this may have {places} decimals at most")
            self.refuse("decimals", message)
            return None
        return int(parts)

    def read_day(self) -> dt.date | None:
        """A day as 2024-01-31."""
        try:
            if DAY.fullmatch(self.scalar or ""):
                return dt.date.fromisoformat(self.scalar or "")
        except ValueError:
            pass
        message = Text("日期写成 2024-01-31", "dates are written as 2024-01-31")
        self.refuse("type", message, remedy=day_remedy(self.scalar or ""))
        return None

    def read_bilingual(self) -> Text | None:
        """A text in Chinese and English."""
        if not isinstance(self.node, yaml.MappingNode):
            remedy = Text("写成 {zh: 中文, en: English}", "write {zh: 中文, en: English}")
            self.refuse(
                "type", Text("这里应有中文和英文", "this needs both Chinese and English"), remedy=remedy
            )
            return None
        fields = self.fields(("zh", "en"), required=("zh", "en"))
        texts = {key: entry.read_text() for key, entry in fields.items()}
        zh, en = texts.get("zh"), texts.get("en")
        return Text(zh, en) if zh and en else None

    def read_code(self) -> str | None:
        """An id usable in conditions and file names: the last part of the path must be one."""
        code = self.path.rpartition(".")[2]
        if CODE.fullmatch(code) and len(code) <= 60 and half_width(code) == code:
            return code
        message = Text(f"「{code}」不能做代号", f"“{code}” cannot be an id")
        remedy = Text("以字母开头，只用字母、数字、下划线", "start with a letter; use letters, digits and _")
        self.refuse("id", message, remedy=remedy)
        return None

    def _read_fraction(self, remedy: Text | None = None) -> Fraction | None:
        written = (self.scalar or "").replace("_", "")
        if isinstance(self.node, yaml.ScalarNode) and NUMBER.fullmatch(written) and len(written) <= 30:
            return Fraction(written)
        message = Text("这里应是一个数字", "this should be a number")
        self.refuse("type", message, remedy=remedy or number_remedy(self.scalar or ""))
        return None


def _near(key: str, allowed: Collection[str]) -> Text:
    near = get_close_matches(key, allowed, n=1, cutoff=0.5)
    if near:
        return Text(f"是不是 {near[0]}？", f"did you mean `{near[0]}`?")
    return Text("可用：" + "、".join(allowed), "known here: " + ", ".join(allowed))


def read_document(text: str, problems: Problems) -> Entry | None:
    """The root entry of a YAML document; None where it cannot be read as one, with the problem noted.

    Aliases, merges and typed tags are refused: a standard says everything where it stands.
    """
    if len(text) > MAX_CHARACTERS:
        problems.add("too_long", Text("文件太大，不像一份标准", "the document is too large to be a standard"))
        return None
    before = len(problems.found)
    try:
        node = _compose(text, problems)
    except yaml.YAMLError as error:
        fault = explain_yaml_error(error, text)
        problems.add(
            "yaml", fault.message, path=fault.path, line=fault.line, remedy=fault.remedy, value=fault.written
        )
        return None
    if len(problems.found) > before:
        return None
    if not isinstance(node, yaml.MappingNode):
        remedy = Text("从一份模板改起，如 retail", "start from a template, such as retail")
        problems.add("empty", Text("文件里没有标准", "the document holds no standard"), line=1, remedy=remedy)
        return None
    _note_garbled(text, problems)
    return Entry("", node, problems)


def _note_garbled(text: str, problems: Problems) -> None:
    for index, line in enumerate(text.splitlines(), start=1):
        if GARBLED in line:
            message = Text("文字里有乱码（�）", "the text is garbled (�)")
            remedy = Text("重新输入，存为 UTF-8", "type it again and save as UTF-8")
            problems.add("garbled", message, line=index, remedy=remedy, value=line.strip()[:MAX_SHOWN])


def _compose(text: str, problems: Problems) -> yaml.Node | None:
    before = len(problems.found)
    # The compiled reader is ten times as fast; the other one says better what is wrong, so it has the last word.
    try:
        return _read_node(text, problems, QUICK_LOADER)
    except yaml.YAMLError:
        del problems.found[before:]
        return _read_node(text, problems, yaml.SafeLoader)


def _read_node(text: str, problems: Problems, loader: Loader) -> yaml.Node | None:
    if not _is_plain(text, problems, loader):
        return None
    return yaml.compose(text, Loader=loader)


def _is_plain(text: str, problems: Problems, loader: Loader) -> bool:
    depth, before = 0, len(problems.found)
    for event in yaml.parse(text, Loader=loader):
        line = event.start_mark.line + 1 if event.start_mark else None
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            message = Text("不能用锚点和引用（& 与 *）", "anchors and aliases (& and *) are not allowed")
            problems.add("alias", message, line=line)
        if getattr(event, "tag", None):
            problems.add("tag", Text("不能用类型标记（!）", "typed tags (!) are not allowed"), line=line)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            problems.add("too_deep", Text("层次太深", "this is nested too deeply"), line=line)
            return False
    return len(problems.found) == before
