"""Keceng 客层: classify customers under a written standard, with a reason for every grade.

    import keceng
    workspace = keceng.open("my-company")
    workspace.classify(keceng.Standard.load("retail"))

The rooms, in the order of the loop: collect → measure → standard → classify; `loop` composes them. Everything here is
re-exported and loaded on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from keceng.loop import Workspace, read_standard
    from keceng.loop import classify_files as classify
    from keceng.loop import create_workspace as create
    from keceng.loop import open_workspace as open  # noqa: A004  keceng.open reads as it should
    from keceng.measure import catalogue as measures
    from keceng.standard import Standard
    from keceng.vocabulary import KecengError

_HOMES = {
    "KecengError": ("keceng.vocabulary", "KecengError"),
    "Standard": ("keceng.standard", "Standard"),
    "Workspace": ("keceng.loop", "Workspace"),
    "classify": ("keceng.loop", "classify_files"),
    "create": ("keceng.loop", "create_workspace"),
    "measures": ("keceng.measure", "catalogue"),
    "open": ("keceng.loop", "open_workspace"),
    "read_standard": ("keceng.loop", "read_standard"),
}

__all__ = ["KecengError", "Standard", "Workspace", "classify", "create", "measures", "open", "read_standard"]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(name)
    module, attribute = _HOMES[name]
    found: object = getattr(import_module(module), attribute)
    return found
