"""The machine: Python, packages, room on the disk."""

from __future__ import annotations

import shutil
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from keceng.desk.health.findings import Check, Outcome, broken, good, warning
from keceng.vocabulary import Text

_PACKAGES = ("keceng", "django", "duckdb", "deltalake", "pyarrow")
_LEAST_PYTHON = (3, 11)
_GB = 1_000_000_000
_LEAST, _SPARE = 1 * _GB, 5 * _GB


def machine_checks(directory: Path) -> list[Check]:
    """What is looked at on the machine that holds `directory`."""
    return [
        Check("python", Text("Python", "Python"), _python),
        Check("packages", Text("组件", "Packages"), _packages),
        Check("disk", Text("磁盘", "Disk"), lambda: _disk(directory)),
    ]


def _python() -> Outcome:
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < _LEAST_PYTHON:
        return broken(found, found, Text("安装 Python 3.11 或更新", "install Python 3.11 or newer"))
    return good(found, found)


def _packages() -> Outcome:
    found, missing = [], []
    for name in _PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        names = " ".join(missing)
        return broken(
            f"缺少 {names}",
            f"{names} missing",
            Text("pip install 'keceng[web]'", "pip install 'keceng[web]'"),
        )
    return good(" · ".join(found), " · ".join(found))


def _disk(directory: Path) -> Outcome:
    # A directory that is not there would lie on the disk of the first one above it that is.
    directory = directory.resolve()
    free = shutil.disk_usage(next(path for path in (directory, *directory.parents) if path.exists())).free
    zh, en = f"剩余 {free / _GB:.1f} GB", f"{free / _GB:.1f} GB free"
    room = Text("清理磁盘，或换一块大的", "make room, or move to a larger disk")
    if free < _LEAST:
        return broken(zh, en, room)
    return warning(zh, en, room) if free < _SPARE else good(zh, en)
