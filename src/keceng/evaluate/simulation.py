"""What a draft would do: laid on the stored measures of the published run and compared with the grades in force."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
from sqlglot import exp

from keceng.classify import Rehearsal, count_moves, moves_hash, rehearse
from keceng.collect import CUSTOMERS, owners_query
from keceng.evaluate.cells import cross_dimensions, find_overlaps
from keceng.evaluate.characteristics import compare_characteristics
from keceng.evaluate.graded_table import GradedTable
from keceng.evaluate.impact import ClassSize, Impact, MoveReason, NamedMove, StandardSide
from keceng.evaluate.portraits import describe_classes
from keceng.evaluate.workload import weigh_owners
from keceng.lake import Engine, Snapshot, literal, sql
from keceng.standard import Standard, standard_hash
from keceng.vocabulary import Text

MOST_NAMED, MOST_REASONS = 200, 50


def simulate_standard(snapshot: Snapshot, draft: Standard, against: Standard | None = None) -> Impact:
    """The impact of publishing `draft` on the data and day of the published run.

    Args:
        snapshot: of the lake with the run.
        draft: the standard to try.
        against: what to compare with; by default the grades in force, people's decisions included.

    Raises:
        KecengError: nothing is published yet.
    """
    with rehearse(snapshot, draft, against) as rehearsal:
        engine, base = rehearsal.engine, rehearsal.base
        moves = count_moves(engine)
        tops = (rehearsal.base_standard.grade.class_ids[0], draft.grade.class_ids[0])
        named, named_heads = named_moves(engine, tops)
        graded = GradedTable(engine, "drafted")
        return Impact(
            draft=StandardSide(draft.id, draft.revision, standard_hash(draft)),
            against=_side_against(rehearsal, against),
            as_of=base.as_of,
            customers=sum(n for row in moves.values() for n in row.values()),
            before=class_sizes(rehearsal, "from_class"),
            after=class_sizes(rehearsal, "to_class"),
            moves=moves,
            moves_hash=moves_hash(engine),
            named=named,
            named_heads=named_heads,
            reasons=_reasons(rehearsal),
            owners=weigh_owners(rehearsal),
            cells=cross_dimensions(rehearsal),
            overlaps=find_overlaps(rehearsal),
            portraits=describe_classes(graded, draft, currency=base.currency),
            comparison=compare_characteristics(graded, draft),
            is_remeasured=rehearsal.is_remeasured,
            notes=tuple(_notes(rehearsal)),
            movers=_movers(rehearsal),
            currency=base.currency,
        )


def _side_against(rehearsal: Rehearsal, against: Standard | None) -> StandardSide:
    if against is not None:
        return StandardSide(against.id, against.revision, standard_hash(against))
    of = rehearsal.base.standard
    return StandardSide(of.id, of.revision, of.hash, rehearsal.base.run_id)


def class_sizes(rehearsal: Rehearsal, side: str) -> Mapping[str, ClassSize]:
    """The classes on one side, `from_class` or `to_class`.

    Heads are customers; sales take one row of each unit, in the draft's window on both sides.
    """
    rows = rehearsal.engine.fetch(
        sql(
            """
            select :side as class_id, count(*) as heads,
              coalesce(sum(a.spend) filter (where a.customer_key = a.unit_key), 0) as sales,
              coalesce(sum(greatest(a.spend, 0)) filter (where a.customer_key = a.unit_key), 0) as positive
            from transitions as t left join assigned as a on a.customer_key = t.customer_key
            group by :side
            """,
            side=exp.column(side, table="t"),
        )
    ).to_pylist()
    total = sum(int(r["positive"]) for r in rows)
    found = {
        r["class_id"]: ClassSize(r["heads"], int(r["sales"]), int(r["positive"]) / total if total else 0.0)
        for r in rows
    }
    standard = rehearsal.base_standard if side == "from_class" else rehearsal.draft
    ordered = [*standard.grade.class_ids, *sorted(set(found) - set(standard.grade.class_ids))]
    return {name: found.get(name, ClassSize()) for name in ordered}


def named_moves(
    engine: Engine, tops: tuple[str, str], most: int = MOST_NAMED
) -> tuple[tuple[NamedMove, ...], int]:
    """Who of the table `moved` enters or leaves the best class, the greatest sales first, and how many do.

    Key accounts are known by name; a natural person's name stays out of a sheet that is passed around.

    Args:
        engine: with `moved` and `identities`, and the ledger's customers and owners.
        tops: the best class before and after.
        most: so many are named.
    """
    rows = engine.fetch(
        sql(
            """
            select m.customer_key, i.customer_id, case when c.kind = 'org' then i.customer_name end as customer_name,
              o.owner, m.from_class, m.to_class, m.spend, m.reason_zh, m.reason_en, count(*) over () as heads
            from moved as m
            left join identities as i on i.customer_key = m.customer_key
            left join :customers as c on c.customer_key = m.customer_key
            left join :owners as o on o.customer_key = m.customer_key
            where (m.from_class = :top_before) <> (m.to_class = :top_after)
            order by m.spend desc nulls last, i.customer_id limit :most
            """,
            customers=exp.to_table(CUSTOMERS.name),
            owners=exp.Subquery(this=owners_query()),
            top_before=literal(tops[0]),
            top_after=literal(tops[1]),
            most=most,
        )
    ).to_pylist()
    moves = tuple(
        NamedMove(
            r["customer_key"],
            r["customer_id"],
            r["customer_name"],
            r["owner"],
            r["from_class"],
            r["to_class"],
            r["spend"],
            Text(r["reason_zh"], r["reason_en"]) if r["reason_zh"] else None,
        )
        for r in rows
    )
    return moves, rows[0]["heads"] if rows else 0


def _reasons(rehearsal: Rehearsal) -> tuple[MoveReason, ...]:
    rows = rehearsal.engine.fetch(
        sql(
            """
            select from_class, to_class, reason_code, count(*) as heads,
              arg_max(reason_zh, spend) as reason_zh, arg_max(reason_en, spend) as reason_en
            from moved group by from_class, to_class, reason_code
            order by heads desc, from_class, to_class, reason_code limit :most
            """,
            most=MOST_REASONS,
        )
    ).to_pylist()
    return tuple(
        MoveReason(
            r["from_class"],
            r["to_class"],
            r["reason_code"],
            r["heads"],
            Text(r["reason_zh"], r["reason_en"]) if r["reason_zh"] else None,
        )
        for r in rows
    )


def _movers(rehearsal: Rehearsal) -> pa.Table:
    return rehearsal.engine.fetch(
        sql(
            """
            select i.customer_id, o.owner, m.from_class, m.to_class,
              cast(cast(m.spend as decimal(20, 2)) / 100 as decimal(18, 2)) as spend, m.reason_zh, m.reason_en
            from moved as m
            left join identities as i on i.customer_key = m.customer_key
            left join :owners as o on o.customer_key = m.customer_key
            order by m.spend desc nulls last, i.customer_id
            """,
            owners=exp.Subquery(this=owners_query()),
        )
    )


def _notes(rehearsal: Rehearsal) -> list[Text]:
    notes = []
    if rehearsal.is_remeasured:
        notes.append(
            Text(
                "草案的窗口、单元或所需模型与已发布的运行不同, 指标已按台账重新计算",
                "the draft has another window or unit, or needs a model the run did not have: measured anew from the ledger",
            )
        )
    if rehearsal.past.stability == "first_review":
        notes.append(
            Text(
                "分级规则变了, 本次不套用升降级缓冲: 第一次运行按规则直接定级",
                "the rules changed, so no buffer applies: the first run grades by the rules alone",
            )
        )
    empty = [c.id for c in rehearsal.draft.grade.classes if not _heads(rehearsal, c.id)]
    if empty:
        notes.append(
            Text(
                f"这些等级没有客户: {'、'.join(empty)}",
                f"these classes have no customers: {', '.join(empty)}",
            )
        )
    return notes


def _heads(rehearsal: Rehearsal, class_id: str) -> int:
    counted = rehearsal.engine.fetch(
        sql("select count(*) as heads from assigned where grade = :class_id", class_id=class_id)
    )
    return int(counted["heads"][0].as_py())
