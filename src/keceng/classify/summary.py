"""The record of a run, `run.json`: counts that reconcile, cuts, seconds, and the hash of the result."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from keceng.classify.tables import RUN_FILE, STANDARD_FILE
from keceng.measure import catalogue
from keceng.standard import Standard, load_standard


@dataclass(frozen=True, slots=True)
class StandardReference:
    """Which ruler was laid on."""

    id: str
    revision: int
    hash: str


@dataclass(frozen=True, slots=True)
class LedgerRows:
    """Source rows behind the data: read = added + updated + unchanged + rejected; anonymous are part of added."""

    read: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    anonymous: int = 0
    duplicate_lines: int = 0


@dataclass(frozen=True, slots=True)
class PopulationCounts:
    """Heads: customers = classified + the sum of excluded + insufficient; provisional are part of classified."""

    customers: int
    classified: int
    provisional: int
    excluded: Mapping[str, int]
    insufficient: int

    @property
    def reconciles(self) -> bool:
        """Whether every customer is counted exactly once."""
        return self.customers == self.classified + sum(self.excluded.values()) + self.insufficient


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What `--json` prints and `run.json` stores.

    Attributes:
        run_id: names the run's directory.
        standard: which ruler, and its revision.
        as_of: the day judged.
        engine: which engine computed it.
        rows: the source rows behind it.
        rejects: rejected rows by code.
        population: heads, each counted once.
        classes: heads by dimension and class.
        cuts: lowest number by dimension and class, where resolved in the run.
        seconds: per step.
        result_hash: depends on data, standard, date, and where stability is on on the grades held before.
        stability: `off`, `first_review` (on, and nobody held a grade yet) or `applied`.
        ruler: the hash of what decides grades in the standard.
        earlier_run: the run that was published before, with which `moves` compares.
        moves: heads from class to class, those who stayed included; empty for a first run.
        moves_hash: over who moved from where to where.
        assumed: what was taken for granted, each as `中文 / English`.
        warnings: where the classes do not part customers as their names promise, in the same form.
        currency: the sign before amounts.
        spilled_bytes: the most that lay on disk at once while it ran because memory did not hold it.
        increment: where one was asked for: `base`, the run that the files stand on, with `rows`, `touched` and `due`, the customers
            worked out anew and why; or `full_because`, the reason why everybody was.
    """

    run_id: str
    standard: StandardReference
    as_of: dt.date
    engine: str
    rows: LedgerRows
    rejects: Mapping[str, int]
    population: PopulationCounts
    classes: Mapping[str, Mapping[str, int]]
    cuts: Mapping[str, Mapping[str, float]]
    seconds: Mapping[str, float]
    result_hash: str
    stability: str = "off"
    ruler: str = ""
    earlier_run: str | None = None
    moves: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    moves_hash: str = ""
    assumed: Sequence[str] = field(default_factory=tuple)
    warnings: Sequence[str] = field(default_factory=tuple)
    currency: str = "¥"
    spilled_bytes: int = 0
    increment: Mapping[str, object] = field(default_factory=dict)

    def to_document(self) -> dict[str, object]:
        """Plain JSON values."""
        document = asdict(self)
        document["as_of"] = self.as_of.isoformat()
        document["assumed"] = list(self.assumed)
        document["warnings"] = list(self.warnings)
        return document

    def write(self, directory: Path) -> None:
        """Store as `run.json`."""
        text = json.dumps(self.to_document(), ensure_ascii=False, indent=2) + "\n"
        (directory / RUN_FILE).write_text(text, encoding="utf-8")


def read_summary(directory: Path) -> RunSummary:
    """The summary of the run whose files lie in `directory`."""
    document = json.loads((directory / RUN_FILE).read_text(encoding="utf-8"))
    return RunSummary(
        **{
            **document,
            "standard": StandardReference(**document["standard"]),
            "as_of": dt.date.fromisoformat(document["as_of"]),
            "rows": LedgerRows(**document["rows"]),
            "population": PopulationCounts(**document["population"]),
            "assumed": tuple(document["assumed"]),
            "warnings": tuple(document.get("warnings", ())),
        }
    )


def read_run_standard(directory: Path) -> Standard:
    """The ruler as it was when the run used it."""
    return load_standard((directory / STANDARD_FILE).read_text(encoding="utf-8"), catalogue())
