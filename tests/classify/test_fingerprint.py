"""The hash of a result sees what changes, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from keceng.classify.fingerprint import replace_in_hash, result_hash
from keceng.collect import PERSONS
from keceng.lake import open_engine
from keceng.loop import read_standard
from keceng.vocabulary import Kind

STANDARD = read_standard("retail")
TYPES = {Kind.CATEGORY: pa.string(), Kind.FLAG: pa.bool_(), Kind.DATE: pa.date32()}
Row = dict[str, object]


def row(key: int, grade: str | None, spend: int | None = 100) -> Row:
    return {"customer_key": key, "grade": grade, "spend": spend}


def hash_of(rows: Sequence[Row], *, stored_codes: bool = False) -> str:
    """The hash of customers of whom only these columns are known."""
    engine = open_engine()
    texts = dict.fromkeys(("value", "state", "excluded_as", "reason_code", "grade"), pa.string())
    types = {m.name: TYPES.get(m.kind, pa.int64()) for m in STANDARD.inputs} | texts
    columns = {n: pa.array([r.get(n) for r in rows], t) for n, t in types.items()}
    engine.give("assigned", pa.table(columns | {"customer_key": [r["customer_key"] for r in rows]}))
    persons = pa.table(
        {
            "customer_key": [r["customer_key"] for r in rows],
            "source_id": [f"C{r['customer_key']}" for r in rows],
        }
    )
    engine.give("persons", PERSONS.conform(persons))
    found = result_hash(engine, STANDARD, ["value", "state"], ())
    engine.close()
    return found


def test_two_customers_who_swap_their_classes_change_the_hash() -> None:
    assert hash_of([row(1, "A"), row(2, "B")]) != hash_of([row(1, "B"), row(2, "A")])


def test_neither_order_nor_pieces_change_it() -> None:
    both, one, other = [row(1, "A"), row(2, None)], [row(1, "A")], [row(2, None)]
    assert hash_of(both) == hash_of(both[::-1])
    assert replace_in_hash(hash_of(both), int(hash_of(one), 16), 0) == hash_of(other)


def test_unknown_is_neither_nothing_nor_a_word() -> None:
    assert len({hash_of([row(1, "A", spend)]) for spend in (None, 0, -1, 1)}) == 4
    assert hash_of([row(1, None)]) != hash_of([row(1, "A")])
