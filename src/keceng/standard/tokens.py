"""The words of a condition, looked at before they are parsed: what does not belong is refused at its position."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, field

from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from keceng.vocabulary import Place, Problem, Text

MAX_CHARACTERS = 4_000
MAX_TOKENS = 400
MAX_BRACKETS = 12
MAX_PREFIXES = 4
MAX_DIGITS = 13

WORD = re.compile(r"[^\W\d]\w*")
NUMBER = re.compile(r"\d+(\.\d{1,6})?")
FULL_WIDTH = dict(zip("＞＜＝（），；‘’“”＋－＊／×÷、。", "><=(),;''\"\"+-*/*/,.", strict=True)) | {
    "≥": ">=",
    "≤": "<=",
    "≠": "<>",
}
# What other languages write for our words; taken so only where no measure is called like it.
OTHER_WORDS = {
    **dict.fromkeys(("且", "并且", "和", "与", "而且", "同时", "&", "&&"), "and"),
    **dict.fromkeys(("或", "或者", "|", "||"), "or"),
    **dict.fromkeys(("非", "不"), "not"),
    **dict.fromkeys(("是", "等于"), "="),
    **dict.fromkeys(("不是", "不等于"), "<>"),
    **dict.fromkeys(("大于", "超过"), ">"),
    **dict.fromkeys(("小于", "低于"), "<"),
    "=>": ">=",
    "未知": "is null",
}
UNIT_WORDS = frozenset(
    [
        "元",
        "块",
        "万",
        "万元",
        "亿",
        "千",
        "天",
        "日",
        "次",
        "个",
        "分",
        "月",
        "个月",
        "年",
        "倍",
        "成",
        "d",
        "m",
        "w",
        "y",
        "day",
        "days",
        "month",
        "months",
    ]
)
UNIT_REMEDY = Text(
    "数字后面不写单位：1 万写 10000，90 天写 90，两成写 0.2",
    "numbers carry no unit here: 10000, 90 (days), 0.2 (a fifth)",
)

OPERANDS = frozenset(
    {
        TokenType.IDENTIFIER,
        TokenType.NUMBER,
        TokenType.STRING,
        TokenType.TRUE,
        TokenType.FALSE,
        TokenType.NULL,
    }
)
JOINERS = frozenset(
    {
        TokenType.AND,
        TokenType.OR,
        TokenType.EQ,
        TokenType.NEQ,
        TokenType.LT,
        TokenType.LTE,
        TokenType.GT,
        TokenType.GTE,
        TokenType.PLUS,
        TokenType.DASH,
        TokenType.STAR,
        TokenType.SLASH,
        TokenType.IN,
        TokenType.BETWEEN,
        TokenType.IS,
        TokenType.COMMA,
    }
)
PREFIXES = frozenset({TokenType.NOT, TokenType.DASH})
BRACKETS = frozenset({TokenType.L_PAREN, TokenType.R_PAREN})
KEYWORDS = frozenset(
    {
        TokenType.AND,
        TokenType.OR,
        TokenType.NOT,
        TokenType.IN,
        TokenType.BETWEEN,
        TokenType.IS,
        TokenType.NULL,
        TokenType.TRUE,
        TokenType.FALSE,
    }
)
WORDS = frozenset({TokenType.VAR, TokenType.IDENTIFIER})
KNOWN = OPERANDS | JOINERS | PREFIXES | BRACKETS

LANGUAGE = Text(
    "条件只认识：指标名、数字、'文字'、= <> < <= > >=、+ - * /、and or not、in、between、is null 和括号",
    "a condition knows: names of measures, numbers, 'texts', = <> < <= > >=, + - * /, and or not, in, between, "
    "is null and brackets",
)


@dataclass(slots=True)
class Findings:
    """Problems of one condition, in the order they are found; `path` is where it stands in its document."""

    text: str
    place: Place
    problems: list[Problem] = field(default_factory=list)

    def add(self, position: int, code: str, message: Text, *, remedy: Text | None = None) -> None:
        """Note a problem at a character position (from 0; shown from 1)."""
        at = Text("第{position}个字符：{message}", "character {position}: {message}")
        self.problems.append(
            Problem(
                f"condition.{code}",
                at.fill(position=position + 1, message=message),
                remedy,
                self.place,
                self.text if len(self.text) <= 200 else self.text[:200] + "…",
            )
        )


def read_tokens(findings: Findings, names: Collection[str]) -> list[Token]:
    """The tokens of the condition, names marked as quoted identifiers: no word of SQL can be taken for more.

    Empty when something is not part of the language of conditions; the findings say what and where.
    """
    text = findings.text
    if not text.strip():
        findings.add(0, "empty", Text("条件是空的", "the condition is empty"), remedy=LANGUAGE)
        return []
    if len(text) > MAX_CHARACTERS:
        _find_too_long(findings, MAX_CHARACTERS)
        return []
    try:
        tokens = DuckDB().tokenize(text)
    except SqlglotError:
        message = Text("引号没有成对", "a quotation mark has no partner")
        findings.add(max(text.rfind("'"), text.rfind('"'), 0), "quote", message)
        return []
    if len(tokens) > MAX_TOKENS:
        _find_too_long(findings, MAX_TOKENS)
        return []
    for index, token in enumerate(tokens):
        is_called = index + 1 < len(tokens) and tokens[index + 1].token_type is TokenType.L_PAREN
        is_known = token.text in names
        is_word_of_sql = token.token_type not in WORDS and not is_known
        _screen(findings, token, may_be_name=not is_called and not is_word_of_sql, is_known=is_known)
    if not findings.problems:
        _check_order(findings, tokens)
    return [] if findings.problems else tokens


def _find_too_long(findings: Findings, position: int) -> None:
    findings.add(
        min(position, len(findings.text) - 1),
        "too_long",
        Text("条件太长", "the condition is too long"),
        remedy=Text(
            "把一部分写成单独的维度，再在条件里引用它",
            "write a part of it as a dimension of its own and name that here",
        ),
    )


def _screen(findings: Findings, token: Token, *, may_be_name: bool, is_known: bool) -> None:
    written = findings.text[token.start : token.end + 1]
    if token.comments:
        message = Text("条件里不能有注释", "a condition cannot hold a comment")
        findings.add(token.start, "comment", message, remedy=Text("写在 note 里", "write it under `note`"))
    if not is_known and token.token_type is not TokenType.STRING and _is_full_width(written):
        _refuse_full_width(findings, token.start, written)
    elif token.token_type is TokenType.NUMBER:
        _screen_number(findings, token, written)
    elif token.token_type is TokenType.STRING:
        _screen_string(findings, token, written)
    elif token.token_type in KEYWORDS or token.token_type in KNOWN - OPERANDS:
        return
    elif WORD.fullmatch(token.text) and may_be_name and (is_known or written not in OTHER_WORDS):
        token.token_type = TokenType.IDENTIFIER
    else:
        message = Text(f"{written} 不能用在条件里", f"{written} cannot be used in a condition")
        findings.add(token.start, "not_allowed", message, remedy=_instead_of(written))


def _is_full_width(written: str) -> bool:
    return any(sign in FULL_WIDTH for sign in written) or unicodedata.normalize("NFKC", written) != written


def _refuse_full_width(findings: Findings, start: int, written: str) -> None:
    half = unicodedata.normalize("NFKC", "".join(FULL_WIDTH.get(sign, sign) for sign in written))
    first = next(i for i, sign in enumerate(written) if _is_full_width(sign))
    message = Text(f"全角符号 {written[first]}", f"the full-width sign {written[first]}")
    findings.add(start + first, "full_width", message, remedy=Text(f"改成 {half}", f"write {half}"))


def _instead_of(written: str) -> Text:
    if written == "%":
        return Text("百分比写成小数，如 0.2", "write a percentage as 0.2")
    if written in OTHER_WORDS:
        return Text(f"改成 {OTHER_WORDS[written]}", f"write {OTHER_WORDS[written]}")
    return LANGUAGE


def _screen_number(findings: Findings, token: Token, written: str) -> None:
    if not NUMBER.fullmatch(written):
        message = Text(f"{written} 不是普通写法的数字", f"{written} is not a plainly written number")
        remedy = Text("最多 6 位小数，不用科学计数法", "at most 6 decimals, no exponent")
        findings.add(token.start, "number", message, remedy=remedy)
    elif len(written.partition(".")[0].lstrip("0")) > MAX_DIGITS:
        message = Text("数字太大", "the number is too large")
        remedy = Text(f"整数部分最多 {MAX_DIGITS} 位", f"at most {MAX_DIGITS} digits before the point")
        findings.add(token.start, "number", message, remedy=remedy)


def _screen_string(findings: Findings, token: Token, written: str) -> None:
    if not written.startswith("'"):
        message = Text(f"{written} 的引号不对", f"{written} has the wrong quotation marks")
        findings.add(token.start, "quote", message, remedy=Text("文字用单引号", "put texts in single quotes"))


@dataclass(slots=True)
class _Order:
    """Operands and what joins them take turns, and brackets close: what the parser would read generously."""

    depth: int = 0
    prefixes: int = 0
    operand_expected: bool = True

    def accept(self, kind: TokenType, following: TokenType | None) -> bool:
        """Whether a token of this kind may stand here; moves on by one token."""
        if kind is TokenType.L_PAREN:
            self.depth, self.prefixes = self.depth + 1, 0
            return self.operand_expected
        if kind is TokenType.R_PAREN:
            self.depth -= 1
            return not self.operand_expected and self.depth >= 0
        if kind in OPERANDS:
            fits, self.operand_expected, self.prefixes = self.operand_expected, False, 0
            return fits
        if self.operand_expected:
            self.prefixes += 1
            return kind in PREFIXES and self.prefixes <= MAX_PREFIXES
        if kind is TokenType.NOT:
            return following in {TokenType.IN, TokenType.BETWEEN}
        self.operand_expected = True
        return kind in JOINERS


def _check_order(findings: Findings, tokens: list[Token]) -> None:
    order = _Order()
    # A text of nothing but a comment has no words at all.
    followers: list[Token | None] = [*tokens[1:], None] if tokens else []
    for token, following in zip(tokens, followers, strict=True):
        if not order.accept(token.token_type, following.token_type if following else None):
            message = Text(f"这里不该出现 {token.text}", f"{token.text} does not fit here")
            is_unit = token.text in UNIT_WORDS
            findings.add(token.start, "order", message, remedy=UNIT_REMEDY if is_unit else LANGUAGE)
            return
        if order.depth > MAX_BRACKETS:
            message = Text("括号套得太深", "the brackets are nested too deeply")
            remedy = Text(f"最多 {MAX_BRACKETS} 层", f"at most {MAX_BRACKETS} levels")
            findings.add(token.start, "too_deep", message, remedy=remedy)
            return
    if order.depth or order.operand_expected:
        message = Text("条件没有写完", "the condition is not finished")
        findings.add(len(findings.text), "unfinished", message, remedy=LANGUAGE)
