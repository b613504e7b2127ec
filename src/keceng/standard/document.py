"""A YAML document read as a tree of entries, each of which knows its path and line and notes its own problems."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from fractions import Fraction

import yaml

from keceng.vocabulary import Kind, Place, Problem, Text

MAX_CHARACTERS = 200_000
MAX_DEPTH = 12
SLUG = re.compile(r"[a-z][a-z0-9_]*")
CODE = re.compile(r"[^\W\d]\w*")
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
TRUTHS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
MERGE_TAG = "tag:yaml.org,2002:merge"
STANDARD_TAGS = "tag:yaml.org,2002:"


@dataclass(slots=True)
class Problems:
    """What is wrong with one document, in the order it is found."""

    file: str | None = None
    found: list[Problem] = field(default_factory=list)

    def add(
        self, code: str, message: Text, *, path: str = "", line: int | None = None, remedy: Text | None = None
    ) -> None:
        """Note a problem at a path and line of the document."""
        place = Place(file=self.file, path=path or None, line=line)
        self.found.append(Problem(f"standard.{code}", message, remedy, place))


@dataclass(frozen=True, slots=True)
class Entry:
    """One place of the document. Readers return None after they have noted what is wrong."""

    path: str
    node: yaml.Node
    problems: Problems

    @property
    def line(self) -> int:
        """The line it starts on, from 1."""
        return int(self.node.start_mark.line) + 1

    def refuse(self, code: str, message: Text, *, remedy: Text | None = None) -> None:
        """Note that this entry is wrong."""
        self.problems.add(code, message, path=self.path, line=self.line, remedy=remedy)

    @property
    def scalar(self) -> str | None:
        """What is written, untouched, if it is a single scalar."""
        return str(self.node.value) if isinstance(self.node, yaml.ScalarNode) else None

    def entries(self) -> dict[str, Entry]:
        """The entries of a mapping in order; empty, with a problem, where it is none."""
        if not isinstance(self.node, yaml.MappingNode):
            self.refuse("type", Text("这里应是一组「键: 内容」", "here stands a mapping of `key: content`"))
            return {}
        found: dict[str, Entry] = {}
        for key_node, content in self.node.value:
            key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else ""
            path = f"{self.path}.{key}" if self.path else key
            entry = Entry(path, content, self.problems)
            if not key:
                entry.refuse("key", Text("键必须是文字", "a key must be text"))
            elif key in found:
                message = Text(f"「{key}」写了两次", f"“{key}” is written twice")
                self.problems.add("duplicate_key", message, path=path, line=key_node.start_mark.line + 1)
            else:
                found[key] = entry
        return found

    def fields(self, allowed: Collection[str], required: Collection[str] = ()) -> dict[str, Entry]:
        """The entries of a mapping whose keys are known; notes unknown and absent ones."""
        found = self.entries()
        for key in [key for key in found if key not in allowed]:
            entry = found.pop(key)
            near = get_close_matches(key, allowed, n=1, cutoff=0.5)
            remedy = (
                Text(f"是不是 {near[0]}？", f"did you mean `{near[0]}`?")
                if near
                else Text("可用：" + "、".join(allowed), "known here: " + ", ".join(allowed))
            )
            message = Text(f"不认识的键「{key}」", f"“{key}” is not known here")
            entry.refuse("unknown_key", message, remedy=remedy)
        if isinstance(self.node, yaml.MappingNode):
            for key in required:
                if key not in found:
                    self.refuse("missing", Text(f"缺少「{key}」", f"“{key}” is missing"))
        return found

    def items(self) -> Iterator[Entry]:
        """The entries of a list in order; none, with a problem, where it is no list."""
        if not isinstance(self.node, yaml.SequenceNode):
            self.refuse("type", Text("这里应是一个列表", "here stands a list"))
            return
        for index, node in enumerate(self.node.value):
            yield Entry(f"{self.path}[{index}]", node, self.problems)

    def read_text(self) -> str | None:
        """A non-empty text of one line."""
        written = (self.scalar or "").strip()
        if not written or "\n" in written:
            self.refuse("type", Text("这里应是一行文字", "here stands one line of text"))
            return None
        return written

    def read_flag(self) -> bool | None:
        """True or false."""
        answer = TRUTHS.get((self.scalar or "").lower())
        if answer is None:
            self.refuse("type", Text("这里只写 true 或 false", "here stands true or false"))
        return answer

    def read_choice(self, choices: Collection[str]) -> str | None:
        """One of a few words."""
        if self.scalar in choices:
            return self.scalar
        message = Text(f"不认识「{self.scalar or ''}」", f"“{self.scalar or ''}” is not known here")
        remedy = Text("可选：" + "、".join(choices), "one of: " + ", ".join(choices))
        self.refuse("choice", message, remedy=remedy)
        return None

    def read_whole(self, *, low: int, high: int) -> int | None:
        """A whole number from `low` to `high`."""
        number = self._read_fraction()
        if number is None:
            return None
        if number.denominator == 1 and low <= number <= high:
            return int(number)
        self.refuse(
            "range", Text(f"这里应是 {low} 到 {high} 的整数", f"here stands a whole number, {low} to {high}")
        )
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
            self.refuse("range", bounds)
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
        self.refuse("type", Text("日期写成 2024-01-31", "dates are written as 2024-01-31"))
        return None

    def read_bilingual(self) -> Text | None:
        """A text in Chinese and English."""
        if not isinstance(self.node, yaml.MappingNode):
            remedy = Text("写成 {zh: 中文, en: English}", "write {zh: 中文, en: English}")
            self.refuse("type", Text("这里应有中文和英文", "here stand Chinese and English"), remedy=remedy)
            return None
        fields = self.fields(("zh", "en"), required=("zh", "en"))
        texts = {key: entry.read_text() for key, entry in fields.items()}
        zh, en = texts.get("zh"), texts.get("en")
        return Text(zh, en) if zh and en else None

    def read_code(self) -> str | None:
        """An id usable in conditions and file names: the last part of the path must be one."""
        code = self.path.rpartition(".")[2]
        if CODE.fullmatch(code) and len(code) <= 60:
            return code
        message = Text(f"「{code}」不能做代号", f"“{code}” cannot be an id")
        remedy = Text("以字母开头，只用字母、数字、下划线", "start with a letter; use letters, digits and _")
        self.refuse("id", message, remedy=remedy)
        return None

    def _read_fraction(self) -> Fraction | None:
        written = (self.scalar or "").replace("_", "")
        if isinstance(self.node, yaml.ScalarNode) and NUMBER.fullmatch(written) and len(written) <= 30:
            return Fraction(written)
        self.refuse("type", Text("这里应是一个数字", "here stands a number"))
        return None


def read_document(text: str, problems: Problems) -> Entry | None:
    """The root entry of a YAML document; None where it cannot be read as one, with the problem noted.

    Aliases, merges and typed tags are refused: a standard says everything where it stands.
    """
    if len(text) > MAX_CHARACTERS:
        problems.add("too_long", Text("文件太大，不像一份标准", "the document is too large to be a standard"))
        return None
    try:
        if not _is_plain(text, problems):
            return None
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = str(getattr(error, "problem", "") or "")
        problems.add(
            "yaml",
            Text(f"不是合法的 YAML：{reason}", f"this is not valid YAML: {reason}"),
            line=mark.line + 1 if mark else None,
            remedy=Text("检查缩进、冒号和引号", "look at indentation, colons and quotes"),
        )
        return None
    if not isinstance(node, yaml.MappingNode):
        problems.add("empty", Text("文件里没有标准", "the document holds no standard"))
        return None
    return Entry("", node, problems)


def _is_plain(text: str, problems: Problems) -> bool:
    depth, before = 0, len(problems.found)
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
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
