"""The standards that come with Keceng, and the ones a user keeps in files."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from pathlib import Path

from keceng.measure import Measure, catalogue
from keceng.standard.loading import load_standard
from keceng.standard.model import Standard
from keceng.vocabulary import KecengError, Place, Text

_TEMPLATES = resources.files("keceng.standard") / "templates"


@lru_cache(maxsize=1)
def list_templates() -> tuple[str, ...]:
    """The ids of the shipped standards, in alphabetical order."""
    names = (entry.name for entry in _TEMPLATES.iterdir())
    return tuple(sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml")))


def template_text(template_id: str) -> str:
    """The YAML of a shipped standard, to be copied and edited.

    Raises:
        KecengError: no standard of that id is shipped.
    """
    if template_id not in list_templates():
        raise _not_found(template_id)
    return (_TEMPLATES / f"{template_id}.yaml").read_text(encoding="utf-8")


def find_standard(name_or_path: str | Path, measures: Mapping[str, Measure] | None = None) -> Standard:
    """A shipped standard by its id, or a standard from a YAML file.

    Args:
        name_or_path: `retail`, or `our-standard.yaml`.
        measures: the measures that exist; by default the whole catalogue.

    Raises:
        KecengError: there is no such standard, or what is wrong with it.
    """
    known = catalogue() if measures is None else measures
    if isinstance(name_or_path, str) and name_or_path in list_templates():
        return load_standard(template_text(name_or_path), known)
    path = Path(name_or_path)
    if path.is_file():
        return load_standard(path, known)
    raise _not_found(str(name_or_path))


def _not_found(name: str) -> KecengError:
    ids = list_templates()
    return KecengError.of(
        "standard.not_found",
        f"没有叫「{name}」的标准，也没有这个文件",
        f"there is no standard called “{name}” and no such file",
        remedy=Text(
            "自带的标准：" + "、".join(ids) + "；或给出一个 .yaml 文件",
            "shipped standards: " + ", ".join(ids) + "; or give a .yaml file",
        ),
        place=Place(),
    )
