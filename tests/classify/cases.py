"""Customers made ready for trying changes, from one measuring of a ledger under any number of standards."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from keceng.classify import EMPTY_STANDINGS, Case, FrozenRanking, Judge, Norms, class_steps, history_of
from keceng.collect import LEDGER, PURCHASE_DAY
from keceng.lake import Engine, Snapshot, column, open_engine, sql
from keceng.measure import Frame, measure_steps
from keceng.standard import CumulativeShare, Dimension, Quantiles, Standard

Row = Mapping[str, object]


@dataclass
class Bench:
    """A ledger measured once at `as_of`, on which standards with a window of a year are laid one after another."""

    snapshot: Snapshot
    as_of: dt.date
    engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        self.engine = open_engine(self.snapshot, LEDGER)
        self.engine.run(measure_steps(Frame(self.as_of)))
        self.engine.give("standings", EMPTY_STANDINGS)
        self._days: dict[int, list[Row]] = defaultdict(list)
        for row in self.snapshot.read(PURCHASE_DAY).to_pylist():
            self._days[row["customer_key"]].append(row)
        self._gaps = {r["main_category"]: r for r in self.table("gap_norms")}
        self.measured = {int(str(r["customer_key"])): r for r in self.table("measured")}

        self._growths: dict[object, set[int]] = defaultdict(set)
        for row in self.measured.values():
            if row["spend_trend"] is not None:
                own = int(str(row["spend_growth"])) - int(str(row["spend_trend"]))
                self._growths[row["peer_group"]].add(own)

    def table(self, name: str) -> list[dict[str, object]]:
        found: list[dict[str, object]] = self.engine.fetch(
            sql("select * from :name", name=column(name))
        ).to_pylist()
        return found

    def lay(self, standard: Standard) -> list[Row]:
        """What the engine says: the step `coded` with every measure, by customer."""
        self.engine.run(class_steps(standard, self.as_of))
        rows = self.table("coded")
        return [{**self.measured[int(str(r["customer_key"]))], **r} for r in rows]

    def judge(self, standard: Standard) -> Judge:
        """The judge of the standard laid last."""
        cuts = {
            (d.id, row["peer_group"], class_id): row[f"cut_{k}"]
            for d in resolved(standard)
            for row in self.table(f"cuts_{d.id}")
            for k, class_id in enumerate(d.class_ids[:-1])
        }
        kept: dict[str, FrozenRanking] = {}

        def ranks(ranking_id: str) -> FrozenRanking:
            if ranking_id not in kept:
                name = column(f"ranks_{ranking_id}")
                kept[ranking_id] = FrozenRanking(self.engine.fetch(sql("select * from :name", name=name)))
            return kept[ranking_id]

        return Judge(standard, cuts, ranks)  # type: ignore[arg-type]

    def cases(self, standard: Standard) -> Iterator[Case]:
        """Every judged customer with a grade under `standard`."""
        rows = self.lay(standard)
        judge = self.judge(standard)
        for row in rows:
            if row["grade_by_rules"] is not None:
                yield self.case(judge, row, standard)

    def days_of(self, key: int) -> list[Row]:
        """The rows of `purchase_day` of a customer."""
        return self._days[key]

    def case(self, judge: Judge, row: Row, standard: Standard) -> Case:
        days = history_of(self._days[int(str(row["customer_key"]))], self.as_of)
        norms = self.norms(row, standard.window_days)
        return Case(judge, row, days, norms, self.as_of)  # type: ignore[arg-type]

    def norms(self, row: Row, window_days: int) -> Norms:
        gaps = self._gaps
        base = gaps.get(row["main_category"]) or gaps.get(None) or {}
        growths = self._growths[row["peer_group"]]
        assert len(growths) <= 1
        return Norms(
            base.get("base_gap"),  # type: ignore[arg-type]
            base.get("base_gap_upper"),  # type: ignore[arg-type]
            next(iter(growths), None),
            window_days,
        )


def resolved(standard: Standard) -> list[Dimension]:
    return [
        d for d in (*standard.dimensions, standard.grade) if isinstance(d.method, Quantiles | CumulativeShare)
    ]
