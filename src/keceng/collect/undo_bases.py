"""Where an undo begins: the newest version of the lake that holds only what stays, in the order in which it came."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from keceng.collect.steps import KeptStep, list_steps
from keceng.collect.tables import BATCHES, LEDGER
from keceng.lake import Lake, Snapshot
from keceng.vocabulary import KecengError, Text

_LEAVES_IMPORTS_ALONE = frozenset(
    {"create", "import", "undo", "run", "decision", "declare", "contact", "owner", "backup"}
)
"""The kinds of units of work after which imports can be made again without losing what they wrote."""


def find_base(now: Snapshot, staying: Sequence[KeptStep], gone: Sequence[KeptStep]) -> Snapshot:
    """The newest version whose steps are the first of `staying`, with the same files of which no rows were kept.

    Raises:
        KecengError: there is none any more, or something else has written to the ledger since.
    """
    wanted = [step.step_id for step in staying]
    unkept = _without_steps(now, [*staying, *gone])
    later_kinds: set[str] = set()
    for entry in reversed(Lake(now.root).history()):
        snapshot = Snapshot(now.root, entry, now.limits)
        steps = list_steps(snapshot)
        ids = [step.step_id for step in steps]
        if ids == wanted[: len(ids)] and _without_steps(snapshot, steps) == unkept and _is_there(snapshot):
            _check_kinds(later_kinds)
            return snapshot
        later_kinds.add(entry.kind)
    raise KecengError.of(
        "versions_gone",
        "它之前的账本版本已被清理，不能撤销",
        "the versions of the ledger before it were cleaned away, so it cannot be taken back",
    )


def _without_steps(snapshot: Snapshot, steps: Sequence[KeptStep]) -> set[str]:
    """Batches of which no rows were kept."""
    return set(snapshot.read(BATCHES)["batch_id"].to_pylist()) - {step.batch_id for step in steps}


def _is_there(snapshot: Snapshot) -> bool:
    return all(Path(file).exists() for table in LEDGER for file in snapshot.files(table))


def _check_kinds(kinds: set[str]) -> None:
    if strange := kinds - _LEAVES_IMPORTS_ALONE:
        raise KecengError.of(
            "written_otherwise",
            f"之后账本有过别的改动 ({', '.join(sorted(strange))})，撤销会丢掉它们",
            f"the ledger was changed otherwise since ({', '.join(sorted(strange))}); an undo would lose that",
            remedy=Text("请告诉管理员", "tell your administrator"),
        )
