"""What is wrong with the YAML itself, in a manager's words: tabs, indentation, quotes, full-width signs, encodings."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass

import yaml

from keceng.vocabulary import Text

SHOWN = 120
OTHER_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# What a keyboard in Chinese mode leaves behind where YAML wants its own signs.
KEY_COLON = re.compile(r"([A-Za-z_][\w/]*|\b(?:zh|en))\s*：")
KEY_COMMA = re.compile(r"，\s*[A-Za-z_][\w/]*\s*[:：]")
BRACES = re.compile(r"[:：,，]\s*[｛［]|[｝］]\s*$")
CURLED = re.compile(r"[:：]\s*[“”‘’]")
GLUED = re.compile(r"^\s*(?:- )?[A-Za-z_][\w/]*:[^\s:]|[{,]\s*[A-Za-z_]\w*:[^\s,}\]:]")
WIDE_INDENT = re.compile(r"^[ \t]*[\u3000\u00a0]")
KEY = re.compile(r"^([ \t\u3000\u00a0]*)(?:- )?([^\s:：#{\[\"'-][^\s:：]*)\s*[:：]")
OPEN_SINGLE = re.compile(r"[:,]\s+'[^']*$")
CLOSE_QUOTES = Text("补上另一半引号", "add the other quotation mark")
WIDE_SPACE = Text(
    "行首有全角空格，改成普通空格", "the line starts with a wide space; indent with plain spaces"
)
HINTS: tuple[tuple[re.Pattern[str], Text], ...] = (
    (KEY_COLON, Text("把全角冒号「：」改成半角「: 」", "write the colon “：” as a plain “: ”")),
    (KEY_COMMA, Text("把全角逗号「，」改成半角「, 」", "write the comma “，” as a plain “, ”")),
    (BRACES, Text("把全角括号改成半角 { } 或 [ ]", "write plain brackets { } or [ ]")),
    (CURLED, Text("把弯引号改成直引号 \"", "write straight quotation marks \"")),
    (GLUED, Text("冒号后面要有一个空格", "put a space after the colon")),
)  # fmt: skip
MEANINGS: tuple[tuple[str, Text, Text], ...] = (
    ("character '\\t'", Text("用了制表符(Tab)", "a tab stands where spaces are wanted"),
     Text("用空格缩进，每层两个", "indent with spaces, two per level")),
    ("another document", Text("文件里有两份文档(---)", "the file holds two documents (---)"),
     Text("一份标准一个文件，删去 --- 及其后的内容或另存", "one standard per file: move what follows --- to a file of its own")),
    ("end of stream", Text("引号或括号没有成对", "a quotation mark or bracket has no partner"),
     Text("补上缺的那一半", "add the missing half")),
    ("mapping values", Text("这里不该有冒号，多半是缩进不齐或缺少引号", "a colon does not fit here: look at the indentation, or put the text in quotes"),
     Text("同级的键要左对齐；含冒号的文字放进双引号", "align keys of one level; put texts with a colon in double quotes")),
    ("could not find expected ':'", Text("这一行缺少冒号", "a colon is missing"),
     Text("写成「键: 内容」，冒号后留一个空格", "write `key: content`, with a space after the colon")),
    ("expected <block end>", Text("缩进不齐", "the indentation does not line up"),
     Text("同级的键要左对齐；条件整体放进双引号", "align keys of one level; put a whole condition in double quotes")),
    ("expected ',' or", Text("花括号或方括号里少了逗号，或没有闭合", "a comma or a closing bracket is missing"),
     Text("例如 {zh: 中文, en: English}", "for example {zh: 中文, en: English}")),
    ("cannot start any token", Text("这个符号不能开头", "this sign cannot start a text"),
     Text("把整段文字放进双引号", "put the whole text in double quotes")),
    ("unknown escape", Text("双引号里的反斜杠不对", "a backslash in double quotes is wrong"),
     Text("去掉反斜杠，或改用单引号", "drop the backslash, or use single quotes")),
    ("alphabetic or numeric", Text("不能用锚点和引用（& 与 *）", "anchors and aliases (& and *) are not allowed"),
     Text("把内容直接写在这里", "write the content where it belongs")),
    ("special characters", Text("有不能显示的字符", "there is a character that cannot be shown"),
     Text("删去它，存为 UTF-8 文本", "delete it and save as UTF-8 text")),
)  # fmt: skip
OTHERWISE = (
    Text("不是合法的 YAML", "this is not valid YAML"),
    Text("检查缩进、冒号和引号", "look at indentation, colons and quotes"),
)


@dataclass(frozen=True, slots=True)
class SyntaxFault:
    """Why a text is no YAML: what it means, what to do, and where.

    Attributes:
        message: what is wrong.
        remedy: what to do.
        line: from 1; None where it is not known.
        path: the keys that stand above the line, as far as indentation tells.
        written: the line as written.
    """

    message: Text
    remedy: Text
    line: int | None = None
    path: str = ""
    written: str | None = None


def explain_yaml_error(error: yaml.YAMLError, text: str) -> SyntaxFault:
    """What a YAML error means, at the line whose sign misled the reader rather than where it gave up."""
    reason = " ".join(str(getattr(error, name, None) or "") for name in ("context", "problem", "reason"))
    message, remedy = next(((said, advice) for sign, said, advice in MEANINGS if sign in reason), OTHERWISE)
    lines = text.splitlines()
    index, column = _where(error, reason, text)
    if index is None or not lines:
        return SyntaxFault(message, remedy)
    index = min(index, len(lines) - 1)
    misleading = _misleading_line(lines, index)
    if misleading is not None:
        index, message, remedy = misleading[0], misleading[1] or message, misleading[2]
    elif column is not None:
        message = _placed(message, column, index, getattr(error, "context_mark", None))
    return SyntaxFault(message, remedy, index + 1, _path_at(lines, index), lines[index].strip()[:SHOWN])


def key_remedy(key: str) -> Text | None:
    """What to do about a key that swallowed its content: a full-width or a glued colon; None where it did not."""
    if "：" in key:
        return Text("把全角冒号「：」改成半角「: 」", "write the colon “：” as a plain “: ”")
    if key[:1] in "\u3000\u00a0":
        return WIDE_SPACE
    name, colon, rest = key.partition(":")
    return Text("冒号后面要有一个空格", "put a space after the colon") if name and colon and rest else None


def describe_encoding(content: bytes) -> tuple[Text, int | None]:
    """Why `content` is no UTF-8 text, and the line (from 1) of the first byte that is none."""
    if content.startswith(OTHER_MARKS):
        return Text("文件是 UTF-16 编码，不是 UTF-8", "the file is UTF-16, not UTF-8"), None
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
    else:
        return Text("读不了这个文件", "this file cannot be read"), None
    try:
        content.decode("gb18030")
    except UnicodeDecodeError:
        return Text("文件不是 UTF-8 文本", "the file is no UTF-8 text"), line
    return Text("文件是 GB18030（GBK）编码，不是 UTF-8", "the file is GB18030 (GBK), not UTF-8"), line


def _where(error: yaml.YAMLError, reason: str, text: str) -> tuple[int | None, int | None]:
    noticed, opened = (getattr(error, name, None) for name in ("problem_mark", "context_mark"))
    mark = (
        opened if opened and noticed and _was_left_open(reason, text, opened, noticed) else noticed or opened
    )
    if mark is not None:
        return int(mark.line), int(mark.column)
    position = getattr(error, "position", None)
    return (text[:position].count("\n"), None) if isinstance(position, int) else (None, None)


def _was_left_open(reason: str, text: str, opened: yaml.Mark, noticed: yaml.Mark) -> bool:
    # What is left open is noticed where something else begins; what helps is where it was opened.
    if "end of stream" in reason:
        return True
    lines = text.splitlines()
    if "expected ',' or" not in reason or noticed.line <= opened.line or noticed.line >= len(lines):
        return False
    indents = [len(line) - len(line.lstrip()) for line in (lines[opened.line], lines[noticed.line])]
    return indents[1] <= indents[0]


def _placed(message: Text, column: int, index: int, began: yaml.Mark | None) -> Text:
    since = Text("", "")
    if began is not None and began.line != index:
        line = began.line + 1
        since = Text(f"（这一段从第 {line} 行开始）", f" (the part that begins on line {line})")
    return Text(f"第{column + 1}列：{message.zh}{since.zh}", f"column {column + 1}: {message.en}{since.en}")


def _misleading_line(lines: Sequence[str], index: int) -> tuple[int, Text | None, Text] | None:
    # An open quotation mark or a wide space can mislead over many lines, a wrong sign over one.
    for at in range(index + 1):
        if WIDE_INDENT.search(lines[at]):
            return at, Text("缩进里有全角空格", "a wide space stands in the indentation"), WIDE_SPACE
        if OPEN_SINGLE.search(lines[at]) or (lines[at].count('"') % 2 and "'" not in lines[at]):
            return at, Text("引号没有成对", "a quotation mark has no partner"), CLOSE_QUOTES
    for at in (index, index - 1):
        found = [advice for pattern, advice in HINTS if at >= 0 and pattern.search(lines[at])]
        if found:
            return at, None, found[0]
    return None


def _path_at(lines: Sequence[str], index: int) -> str:
    keys: list[str] = []
    line = lines[index]
    indent = len(line) - len(line.lstrip()) + (1 if KEY.match(line) or line.lstrip().startswith("- ") else 0)
    for line in reversed(lines[: index + 1]):
        found = KEY.match(line)
        if found and len(found[1]) < indent:
            indent = len(found[1])
            keys.append(found[2])
    return ".".join(reversed(keys))
