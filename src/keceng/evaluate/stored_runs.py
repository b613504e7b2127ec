"""Stored runs as they are compared with one another: which came when, and columns of their customers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from keceng.classify import RunSummary, customer_columns, read_customers, read_run_standard, read_summary
from keceng.lake import Lake, Snapshot
from keceng.measure import catalogue
from keceng.standard import Standard, ruler_hash
from keceng.vocabulary import KecengError, Kind, Text


@dataclass(frozen=True, slots=True)
class StoredRun:
    """One run of the lake.

    Attributes:
        directory: where its files lie.
        summary: its own record.
        standard: the ruler as it used it.
    """

    directory: Path
    summary: RunSummary
    standard: Standard

    @property
    def run_id(self) -> str:
        """Its number."""
        return self.summary.run_id

    @property
    def as_of(self) -> dt.date:
        """The day it looks from."""
        return self.summary.as_of

    @property
    def top_class(self) -> str:
        """The first class of its grade: the best one of tiers, the first named of segments."""
        return self.standard.grade.class_ids[0]

    def read_graded(self) -> pa.Table:
        """All customers with their grade and every measure of the catalogue: what classes are compared by."""
        return self.read(("customer_key", "unit_key", "grade", *catalogue()))

    def columns(self) -> frozenset[str]:
        """What can be asked of its customers."""
        return frozenset(customer_columns(self.directory))

    def read(self, names: Sequence[str]) -> pa.Table:
        """These columns of all customers; a column that the run does not have is unknown for everybody."""
        found = self.columns()
        table = read_customers(self.directory, [n for n in names if n in found])
        for name in names:
            if name not in found:
                table = table.append_column(name, pa.nulls(table.num_rows, _type_of(name)))
        return table.select(list(names))


_TYPES = {Kind.CATEGORY: pa.string(), Kind.FLAG: pa.bool_(), Kind.DATE: pa.date32()}
_KEYS = {"customer_key", "unit_key"}


def _type_of(name: str) -> pa.DataType:
    measure = catalogue().get(name)
    if measure is not None:
        return _TYPES.get(measure.kind, pa.int64())
    return pa.int64() if name in _KEYS else pa.string()


def read_run(snapshot: Snapshot, run_id: str | None = None) -> StoredRun:
    """The run `run_id`, or the published one.

    Raises:
        KecengError: there is no such run, or none is published yet.
    """
    directory = snapshot.run_directory(run_id)
    return StoredRun(directory, read_summary(directory), read_run_standard(directory))


def list_published(lake: Lake) -> tuple[str, ...]:
    """The runs that were ever in force, in the order in which they were published."""
    published: list[str] = []
    for entry in lake.history():
        run_id = entry.published_run
        if run_id is not None and (not published or published[-1] != run_id):
            published.append(run_id)
    return tuple(published)


def choose_pair(lake: Lake, from_run: str | None = None, to_run: str | None = None) -> tuple[str, str]:
    """The two runs to compare: by default the published one, and the one that was in force before it.

    Raises:
        KecengError: no run is published, or there is none before the later one, or the two are the same.
    """
    published = list_published(lake)
    if to_run is None:
        if not published:
            lake.snapshot().run_directory()
        to_run = published[-1]
    if from_run is None:
        last = max((place for place, run_id in enumerate(published) if run_id == to_run), default=0)
        if last == 0:
            raise KecengError.of(
                "no_earlier_run",
                "之前没有发布过的运行, 无从比较",
                "no run was published before it, so there is nothing to compare with",
                remedy=Text(
                    "再运行一次 keceng classify, 或用 --from 指定一次运行",
                    "run keceng classify again, or name a run with --from",
                ),
                value=to_run,
            )
        from_run = published[last - 1]
    if from_run == to_run:
        raise KecengError.of(
            "same_run",
            "两次运行是同一次",
            "the two runs are the same one",
            remedy=Text("--from 与 --to 各给一次运行", "give two runs with --from and --to"),
            value=to_run,
        )
    return from_run, to_run


def tell_differences(before: StoredRun, after: StoredRun) -> tuple[Text, ...]:
    """What a reader of a comparison must know first: another ruler, or runs in the wrong order."""
    notes = []
    a, b = before.summary.standard, after.summary.standard
    if ruler_hash(before.standard) != ruler_hash(after.standard):
        notes.append(
            Text(
                f"两次运行的标准不同 ({a.id} 第 {a.revision} 版 → {b.id} 第 {b.revision} 版): 变动也来自标准本身",
                f"the two runs used different standards ({a.id} r{a.revision} → {b.id} r{b.revision}): "
                "the ruler itself moves customers too",
            )
        )
    if before.as_of > after.as_of:
        notes.append(
            Text(
                f"前一次运行的截止日 {before.as_of} 晚于后一次的 {after.as_of}",
                f"the earlier run looks from {before.as_of}, later than the other's {after.as_of}",
            )
        )
    return tuple(notes)
