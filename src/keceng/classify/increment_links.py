"""What each stored row adds to the hash of its run: kept by row, so that an increment takes away what the replaced rows added.

Of a full run it is worked out once, beside the mapped copies of the lake; an increment leaves that of its own rows with them.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sqlglot import exp

from keceng.classify.fingerprint import hash_steps, links_query
from keceng.classify.increment_previous import Previous, places_among
from keceng.classify.stored import KEY
from keceng.classify.tally import classed_dimensions
from keceng.collect import PERSONS
from keceng.lake import Engine, Keys, Snapshot, Step, mapped_folder, open_engine, sql
from keceng.standard import Standard
from keceng.vocabulary import Text

Links = npt.NDArray[np.int64]
_LOW = (1 << 31) - 1


def sum_of(links: Links) -> int:
    """Their sum, which 64 bits may not hold."""
    return (int((links >> 31).sum()) << 31) + int((links & _LOW).sum())


def read_links(engine: Engine) -> tuple[Keys, Links]:
    """Keys and links of the step `assigned` in the order of keys, where `hash_steps` were run."""
    rows = engine.fetch(links_query())
    return rows[KEY].to_numpy(), rows["link"].to_numpy()


def links_of_rows(rows: Keys, fresh: tuple[Keys, Links], previous: Previous) -> Links:
    """The links of an increment's rows in their order: of those that were worked out anew, and of those carried forward."""
    keys, worked_out = fresh
    links = np.zeros(len(rows), dtype=np.int64)
    if previous.above is not None:
        held = previous.above[KEY].to_numpy()
        links[places_among(rows, held)] = previous.links[places_among(held, rows)]
    links[places_among(rows, keys)] = worked_out
    return links


def links_of_full_run(snapshot: Snapshot, run: Path, base: Path, standard: Standard, rows: int) -> Links:
    """The links of the `rows` rows of a full run in their order, kept for whoever asks next.

    Args:
        snapshot: the lake as the run read it.
        run: its directory.
        base: the file of its rows, which lie in the order of keys.
        standard: its ruler.
        rows: how many there are.
    """
    path = links_path(snapshot.root, run)
    if not path.exists():
        part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
        _keep(snapshot, base, standard, part)
        part.rename(path)
    links: Links = (
        np.memmap(path, dtype=np.int64, mode="r").view(np.ndarray) if rows else np.zeros(0, np.int64)
    )
    return links


def links_path(root: Path, run: Path) -> Path:
    """Where the links of the full run in `run` lie."""
    return mapped_folder(root, run / "links")


def _keep(snapshot: Snapshot, base: Path, standard: Standard, path: Path) -> None:
    engine = open_engine(snapshot, [PERSONS], by_columns=True)
    try:
        engine.scan("assigned", base)
        known: exp.Expr = sql("select customer_key, customer_key as unit_key from assigned")
        every = Step("units", known, Text("所有客户", "all customers"))
        dimensions = [d.id for d in classed_dimensions(standard) if d.id != "grade"]
        codes, links, _ = hash_steps(standard, dimensions)
        engine.run([every, codes, replace(links, in_place=True)])
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as sink:
            for batch in engine.stream(links_query(), in_order=True):
                batch.column(1).to_numpy(zero_copy_only=False).tofile(sink)
    finally:
        engine.close()
