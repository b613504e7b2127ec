"""One colour per class, the same in the page and in the workbook.

The ramp falls evenly in lightness from navy to sand, so it survives colour blindness and a black-and-white printer.
"""

from __future__ import annotations

from dataclasses import dataclass

RAMP = ("#14304f", "#1d5c7a", "#24777e", "#5fa58f", "#a3b07c", "#d3b574", "#e6d9bd")
_CHOSEN = {1: (0,), 2: (0, 5), 3: (0, 2, 5), 4: (0, 2, 4, 6), 5: (0, 1, 2, 4, 6), 6: (0, 1, 2, 3, 5, 6)}
_DARK_INK, _LIGHT_INK = "#1b2733", "#ffffff"
HEAT = ("#f4f7f8", "#dfeaec", "#bfd8db", "#8fbcc1", "#559aa1", "#2a7a83", "#155a66")
"""Shades of the heat map, few to many."""


@dataclass(frozen=True, slots=True)
class Colour:
    """A fill and the ink that reads on it (contrast at least 4.5 : 1)."""

    fill: str
    ink: str


def choose_colours(count: int) -> tuple[Colour, ...]:
    """A colour for each of `count` classes, best first; beyond seven the last ones share the palest."""
    places = _CHOSEN.get(count, tuple(range(len(RAMP))))
    fills = [RAMP[p] for p in places] + [RAMP[-1]] * max(0, count - len(places))
    return tuple(pair_with_ink(fill) for fill in fills[:count])


def shade_of(part: int, greatest: int) -> Colour:
    """The heat-map shade of `part` on a scale that ends at `greatest`; square-rooted, so that small cells differ."""
    if part <= 0 or greatest <= 0:
        return pair_with_ink(HEAT[0])
    place = 1 + round((len(HEAT) - 2) * (part / greatest) ** 0.5)
    return pair_with_ink(HEAT[min(place, len(HEAT) - 1)])


def pair_with_ink(fill: str) -> Colour:
    """`fill` with whichever of the two inks contrasts more with it."""
    return Colour(fill, max((_LIGHT_INK, _DARK_INK), key=lambda ink: contrast(fill, ink)))


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
