"""The hash of a result: additive over rows, so neither order, engine nor machine can change it.

Each row is a chain of whole numbers modulo two primes, begun with what MD5 makes of the source id; the two ends are one number,
and the sum of all rows is taken modulo 2^61 - 1. A text enters as what MD5 makes of it, worked out once per different text.
MD5 serves as a well-spread number that every engine has, not as a secret.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from keceng.lake import Engine, Step, column, literal, sql
from keceng.standard import Standard
from keceng.vocabulary import Kind, Text

_MODULUS = 2**61 - 1
_PRIMES = (2_147_483_647, 2_147_483_629)
_FACTORS = (1_103_515_245, 1_664_525_013)
_DIGITS = 15
_MOST_WORDS = 2_000


NO_ROWS_HASH = f"{0:016x}"
"""The hash of no rows."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A column of a row that is hashed; of a text, the words that occur, or None where they are too many to write down."""

    name: str
    kind: Kind
    words: tuple[str, ...] | None = ()


def result_hash(
    engine: Engine, standard: Standard, dimensions: Sequence[str], cut_steps: Sequence[str]
) -> str:
    """The hash over customer ids, dimensions, grade, reason codes, measures used and cuts of the step `assigned`.

    Args:
        engine: with the steps `assigned` and `identities`.
        standard: what was laid on.
        dimensions: the dimensions that have a class.
        cut_steps: steps whose rows are cuts.
    """
    texts = [*dimensions, "grade", "excluded_as", "reason_code"]
    kinds = dict.fromkeys(texts, Kind.CATEGORY) | {m.name: m.kind for m in standard.inputs}
    parts = [_Part(name, kind, _words(engine, name, kind)) for name, kind in kinds.items()]
    engine.run([_id_codes(), _chained(parts)])
    total = (
        engine.fetch(sql("select sum(cast(link as hugeint)) as total from chained"))["total"][0].as_py() or 0
    )
    return f"{(int(total) + sum(_sum_of_all(engine, step) for step in cut_steps)) % _MODULUS:016x}"


def _words(engine: Engine, name: str, kind: Kind) -> tuple[str, ...] | None:
    if kind is not Kind.CATEGORY:
        return ()
    found = engine.fetch(
        exp.select(column(name))
        .from_("assigned")
        .group_by(column(name))
        .order_by(column(name))
        .limit(_MOST_WORDS + 1)
    )
    words = tuple(word for word in found[name].to_pylist() if word is not None)
    return words if len(words) <= _MOST_WORDS else None


def _id_codes() -> Step:
    query = sql(
        """
        select customer_key, cast(concat('0x', substr(md5(customer_id), 1, :digits)) as bigint) as id_code
        from identities where customer_id is not null
        """,
        digits=_DIGITS,
    )
    return Step("id_codes", query, Text("来源编号的散列", "hashes of source ids"))


def _chained(parts: Sequence[_Part]) -> Step:
    ends = [_end(parts, prime, factor) for prime, factor in zip(_PRIMES, _FACTORS, strict=True)]
    query = sql(
        """
        select assigned.customer_key, :first * 2147483647 + :second as link
        from assigned left join id_codes on id_codes.customer_key = assigned.customer_key
        """,
        first=exp.Paren(this=ends[0]),
        second=exp.Paren(this=ends[1]),
    )
    return Step("chained", query, Text("结果的散列", "hash of the result"), in_place=True)


def _end(parts: Sequence[_Part], prime: int, factor: int) -> exp.Expr:
    chain: exp.Expr = sql("coalesce(id_codes.id_code, 1) % :prime", prime=prime)
    for part in parts:
        chain = sql(
            "(:chain * :factor + :code) % :prime",
            chain=exp.Paren(this=chain),
            factor=factor,
            code=_code(part, prime),
            prime=prime,
        )
    return chain


def _code(part: _Part, prime: int) -> exp.Expr:
    stored = column(part.name, "assigned")
    match part.kind:
        case Kind.CATEGORY:
            return _word_code(stored, part.words, prime)
        case Kind.FLAG:
            code = sql("case when :x then 2 when not :x then 1 end", x=stored)
        case Kind.DATE:
            code = sql("(:x - date '1970-01-01') % :prime + :prime", x=stored, prime=prime)
        case _:
            code = sql("cast(:x as bigint) % :prime + :prime", x=stored, prime=prime)
    return sql("coalesce(cast(:code as bigint), 3)", code=code)


def _word_code(stored: exp.Expr, words: tuple[str, ...] | None, prime: int) -> exp.Expr:
    if words is None:
        text = sql(
            "cast(concat('0x', substr(md5(:x), 1, :digits)) as bigint) % :prime",
            x=stored,
            digits=_DIGITS,
            prime=prime,
        )
    elif words:
        text = exp.Case(this=stored.copy())
        for word in words:
            number = int(hashlib.md5(word.encode(), usedforsecurity=False).hexdigest()[:_DIGITS], 16)
            text = text.when(literal(word), literal(number % prime), copy=False)
    else:
        text = exp.null()
    return sql("coalesce(cast(:text as bigint), 3)", text=text)


def replace_in_hash(whole: str, less: str, more: str) -> str:
    """The hash `whole` after the rows hashed to `less` made room for those hashed to `more`."""
    return f"{(int(whole, 16) - int(less, 16) + int(more, 16)) % _MODULUS:016x}"


def rows_hash(engine: Engine, parts: Sequence[exp.Column], rows: exp.Expr) -> str:
    """The hash over `parts` of the query `rows` joined with the step `identities`; of no rows it is all zeros."""
    source = exp.Subquery(this=rows, alias=exp.TableAlias(this=exp.to_identifier("hashed")))
    return f"{_sum_of(engine, [*parts], source, join=True) % _MODULUS:016x}"


def _sum_of(engine: Engine, parts: list[exp.Column], source: exp.Expr, *, join: bool) -> int:
    query = exp.select(exp.alias_(_row_sum(parts), "total")).from_(source)
    if join:
        query = query.join("identities", using=["customer_key"], join_type="left")
    return int(engine.fetch(query)["total"][0].as_py() or 0)


def _sum_of_all(engine: Engine, step: str) -> int:
    names = engine.fetch(exp.select("*").from_(step).limit(0)).column_names
    return _sum_of(engine, [column(n) for n in sorted(names)], exp.to_table(step), join=False)


def _row_sum(parts: list[exp.Column]) -> exp.Expr:
    text: exp.Expr = literal("")
    for part in parts:
        text = sql("concat(:text, '|', coalesce(cast(:part as varchar), '∅'))", text=text, part=part)
    return sql("sum(cast(cast(concat('0x', substr(md5(:text), 1, 15)) as bigint) as hugeint))", text=text)
