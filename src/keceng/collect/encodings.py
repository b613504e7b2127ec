"""Which bytes are which characters: decided on the whole file, never by ignoring what does not fit."""

from __future__ import annotations

import codecs
import re

import chardet

from keceng.vocabulary import KecengError, Place, Problem, Text

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_RARE_SHARE = 0.2
SAMPLE_CHARACTERS = 20_000
_SURE = 0.8
_EVERYDAY_LEADS = {"gb18030": ((0xA1, 0xA9), (0xB0, 0xD7)), "big5": ((0xA1, 0xA3), (0xA4, 0xC6))}
"""Lead bytes of punctuation and of the characters sorted by use."""
INVISIBLE = ("\ufeff", "\u200b", "\u200c", "\u200d", "\u2060")
_BINARY = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def decode_text(content: bytes, file: str) -> str:
    r"""The text of a whole file: by its byte-order mark, else UTF-8, UTF-16, GB18030, Big5, else chardet's sure guess.

    Byte-order marks and zero-width characters are taken out; line ends become `\n`.

    Raises:
        KecengError: `undecodable` with the row and byte offset, `not_text` for binary content.
    """
    text = _decoded(content, file)
    if found := _BINARY.search(text):
        raise KecengError(_binary_problem(text, found.start(), file))
    for invisible in INVISIBLE:
        text = text.replace(invisible, "")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _decoded(content: bytes, file: str) -> str:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _strict(content[len(mark) :], encoding, file, skipped=len(mark))
    if (text := _attempt(content, "utf-8")) is not None and "\x00" not in text[:4096]:
        return text
    if (encoding_16 := _guess_utf_16(content)) and (text := _attempt(content, encoding_16)) is not None:
        return text
    if (text := _attempt(content, "gb18030")) is not None and is_usual_chinese(text, "gb18030"):
        return text
    if (text := _attempt(content, "big5")) is not None and is_usual_chinese(text, "big5"):
        return text
    if (text := _second_opinion(content)) is not None:
        return text
    return _strict(content, _nearest(content), file)


def _attempt(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None


def _strict(content: bytes, encoding: str, file: str, *, skipped: int = 0) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise KecengError(_undecodable_problem(content, error, file, skipped)) from None


def _guess_utf_16(content: bytes) -> str | None:
    """UTF-16 without a mark: delimiters, digits and line ends have a zero byte always on the same side."""
    sample = content[:8192]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if max(even, odd) * 20 < len(sample) or len(content) % 2:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def is_usual_chinese(text: str, encoding: str) -> bool:
    """Whether few characters are rare ones of a double-byte code: bytes of another encoding make many of them."""
    foreign = find_foreign(text)[:SAMPLE_CHARACTERS]
    rare = sum(_is_rare(character.encode(encoding), encoding) for character in foreign)
    return rare <= _RARE_SHARE * len(foreign)


def find_foreign(text: str) -> list[str]:
    """The characters that are not ASCII, in their order."""
    return re.findall(r"[^\x00-\x7f]", text)


def _is_rare(code: bytes, encoding: str) -> bool:
    # Four bytes of GB18030 alternate with digits: no other encoding yields them by chance.
    return len(code) == 2 and not any(first <= code[0] <= last for first, last in _EVERYDAY_LEADS[encoding])


def _second_opinion(content: bytes) -> str | None:
    detected = chardet.detect(content[:200_000])
    encoding, confidence = detected["encoding"], detected["confidence"] or 0.0
    return _attempt(content, encoding) if encoding and confidence >= _SURE else None


def _nearest(content: bytes) -> str:
    """The usual encoding that gets farthest, so that the error points at the byte that is really wrong."""

    def reach(encoding: str) -> int:
        try:
            content.decode(encoding)
        except UnicodeDecodeError as error:
            return error.start
        return -1

    return max(("utf-8", "gb18030"), key=reach)


def _undecodable_problem(content: bytes, error: UnicodeDecodeError, file: str, skipped: int) -> Problem:
    newline = "\n".encode(error.encoding)
    row = content[: error.start].count(newline) + 1
    shown = content[error.start : error.start + 4].hex(" ")
    return Problem(
        "undecodable",
        Text(
            f"第 {error.start + skipped} 个字节起无法按 {error.encoding} 读成文字",
            f"the bytes from offset {error.start + skipped} on are not {error.encoding} text",
        ),
        remedy=Text(
            "文件可能被截断或混用了编码; 请用 Excel 打开后另存为“CSV UTF-8”再试",
            "the file may be cut off or mix encodings; open it in a spreadsheet and save it as “CSV UTF-8”",
        ),
        place=Place(file=file, row=row),
        value=shown,
    )


def _binary_problem(text: str, position: int, file: str) -> Problem:
    return Problem(
        "not_text",
        Text("这不是文本表格: 里面有控制字符", "this is no text table: it holds control characters"),
        remedy=Text(
            "请确认文件类型; 可用 Excel 打开后另存为 .xlsx 或“CSV UTF-8”",
            "check what the file is; open it in a spreadsheet and save it as .xlsx or “CSV UTF-8”",
        ),
        place=Place(file=file, row=text.count("\n", 0, position) + 1),
        value=repr(text[position]),
    )
