"""What became of a table between two versions of the lake, by the files that only one of them has."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields, replace
from pathlib import Path

from sqlglot import exp

from keceng.lake.engine import Engine
from keceng.lake.schema import Table
from keceng.lake.store import Snapshot
from keceng.lake.trees import column


@dataclass(frozen=True, slots=True)
class _Files(Snapshot):
    """A version of the lake of which only some files are looked at."""

    only: tuple[str, ...] = ()

    def files(self, table: Table) -> list[str]:  # noqa: ARG002  whatever it is called here
        """Those files."""
        return list(self.only)


def view_table(engine: Engine, snapshot: Snapshot, table: Table, name: str) -> None:
    """Make `table` of `snapshot` readable in `engine` as `name`."""
    _open(engine, snapshot, table, name, snapshot.files(table))


def view_changes(engine: Engine, before: Snapshot, after: Snapshot, table: Table, name: str) -> bool | None:
    """Make the rows of `table` that only one of two versions has readable in `engine` as `name`.

    An update shows as two rows, the old and the new one. Where rows were only added, the others are not looked at.

    Returns:
        Whether there is anything to read; None where a file of the earlier version is gone, so nobody can tell.
    """
    old, new = (set(snapshot.files(table)) for snapshot in (before, after))
    if old == new:
        return False
    if any(not Path(file).exists() for file in old - new):
        return None
    sides = {f"{name}__gone": old - new, f"{name}__come": new - old}
    for side, files in sides.items():
        _open(engine, after, table, side, files)
    gone, come = (exp.select(*[column(c) for c in table.column_names]).from_(side) for side in sides)
    if not old - new:
        engine.view(name, come)
        return True
    only_gone = exp.select("*").from_(exp.except_(gone, come).subquery("only_gone"))
    only_come = exp.select("*").from_(exp.except_(come, gone).subquery("only_come"))
    engine.view(name, exp.union(only_gone, only_come, distinct=False))
    return True


def _open(engine: Engine, snapshot: Snapshot, table: Table, name: str, files: Collection[str]) -> None:
    inherited = {f.name: getattr(snapshot, f.name) for f in fields(Snapshot)}
    engine.open(_Files(**inherited, only=tuple(sorted(files))), [replace(table, name=name)])
