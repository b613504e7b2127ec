"""The hash of a result: additive over rows, so neither order, engine nor machine can change it.

Each row is the weighted sum of its columns modulo a prime, times what MD5 makes of its source id, and the sum of all rows is taken
modulo 2^61 - 1. What changes in a row is multiplied by whose row it is, so two customers who swap their classes change the whole. A
text enters as what MD5 makes of it. MD5 serves as a well-spread number that every engine has, not as a secret.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache

import pyarrow as pa
from sqlglot import exp

from keceng.collect import PERSONS, id_code
from keceng.lake import Engine, Fold, NotInOrderError, Step, column, literal, see_rising, sql
from keceng.standard import Standard
from keceng.vocabulary import Kind, Text

_MODULUS = 2**61 - 1
_PRIME = 2_147_483_647
_MOST_PARTS = 64
_WEIGHT_DIGITS, _WORD_DIGITS, _ROW_DIGITS = 6, 7, 15
_UNKNOWN = 1_618_033_988

NO_ROWS_HASH = f"{0:016x}"
"""The hash of no rows."""


def result_hash(
    engine: Engine, standard: Standard, dimensions: Sequence[str], cut_steps: Sequence[str]
) -> str:
    """The hash over customer ids, dimensions, grade, reason codes, measures used and cuts of the step `assigned`.

    Args:
        engine: with the table `persons` and the step `assigned`.
        standard: what was laid on.
        dimensions: the dimensions that have a class.
        cut_steps: steps whose rows are cuts.
    """
    engine.run(hash_steps(standard, dimensions))
    return linked_hash(engine, cut_steps)


def linked_hash(engine: Engine, cut_steps: Sequence[str]) -> str:
    """The same where `hash_steps` were run."""
    total = engine.fetch(sql("select total from link_total"))["total"][0].as_py()
    return f"{(int(total or 0) + sum(_sum_of_all(engine, step) for step in cut_steps)) % _MODULUS:016x}"


def hash_steps(standard: Standard, dimensions: Sequence[str]) -> list[Step]:
    """`id_codes` of the ids in `persons`, `links`: one number per customer of the step `assigned`, and `link_total`."""
    texts = [*dimensions, "grade", "excluded_as", "reason_code"]
    kinds = dict.fromkeys(texts, Kind.CATEGORY) | {m.name: m.kind for m in standard.inputs}
    return [_id_codes(), _links(tuple(kinds.items())), _link_total()]


@cache
def _id_codes() -> Step:
    query = sql(
        """
        select customer_key, :code as id_code
        from (select customer_key, min(source_id) as source_id from persons group by customer_key) as p
        """,
        code=id_code(column("source_id")),
    )
    return Step("id_codes", query, Text("来源编号的散列", "hashes of source ids"), fold=_STORED_CODES)


def _stored_codes(persons: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    last = None
    for batch in persons:
        last = see_rising(batch, last)
        if batch.column(1).null_count:
            raise NotInOrderError(PERSONS.name)
        yield batch


_STORED_CODES = Fold(
    PERSONS, ("customer_key", "id_code"), _stored_codes, sql("select 0 as customer_key where false")
)


@lru_cache(maxsize=32)
def _links(kinds: tuple[tuple[str, Kind], ...]) -> Step:
    codes = {name: _code(column(name, "assigned"), kind) for name, kind in kinds}
    query = sql(
        """
        select assigned.customer_key, (:weighted) * coalesce(id_codes.id_code % :prime, :unknown) as link
        from assigned left join id_codes on id_codes.customer_key = assigned.customer_key
        """,
        weighted=_weighted(list(codes.items())),
        prime=_PRIME,
        unknown=_UNKNOWN,
    )
    return Step("links", query, Text("结果的散列", "hash of the result"), in_place=True)


@cache
def _link_total() -> Step:
    query = sql("select sum(cast(link as hugeint)) as total from links")
    return Step("link_total", query, Text("散列之和", "sum of the hash"))


@cache
def links_query() -> exp.Expr:
    """What each row adds to the hash: customer_key, link, in the order of keys; needs `links`."""
    return sql("select customer_key, link from links order by customer_key")


def _weighted(codes: Sequence[tuple[str, exp.Expr]]) -> exp.Expr:
    # Numbers below 2^31 times weights below 2^24: so many of them fit 64 bits.
    whole: exp.Expr | None = None
    for low in range(0, len(codes), _MOST_PARTS):
        part: exp.Expr = literal(1)  # of a row that has nothing of all this, too
        for name, code in codes[low : low + _MOST_PARTS]:
            weight = _number(name, _WEIGHT_DIGITS)
            part = sql(":part + cast(:code as bigint) * :weight", part=part, code=code, weight=weight)
        part = sql("(:part) % :prime", part=part, prime=_PRIME)
        whole = (
            part if whole is None else sql("(:whole + :part) % :prime", whole=whole, part=part, prime=_PRIME)
        )
    assert whole is not None  # noqa: S101  a grade is always among them
    return whole


def _code(stored: exp.Expr, kind: Kind) -> exp.Expr:
    match kind:
        case Kind.CATEGORY:
            digits = sql("cast(concat('0x', substr(md5(:x), 1, :n)) as bigint)", x=stored, n=_WORD_DIGITS)
            return sql(
                "case when :x is null then :unknown else :digits end",
                x=stored,
                digits=digits,
                unknown=_UNKNOWN,
            )
        case Kind.FLAG:
            return sql("case when :x then 2 when not :x then 1 else :unknown end", x=stored, unknown=_UNKNOWN)
        case Kind.DATE:
            number = sql(":x - date '1970-01-01'", x=stored)
        case _:
            number = sql("cast(:x as bigint) % :prime", x=stored, prime=_PRIME)
    return sql("coalesce(:number, :unknown)", number=number, unknown=_UNKNOWN)


def _number(word: str, digits: int) -> int:
    return int(hashlib.md5(word.encode(), usedforsecurity=False).hexdigest()[:digits], 16)


def replace_in_hash(whole: str, less: int, more: int) -> str:
    """The hash `whole` after rows whose links come to `less` made room for others whose links come to `more`."""
    return f"{(int(whole, 16) - less + more) % _MODULUS:016x}"


def hash_of_rows(rows: Iterable[Sequence[str | None]]) -> str:
    """What `rows_hash` gives of rows of texts that are at hand."""
    texts = ("".join(f"|{'∅' if part is None else part}" for part in row) for row in rows)
    return f"{sum(_number(text, _ROW_DIGITS) for text in texts) % _MODULUS:016x}"


def rows_hash(engine: Engine, parts: Sequence[exp.Column], rows: exp.Expr) -> str:
    """The hash over `parts` of the query `rows` joined with the step `identities`; of no rows it is all zeros."""
    return f"{_fetched(engine, _sum_of_rows(tuple(parts), rows)) % _MODULUS:016x}"


@lru_cache(maxsize=8)
def _sum_of_rows(parts: tuple[exp.Column, ...], rows: exp.Expr) -> exp.Expr:
    source = exp.Subquery(this=rows.copy(), alias=exp.TableAlias(this=exp.to_identifier("hashed")))
    return _sum_query([*parts], source, join=True)


def _sum_query(parts: list[exp.Column], source: exp.Expr, *, join: bool) -> exp.Expr:
    query = exp.select(exp.alias_(_row_sum(parts), "total")).from_(source)
    if join:
        query = query.join("identities", using=["customer_key"], join_type="left")
    return query


def _fetched(engine: Engine, query: exp.Expr) -> int:
    return int(engine.fetch(query)["total"][0].as_py() or 0)


def _sum_of_all(engine: Engine, step: str) -> int:
    return _fetched(engine, _sum_of_columns(tuple(sorted(engine.column_names(step))), step))


@lru_cache(maxsize=64)
def _sum_of_columns(names: tuple[str, ...], step: str) -> exp.Expr:
    return _sum_query([column(name) for name in names], exp.to_table(step), join=False)


def _row_sum(parts: list[exp.Column]) -> exp.Expr:
    text: exp.Expr = literal("")
    for part in parts:
        text = sql("concat(:text, '|', coalesce(cast(:part as varchar), '∅'))", text=text, part=part)
    number = sql("cast(concat('0x', substr(md5(:text), 1, :n)) as bigint)", text=text, n=_ROW_DIGITS)
    return sql("sum(cast(:number as hugeint))", number=number)
