"""What a workspace says of itself in `keceng.toml`."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from keceng.lake import EMBEDDED, ENGINES, LEAST_MEMORY, UNLIMITED, EngineChoice, Limits, size_text
from keceng.vocabulary import KecengError, Text

SETTINGS_FILE = "keceng.toml"
FIRST_SETTINGS = """# 客层工作区 · Keceng workspace
currency = "¥"
standard = "retail"
"""
"""Of a new workspace."""
_MEASURES = ("all", "needed")
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(M|G|T)(i?)B", re.IGNORECASE)
_POWERS = {"M": 2, "G": 3, "T": 4}
_SIZES = ("memory_limit", "spill_limit")
_MOST_THREADS = 1_024
_MASTER = re.compile(r"(spark|k8s|yarn|local)\b\S*$")


@dataclass(frozen=True, slots=True)
class Settings:
    """What a workspace says of itself.

    Attributes:
        currency: the sign before amounts.
        standard: a shipped template by id, or a file.
        measures: `all`, or `needed`: see `is_lean`.
        limits: what each of its processes may take of the machine (`memory_limit`, `spill_limit`, `threads`).
        engine: what runs of a classification run on (`engine`, `spark_master`).
    """

    currency: str = "¥"
    standard: str = "retail"
    measures: str = "all"
    limits: Limits = UNLIMITED
    engine: EngineChoice = EMBEDDED

    @property
    def is_lean(self) -> bool:
        """Whether runs measure and store what the standard reads alone (`measures = "needed"`), not the whole catalogue."""
        return self.measures == "needed"


_TEXTS = ("currency", "standard", "measures")
_KNOWN = (*_TEXTS, *_SIZES, "threads", "engine", "spark_master")


def read_settings(directory: Path) -> Settings:
    """The settings of the workspace in `directory`.

    Raises:
        KecengError: they cannot be read, or hold what is none.
    """
    path = directory / SETTINGS_FILE
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise KecengError.of(
            "bad_settings",
            f"{SETTINGS_FILE} 无法读取: {error}",
            f"{SETTINGS_FILE} cannot be read: {error}",
        ) from error
    if unknown := sorted(set(document) - set(_KNOWN)):
        known = ", ".join(sorted(_KNOWN))
        raise KecengError.of(
            "unknown_setting",
            f"{SETTINGS_FILE} 里没有这些设置: {', '.join(unknown)}",
            f"{SETTINGS_FILE} has unknown settings: {', '.join(unknown)}",
            remedy=Text(f"可用: {known}", f"known: {known}"),
        )
    texts = {name: str(document[name]) for name in _TEXTS if name in document}
    if texts.get("measures", "all") not in _MEASURES:
        allowed = ", ".join(_MEASURES)
        raise _bad("measures", texts["measures"], Text(f"可用: {allowed}", f"one of: {allowed}"))
    return Settings(**texts, limits=_limits_in(document), engine=_engine_in(document))


def write_standard(directory: Path, standard: str) -> None:
    """Write by which standard a workspace classifies; everything else stays as it is written.

    Raises:
        KecengError: the settings cannot be read.
    """
    read_settings(directory)
    path = directory / SETTINGS_FILE
    lines = path.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if line.partition("=")[0].strip() != "standard"]
    written = "\n".join([*kept, f"standard = {json.dumps(standard, ensure_ascii=False)}"]) + "\n"
    fresh = path.with_suffix(".new")
    fresh.write_text(written, encoding="utf-8")
    fresh.replace(path)


def _engine_in(document: dict[str, object]) -> EngineChoice:
    name = str(document.get("engine", EMBEDDED.name))
    if name not in ENGINES:
        allowed = ", ".join(ENGINES)
        raise _bad("engine", name, Text(f"可用: {allowed}", f"one of: {allowed}"))
    master = str(document.get("spark_master", EMBEDDED.spark_master))
    if not _MASTER.match(master):
        example = 'spark_master = "spark://host:7077"'
        raise _bad("spark_master", master, Text(f"写成 {example}", f"write {example}"))
    return EngineChoice(name, master)


def _limits_in(document: dict[str, object]) -> Limits:
    memory, spill = (_size(name, document.get(name)) for name in _SIZES)
    if memory is not None and memory < LEAST_MEMORY:
        least = size_text(LEAST_MEMORY)
        raise _bad(
            "memory_limit",
            str(document["memory_limit"]),
            Text(
                f"至少 {least}: 程序本身就要占去一半左右",
                f"at least {least}: the program itself takes about half",
            ),
        )
    threads = document.get("threads")
    if threads is None:
        return Limits(memory, spill)
    if isinstance(threads, bool) or not isinstance(threads, int) or not 1 <= threads <= _MOST_THREADS:
        raise _bad(
            "threads",
            str(threads),
            Text("写成不小于 1 的整数, 如 threads = 2", "a whole number from 1, such as threads = 2"),
        )
    return Limits(memory, spill, threads)


def _size(name: str, given: object) -> int | None:
    if given is None:
        return None
    size = read_size(given) if isinstance(given, str) else None
    if size is None:
        example = f'{name} = "1GB"'
        raise _bad(
            name,
            str(given),
            Text(
                f"写成 {example}, 单位 MB, GB, TB 或 MiB, GiB, TiB",
                f"write {example}; units are MB, GB, TB or MiB, GiB, TiB",
            ),
        )
    return size


def read_size(written: str) -> int | None:
    """Bytes of `1GB`, `1.5 GiB` or `400MB`; None where it says no size."""
    found = _SIZE.fullmatch(written.strip())
    if found is None:
        return None
    number, unit, is_binary = found.groups()
    return int(float(number) * (1024 if is_binary else 1000) ** _POWERS[unit.upper()]) or None


def _bad(name: str, given: str, remedy: Text) -> KecengError:
    return KecengError.of(
        "bad_setting",
        f"{SETTINGS_FILE} 的 {name} 不能是 {given}",
        f"{name} in {SETTINGS_FILE} cannot be {given}",
        remedy=remedy,
    )
