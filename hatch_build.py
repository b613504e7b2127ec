"""Front-end files, fetched by npm's lock file at build and never committed.

`python hatch_build.py` fetches them for a checkout; building a wheel fetches them into it. The lock's hashes are checked by npm.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ASSETS, VENDOR = Path("assets"), Path("src/keceng/web/static/vendor")
FILES = {
    "@tabler/core/dist/css/tabler.min.css": "tabler.css",
    "@tabler/core/dist/js/tabler.min.js": "tabler.js",
    "echarts/dist/echarts.min.js": "echarts.js",
    "axe-core/axe.min.js": "axe.js",
}
ICONS = (
    "adjustments", "alert-triangle", "arrow-down-right", "arrow-up-right", "bell", "building", "calendar-due", "chart-bar",
    "check", "chevron-right", "clock", "database", "download", "file-import", "filter", "history", "home", "language",
    "list-check", "logout", "mail", "moon", "phone", "player-play", "refresh", "ruler-measure", "search", "settings",
    "shield", "star", "sun", "target", "trending-down", "trending-up", "upload", "user", "users", "x",
)  # fmt: skip
_SOURCE_MAP = re.compile(r"(?m)^\s*(?:/\*|//)# sourceMappingURL=.*$")
_OUTER_SVG = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


def fetch_front_end(root: Path) -> str:
    """Put the pinned files under `VENDOR`; what was done, in words.

    Raises:
        SystemExit: npm is absent, or its lock cannot be installed.
    """
    lock = root / ASSETS / "package-lock.json"
    wanted = lock.read_bytes() + json.dumps([FILES, ICONS]).encode()
    stamp, out = hashlib.sha256(wanted).hexdigest(), root / VENDOR
    if (out / ".stamp").exists() and (out / ".stamp").read_text() == stamp:
        return "up to date"
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("npm (Node.js 20 or newer) is needed to fetch the workbench's front-end files")
    with tempfile.TemporaryDirectory() as folder:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(root / ASSETS / name, folder)
        subprocess.run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], cwd=folder, check=True)
        modules = Path(folder) / "node_modules"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        for source, target in FILES.items():
            text = (modules / source).read_text("utf-8")
            (out / target).write_text(_SOURCE_MAP.sub("", text), "utf-8")
        (out / "icons.svg").write_text(_sprite(modules / "@tabler/icons/icons/outline"), "utf-8")
    (out / ".stamp").write_text(stamp)
    return "fetched"


def _sprite(folder: Path) -> str:
    symbols = []
    for name in ICONS:
        found = _OUTER_SVG.search((folder / f"{name}.svg").read_text("utf-8"))
        assert found is not None, name
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{found.group(1).strip()}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">' + "".join(symbols) + "</svg>"


class FrontEndHook(BuildHookInterface):
    """Fetches for a wheel; an editable install fetches with `make setup`."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, object]) -> None:
        """Called by the build."""
        if version != "editable":
            print("front end:", fetch_front_end(Path(self.root)), file=sys.stderr)  # noqa: T201
            build_data["artifacts"] = [f"{VENDOR}/*"]


if __name__ == "__main__":
    try:
        done = fetch_front_end(Path(__file__).parent)
    except SystemExit as absent:
        # The shell and the reports do without; the workbench's pages say what is missing.
        done = str(absent)
    print("front end:", done, file=sys.stderr)  # noqa: T201
