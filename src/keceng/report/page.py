"""`report.html`: one file that carries its styles, its charts and both languages, and runs nothing but its own switch."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from importlib import resources
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from keceng.lake import Snapshot
from keceng.report.alive import draw_alive
from keceng.report.calibration import draw_calibration
from keceng.report.charts import draw_curve, draw_heat_map, draw_stacked_bars, list_twentieths
from keceng.report.figures import ReportData
from keceng.report.gathering import gather_figures
from keceng.report.movement import draw_flow
from keceng.report.palette import Colour, choose_colours
from keceng.report.phrasing import Phrasing
from keceng.report.placement import place_whole
from keceng.report.subject import open_subject
from keceng.report.value import draw_whale
from keceng.report.words import contents_of
from keceng.vocabulary import Language

_TEMPLATES = resources.files("keceng.report") / "templates"
_DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
_TAGS: Mapping[Language, str] = {"zh": "zh-CN", "en": "en"}


def write_report(run_directory: Path, snapshot: Snapshot, path: Path, *, language: Language) -> None:
    """Write the offline page of one run; it opens in `language` and switches to the other.

    Args:
        run_directory: the files of the run.
        snapshot: the ledger the run was made from; names, products and rejected rows come from it.
        path: the file to write; an older one is replaced at once or not at all.
        language: what the reader sees first.

    Raises:
        KecengError: the stored ruler of the run cannot be read.
    """
    with open_subject(run_directory, snapshot) as subject:
        figures = gather_figures(subject)
    with place_whole(path) as part:
        part.write_text(render_page(figures, language=language), encoding="utf-8")


def render_page(figures: ReportData, *, language: Language) -> str:
    """The whole page as text. Everything from data is escaped by the template engine."""
    colours = choose_colours(len(figures.classes))
    style = _asset("report.css") + _colour_rules(colours)
    script = _asset("report.js")
    environment = Environment(
        loader=PackageLoader("keceng.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["unbroken_dates"] = _keep_dates_whole
    currency = figures.summary.currency
    return environment.get_template("report.html.j2").render(
        figures=figures,
        first=language,
        tags=_TAGS,
        phrasings={tongue: Phrasing(tongue, currency) for tongue in _TAGS},
        style=style,
        script=script,
        style_hash=_policy_hash(style),
        script_hash=_policy_hash(script),
        contents=contents_of(figures.grid.title, left_out=figures.left_out),
        order={c.class_id: place for place, c in enumerate(figures.classes)},
        curve_table=list_twentieths(figures.curve.points),
        **_charts(figures),
    )


def _charts(figures: ReportData) -> Mapping[str, Mapping[str, object]]:
    whale = figures.value.whale if figures.value is not None else None
    lifetime = figures.value.lifetime if figures.value is not None else None
    # A phone gets charts of its own: shrinking the wide ones would shrink their words with them.
    return {
        "whales": {
            "wide": draw_whale(whale, width=894, height=320),
            "narrow": draw_whale(whale, width=276, height=220),
        }
        if whale is not None
        else {},
        "alives": {
            "wide": draw_alive(lifetime.alive, tile_width=146, tile_height=52),
            "narrow": draw_alive(lifetime.alive, tile_width=45, tile_height=46),
        }
        if lifetime is not None
        else {},
        "calibrations": {
            "wide": draw_calibration(lifetime.calibration.check.groups, width=882, height=340),
            "narrow": draw_calibration(lifetime.calibration.check.groups, width=264, height=240),
        }
        if lifetime is not None and lifetime.calibration.check.groups
        else {},
        "flows": {
            "wide": draw_flow(figures.moves, width=960, height=300, margin=170),
            "narrow": draw_flow(figures.moves, width=340, height=260, margin=104),
        }
        if figures.moves is not None
        else {},
        "bars": {
            size: draw_stacked_bars(figures.classes, width=w) for size, w in (("wide", 960), ("narrow", 340))
        },
        "curves": {
            "wide": draw_curve(figures.curve, width=894, height=350),
            "narrow": draw_curve(figures.curve, width=276, height=230),
        },
        "heats": {
            "wide": draw_heat_map(figures.rfm.cells, tile_width=185, tile_height=60),
            "narrow": draw_heat_map(figures.rfm.cells, tile_width=62, tile_height=52),
        }
        if figures.rfm is not None
        else {},
    }


def _colour_rules(colours: Sequence[Colour]) -> str:
    # The policy allows no style attributes, so the colours of the classes become rules of the one style sheet.
    return "".join(
        f"\n.grade-{k} {{ background: {c.fill}; color: {c.ink}; }} .fill-{k} {{ fill: {c.fill}; }} .ink-{k} {{ fill: {c.ink}; }}"
        for k, c in enumerate(colours)
    )


def _keep_dates_whole(sentence: str) -> Markup:
    """The sentence, escaped, in which no line breaks inside a date."""
    return Markup(_DATE.sub(r'<span class="nb">\g<0></span>', str(escape(sentence))))  # noqa: S704  escaped just here


def _asset(name: str) -> str:
    # The policy names the digest of exactly what stands between the tags, so no blank may be added there.
    return (_TEMPLATES / name).read_text(encoding="utf-8").strip()


def _policy_hash(content: str) -> str:
    return "sha256-" + base64.b64encode(sha256(content.encode("utf-8")).digest()).decode("ascii")
