"""Is everything there that the newest version of the lake names: tables, their files, and the runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from keceng.lake import delta
from keceng.lake.lease import writer_lease
from keceng.lake.store import Lake
from keceng.vocabulary import KecengError, Text


@dataclass(frozen=True, slots=True)
class LakeFault:
    """Something that the lake names and that cannot be read, or that it has and does not name.

    Attributes:
        subject: the table or the run.
        told: what is wrong.
        heals: whether the next writer puts it right by itself.
    """

    subject: str
    told: Text
    heals: bool = False


def check_lake(lake: Lake) -> Sequence[LakeFault]:
    """Every fault of the newest version; empty when all of it is there.

    Raises:
        KecengError: the list of versions itself cannot be read.
    """
    entry = lake.snapshot().entry
    faults = list[LakeFault]()
    for name, version in sorted(entry.tables.items()):
        faults += _faults_of_table(lake.root / name, version)
    for run_id, run in sorted(entry.runs.items()):
        faults += _faults_of_run(run_id, lake.root / run.directory / "run.json", run.digest)
    return faults


def is_being_written(lake: Lake) -> bool:
    """Whether somebody holds the right to write just now.

    Raises:
        OSError: the directory cannot be written at all.
    """
    try:
        with writer_lease(lake.root, 0):
            return False
    except KecengError:
        return True


def _faults_of_table(path: Path, version: int) -> Iterator[LakeFault]:
    try:
        files = delta.file_paths(path, version)
        head = delta.committed(path)
    except Exception:
        yield LakeFault(path.name, Text(f"读不到第 {version} 版", f"its version {version} cannot be read"))
        return
    missing = sum(not Path(file).exists() for file in files)
    if missing:
        yield LakeFault(path.name, Text(f"缺 {missing} 个数据文件", f"{missing} of its files are missing"))
    if head > version:
        yield LakeFault(
            path.name,
            Text("有一次没写完的改动，下次写入时自动撤销", "a change that died is undone by the next writer"),
            heals=True,
        )


def _faults_of_run(run_id: str, record: Path, digest: str) -> Iterator[LakeFault]:
    if not record.exists():
        yield LakeFault(run_id, Text("运行的记录不在了", "the record of this run is gone"))
    elif sha256(record.read_bytes()).hexdigest() != digest:
        yield LakeFault(run_id, Text("运行的记录被改动", "the record of this run was changed"))
