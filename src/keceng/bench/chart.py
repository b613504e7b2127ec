"""The figures of a bench as a picture: one bar per contender, CPU seconds beside peak memory, as SVG."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from keceng.bench.contenders import FULL_RUN, TITLES
from keceng.report import choose_colours
from keceng.vocabulary import Language

_ROW, _BAR, _TOP = 30, 18, 66
_NAMES, _BARS, _NUMBERS = 190, 300, 70
_PANEL = _BARS + _NUMBERS
_WIDTH = _NAMES + 2 * _PANEL + 20
_TITLES: Mapping[Language, tuple[str, str]] = {
    "zh": ("CPU 秒", "内存峰值 MB"),
    "en": ("CPU seconds", "peak memory, MB"),
}


def draw_chart(
    title: str,
    seconds: Mapping[str, float | None],
    memory: Mapping[str, float | None],
    language: Language,
) -> str:
    """An SVG document with a row for every contender that was measured; ours stand out.

    Args:
        title: what was measured, one line.
        seconds: CPU by contender.
        memory: megabytes by contender.
        language: of the headings.
    """
    names = [name for name, spent in seconds.items() if spent is not None]
    height = _TOP + _ROW * len(names) + 14
    parts = [_text(10, 24, title, size=16), *_panel(names, seconds, _NAMES, _TITLES[language][0])]
    parts += _panel(names, memory, _NAMES + _PANEL + 10, _TITLES[language][1])
    parts += [
        _text(_NAMES - 10, _TOP + _ROW * row + 14, TITLES[name].in_language(language), anchor="end")
        for row, name in enumerate(names)
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" '
        f'role="img" aria-label="{escape(title)}" font-family="system-ui, sans-serif">\n'
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _panel(names: list[str], figures: Mapping[str, float | None], x: int, title: str) -> list[str]:
    most = max((figures.get(name) or 0 for name in names), default=0) or 1
    dark, pale = (colour.fill for colour in choose_colours(2))
    parts = [_text(x, _TOP - 14, title, size=13)]
    for row, name in enumerate(names):
        y, figure = _TOP + _ROW * row, figures.get(name)
        if figure is None:
            parts.append(_text(x, y + 14, "–"))
            continue
        width = max(round(_BARS * figure / most, 1), 1)
        fill = dark if name == FULL_RUN else pale
        parts.append(f'<rect x="{x}" y="{y}" width="{width}" height="{_BAR}" fill="{fill}"/>')
        parts.append(_text(x + width + 6, y + 14, f"{figure:,.2f}" if figure < 100 else f"{figure:,.0f}"))
    return parts


def _text(x: float, y: float, told: str, *, size: int = 13, anchor: str = "start") -> str:
    return f'<text x="{x}" y="{y}" font-size="{size}" text-anchor="{anchor}" fill="#1b2733">{escape(told)}</text>'
