"""Minutes as files that people keep: a workbook and a Word document, in which every cell is text and nothing runs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import docx
import xlsxwriter
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn
from docx.shared import Pt

from keceng.vocabulary import Language

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import Table, _Cell

    from keceng.desk.runs.minutes import Minutes

_FACES = {"zh": "Microsoft YaHei", "en": "Calibri"}
_WIDTHS = (5, 14, 16, 12, 12, 48, 14, 12, 12, 14, 40)
_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_UNPRINTABLE = re.compile(r"[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def write_xlsx(minutes: Minutes, path: Path, language: Language) -> None:
    """Write a workbook of one sheet: title, facts, and the table under a heading that stays in sight."""
    with xlsxwriter.Workbook(str(path), _OPTIONS) as workbook:
        plain = {"font_name": _FACES[language], "font_size": 10, "valign": "top", "text_wrap": True}
        styles = {
            "title": workbook.add_format({**plain, "bold": True, "font_size": 14, "text_wrap": False}),
            "heading": workbook.add_format({**plain, "bold": True, "bottom": 1}),
            "text": workbook.add_format(plain),
            # What a spreadsheet would run once somebody edits the cell keeps its quotation mark.
            "quoted": workbook.add_format({**plain, "quote_prefix": True}),
        }
        sheet = workbook.add_worksheet("评审纪要" if language == "zh" else "Minutes")
        for place, width in enumerate(_WIDTHS):
            sheet.set_column(place, place, width)
        sheet.write_string(0, 0, _clean(minutes.title), styles["title"])
        table = [list(minutes.headings), *minutes.rows]
        for row, cells in enumerate([*minutes.facts, (), *table], start=1):
            for place, cell in enumerate(cells):
                style = "quoted" if cell.startswith(_FORMULA_STARTS) else "text"
                is_heading = row == len(minutes.facts) + 2
                sheet.write_string(row, place, _clean(cell), styles["heading" if is_heading else style])
        sheet.freeze_panes(len(minutes.facts) + 3, 0)
        sheet.set_landscape()


def write_docx(minutes: Minutes, path: Path, language: Language) -> None:
    """Write a Word document across the page: title, facts, and the table with its heading on every page."""
    document = docx.Document()
    _set_face(document, _FACES[language])
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = section.page_height, section.page_width
    document.add_heading(_clean(minutes.title), level=1)
    separator = "：" if language == "zh" else ": "
    for name, told in minutes.facts:
        document.add_paragraph(_clean(f"{name}{separator}{told}"))
    _fill_table(document.add_table(rows=1, cols=len(minutes.headings), style="Table Grid"), minutes)
    document.core_properties.title = _clean(minutes.title)
    document.core_properties.author = "Keceng"
    document.save(str(path))


def _fill_table(table: Table, minutes: Minutes) -> None:
    heading = table.rows[0]
    _fill(heading.cells, minutes.headings)
    properties = heading._tr.get_or_add_trPr()  # noqa: SLF001  the library has no name of its own for a repeated heading
    properties.append(properties.makeelement(qn("w:tblHeader"), {qn("w:val"): "true"}))
    for row in minutes.rows:
        _fill(table.add_row().cells, row)  # type: ignore[no-untyped-call]


def _fill(cells: Sequence[_Cell], texts: Sequence[str]) -> None:
    for cell, text in zip(cells, texts, strict=True):
        cell.text = _clean(text)


def _set_face(document: Document, face: str) -> None:
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = face, Pt(9)
    # Chinese characters take the typeface of their own slot.
    normal.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), face)


def _clean(text: str) -> str:
    return _UNPRINTABLE.sub("", text)
