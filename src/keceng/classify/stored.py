"""The customers of a stored run: the one place that knows in which files they lie and what is worked out on reading.

What a sentence says follows from the reason code and the stored row, so a file may leave sentences and triples out: whoever
asks for them gets them laid on the rows that are read, in the words of the run's own standard, date and currency. An increment
holds only the rows that changed; the others are read from the run that it stands on, carried forward to its date.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sqlglot import exp

from keceng.classify.aging import with_what_ages_need
from keceng.classify.layers import Layers, layers_of
from keceng.classify.row_columns import with_columns
from keceng.classify.stored_reasons import (
    CODE,
    SENTENCES,
    TRIPLES,
    columns_named,
    lay_reasons_on,
    reason_columns,
)
from keceng.lake import Engine, Snapshot, column, sql

KEY = "customer_key"
_LAID_ON = frozenset({*SENTENCES, *TRIPLES})


def customer_files(directory: Path) -> tuple[Path, ...]:
    """The Parquet files that hold the rows of the run in `directory`."""
    return layers_of(directory).files


def customer_columns(directory: Path) -> tuple[str, ...]:
    """What can be asked of every customer of the run: what is stored, and the sentences, stored or not."""
    stored = _stored_columns(directory)
    return (*stored, *(name for name in SENTENCES if CODE in stored and name not in stored))


def read_customers(
    directory: Path, columns: Sequence[str] | None = None, where: pc.Expression | None = None
) -> pa.Table:
    """The customers of the run in `directory`, in the order of keys.

    Args:
        directory: of the run.
        columns: those wanted, sentences and triples among them; None is all `customer_columns`.
        where: which rows, by stored columns that do not change with the days; None is all.
    """
    wanted = list(dict.fromkeys(customer_columns(directory) if columns is None else columns))
    laid = _missing(directory, wanted)
    read = _physical(directory, wanted, laid)
    layers = layers_of(directory)
    if layers.overlay is None:
        rows = _spelled_out(pq.read_table(layers.base, columns=read, filters=where))
    else:
        read = list(dict.fromkeys([KEY, *read]))
        below = _spelled_out(pq.read_table(layers.base, columns=read, filters=where))
        below = below.filter(pc.invert(pc.is_in(below[KEY], value_set=layers.replaced)))
        above = _spelled_out(pq.read_table(layers.overlay, columns=read, filters=where))
        rows = _merged(layers, below, above).sort_by(KEY)
    return (lay_reasons_on(rows, directory, laid) if laid else rows).select(wanted)


def read_customers_in_parts(directory: Path, columns: Sequence[str]) -> Iterator[pa.Table]:
    """Stored columns of all customers, a part of the rows at a time, for whoever may have seen enough after a few."""
    layers = layers_of(directory)
    if layers.overlay is not None:
        yield read_customers(directory, columns)
        return
    file = pq.ParquetFile(layers.base)
    for group in range(file.metadata.num_row_groups):
        yield _spelled_out(file.read_row_group(group, columns=list(columns)))


def scan_customers(engine: Engine, name: str, directory: Path, columns: Sequence[str] | None = None) -> None:
    """Make the customers of the run readable in `engine` as `name`; of what is stored only what a query names is read.

    Args:
        engine: where.
        name: of the table.
        directory: of the run.
        columns: those that will be asked for; None is all `customer_columns`. Whoever names no sentence is spared the codes.
    """
    laid = _missing(directory, customer_columns(directory) if columns is None else columns)
    source = f"{name}__stored" if laid else name
    _scan_layers(engine, source, directory)
    if laid:
        told = reason_columns(directory, _codes_of(directory), _stored_columns(directory), laid)
        engine.view(name, exp.select("*", *told).from_(source))


def find_customers(
    snapshot: Snapshot, directory: Path, keys: Collection[int], columns: Sequence[str] | None = None
) -> pa.Table:
    """The rows of the run whose `customer_key` is among `keys`, without reading anybody else's.

    Args:
        snapshot: a version of the lake that the run lies in.
        directory: of the run.
        keys: of customers.
        columns: those wanted, of which absent ones are left out; None is all `customer_columns`.
    """
    known = customer_columns(directory)
    wanted = [n for n in dict.fromkeys(known if columns is None else columns) if n in known or n in TRIPLES]
    laid = _missing(directory, wanted)
    read = _physical(directory, wanted, laid)
    layers = layers_of(directory)
    if layers.overlay is None:
        rows = _spelled_out(snapshot.find_run_rows(layers.base, KEY, keys, read))
    else:
        read = list(dict.fromkeys([KEY, *read]))
        above = _spelled_out(snapshot.find_run_rows(layers.overlay, KEY, keys, read))
        others = layers.standing(keys)
        below = _spelled_out(snapshot.find_run_rows(layers.base, KEY, others, read))
        rows = _merged(layers, below, above).sort_by(KEY)
    return (lay_reasons_on(rows, directory, laid) if laid else rows).select(wanted)


def lookup_files(directory: Path, columns: Collection[str]) -> list[tuple[Path, Collection[str]]]:
    """What `Snapshot.prepare_lookups` needs for `find_customers` to be fast on `columns` of the run."""
    laid = _missing(directory, columns)
    # An increment may come to stand on this run, and carry its ages forward.
    stored = {*with_what_ages_need(_physical(directory, [*columns], laid), _stored_columns(directory))}
    return [(file, stored) for file in customer_files(directory)]


def _physical(directory: Path, wanted: Sequence[str], laid: Sequence[str]) -> list[str]:
    # The stored columns that have to be read: those wanted, and what is behind those that are worked out.
    names = [name for name in wanted if name not in laid]
    if laid:
        names += _sentence_columns(directory)
    if layers_of(directory).overlay is not None:
        names = with_what_ages_need(names, _stored_columns(directory))
    return list(dict.fromkeys(names))


def _merged(layers: Layers, below: pa.Table, above: pa.Table) -> pa.Table:
    aging = layers.aging
    assert aging is not None  # noqa: S101  an increment has one
    present = frozenset(below.column_names)
    if aging.columns(present):
        below = with_columns(below, ("ages", aging), lambda: aging.columns(present))
    return pa.concat_tables([below.cast(above.schema), above])


def _spelled_out(rows: pa.Table) -> pa.Table:
    # A file may number its few texts; whoever reads gets the texts.
    if not any(pa.types.is_dictionary(field.type) for field in rows.schema):
        return rows
    plain = [f.with_type(f.type.value_type) if pa.types.is_dictionary(f.type) else f for f in rows.schema]
    return rows.cast(pa.schema(plain))


def _scan_layers(engine: Engine, name: str, directory: Path) -> None:
    layers = layers_of(directory)
    if layers.overlay is None:
        engine.scan(name, layers.base)
        return
    engine.scan(f"{name}__base", layers.base)
    engine.scan(f"{name}__overlay", layers.overlay)
    engine.give(f"{name}__replaced", pa.table({KEY: layers.replaced}))
    stored = _stored_columns(directory)
    assert layers.aging is not None  # noqa: S101  an increment has one
    aged = layers.aging.columns(stored)
    below = (
        exp.select(*[exp.alias_(aged[n], n, quoted=True) if n in aged else column(n) for n in stored])
        .from_(f"{name}__base")
        .where(
            sql(
                "customer_key not in (select customer_key from :replaced)",
                replaced=exp.to_table(f"{name}__replaced"),
            )
        )
    )
    above = exp.select(*[column(n) for n in stored]).from_(f"{name}__overlay")
    engine.view(name, exp.union(below, above, distinct=False))


def _missing(directory: Path, names: Collection[str]) -> list[str]:
    # Those asked for that reading has to work out.
    stored = _stored_columns(directory)
    return [name for name in names if name in _LAID_ON and name not in stored]


def _stored_columns(directory: Path) -> tuple[str, ...]:
    layers = layers_of(directory)
    names = _columns_of(layers.base, layers.base.stat().st_mtime_ns)
    # What the run below said of its own day is not what is said of today.
    return names if layers.overlay is None else tuple(name for name in names if name not in _LAID_ON)


@lru_cache(maxsize=64)
def _columns_of(file: Path, _written: int) -> tuple[str, ...]:
    return tuple(pq.read_schema(file).names)


def _codes_of(directory: Path) -> tuple[str, ...]:
    found = {code for file in customer_files(directory) for code in _codes_in(file, file.stat().st_mtime_ns)}
    return tuple(sorted(found))


@lru_cache(maxsize=64)
def _codes_in(file: Path, _written: int) -> tuple[str, ...]:
    codes = pq.read_table(file, columns=[CODE], read_dictionary=[CODE])[CODE].unify_dictionaries()
    return tuple(sorted(code for code in codes.unique().to_pylist() if code is not None))


def _sentence_columns(directory: Path) -> tuple[str, ...]:
    # The stored columns that the sentences of the run name.
    return columns_named(directory, _codes_of(directory), _stored_columns(directory))
