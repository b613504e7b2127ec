"""`report.html`: one file that carries its styles, its charts and both languages, and runs nothing but its own switch."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from hashlib import sha256
from importlib import resources
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from keceng.lake import Snapshot
from keceng.report.charts import draw_curve, draw_heat_map, draw_stacked_bars, stack_shares, table_points
from keceng.report.figures import ReportData
from keceng.report.gathering import gather_figures
from keceng.report.palette import Colour, choose_colours
from keceng.report.phrasing import Phrasing
from keceng.report.subject import open_subject
from keceng.report.words import contents_of
from keceng.vocabulary import Language

_TEMPLATES = resources.files("keceng.report") / "templates"
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
    part = path.with_name(f".{path.name}.part")
    part.write_text(render_page(figures, language=language), encoding="utf-8")
    os.replace(part, path)  # noqa: PTH105  the one atomic replacement; Path.replace is the same call


def render_page(figures: ReportData, *, language: Language) -> str:
    """The whole page as text. Everything from data is escaped by the template engine."""
    style = _asset("report.css")
    script = _asset("report.js")
    environment = Environment(
        loader=PackageLoader("keceng.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
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
        contents=contents_of(figures.grid.title),
        colours=_colours(figures),
        bars=draw_stacked_bars(figures.classes, width=760),
        stack_shares=stack_shares,
        curve=draw_curve(figures.curve, width=680, height=330),
        curve_table=table_points(figures.curve),
        heat=draw_heat_map(figures.rfm.cells, tile_width=124, tile_height=62),
    )


def _colours(figures: ReportData) -> Mapping[str, Colour]:
    chosen = choose_colours(len(figures.classes))
    return {c.class_id: colour for c, colour in zip(figures.classes, chosen, strict=True)}


def _asset(name: str) -> str:
    # The policy names the digest of exactly what stands between the tags, so no blank may be added there.
    return (_TEMPLATES / name).read_text(encoding="utf-8").strip()


def _policy_hash(content: str) -> str:
    return "sha256-" + base64.b64encode(sha256(content.encode("utf-8")).digest()).decode("ascii")
