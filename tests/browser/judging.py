"""What a browser can say against a page: accessibility by axe, layout by the boxes that it drew."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from playwright.sync_api import Page

_ROOT = Path(__file__).resolve().parents[2]
_AXE = _ROOT / "src/keceng/web/static/vendor/axe.js"
_LAYOUT = Path(__file__).with_name("judging.js")
_RUN = """async () => {
  const told = await axe.run(document, {resultTypes: ["violations"], rules: {"target-size": {enabled: true}}});
  return told.violations.filter(v => ["serious", "critical"].includes(v.impact))
    .map(v => `${v.id}: ${v.nodes.slice(0, 4).map(n => n.target.join(" ") + " " + n.html.slice(0, 90)).join(" | ")}`);
}"""


def axe_faults(page: Page) -> list[str]:
    """Serious and critical findings of axe, with where they stand."""
    page.evaluate(_source(_AXE))
    found: list[str] = page.evaluate(_RUN)
    return found


def layout_faults(page: Page) -> list[str]:
    """What scrolls sideways, is cut off or lies over something else."""
    found: list[str] = page.evaluate(_source(_LAYOUT))
    return found


@cache
def _source(path: Path) -> str:
    return path.read_text("utf-8")
