"""Whose row an increment works out anew: whoever the ledger says something new of, and whoever something falls due for by date.

A superset is harmless, an omission is not: each part below takes in everybody of whom it could be true.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from keceng.classify.aging import AGED_MEASURES
from keceng.classify.easing import Easing, held_rule_sql
from keceng.classify.increment_calendar import (
    MOST_EARLIEST,
    Calendar,
    dated_columns,
    due_of_ledger,
    due_of_rows,
    earliest_of,
    make_calendar,
    number_of,
)
from keceng.classify.increment_previous import FIRST, Columns, RowsAtHand, places_among
from keceng.classify.increment_scope import conditions_of
from keceng.classify.increment_work import Work
from keceng.classify.stability import last_counted_day
from keceng.classify.stored import KEY
from keceng.collect import DECISIONS, DECLARED_MEASURES, PRODUCTS
from keceng.lake import (
    Keys,
    Table,
    among,
    changed_in_order,
    changed_keys,
    each_once,
    keys_in,
    read_file,
    sql,
    view_changes,
)
from keceng.standard import Condition, Rules, Standard, condition_sql
from keceng.vocabulary import Text

NOBODY: Keys = np.zeros(0, dtype=np.int64)


def find_touched(work: Work) -> Keys | Text:
    """The customers of whom a row of the ledger came, went or changed, in order; why they cannot be known."""
    parts: list[Keys] = []
    before, after = work.ground.before, work.ground.after
    folds = [step.fold for step in work.ready.plan if step.fold is not None]
    orders = {fold.table.name: fold.order for fold in folds if fold.order}
    for table in work.ready.tables:
        old, new = set(before.files(table)), set(after.files(table))
        if old == new:
            continue
        if old <= new and table not in (DECISIONS, PRODUCTS) and KEY in table.column_names:
            # Rows were added, and no other is looked at.
            parts += [keys_in(read_file(file, table, [KEY]), KEY) for file in sorted(new - old)]
            continue
        found: Keys | Text | None = None
        if table.name in orders:
            found = changed_in_order(before, after, table, work.ready.columns[table], orders[table.name])
        elif table not in (DECISIONS, PRODUCTS) and KEY in table.column_names:
            found = changed_keys(before, after, table, KEY, work.ready.columns[table])
        found = _changed(work, table) if found is None else found
        if isinstance(found, Text):
            return found
        parts.append(found)
    return each_once(parts)


def _changed(work: Work, table: Table) -> Keys | Text:
    name = f"changes_{table.name}"
    is_any = view_changes(work.ledger.engine, work.ground.before, work.ground.after, table, name)
    if is_any is None:
        return Text("上次运行时的数据文件已清理", "files that the last run read have been cleared away")
    queries = _touched_by(table, name)
    if queries is None:
        return Text(
            f"「{table.grain.zh}」变了，涉及所有客户",
            f"{table.grain.en} has changed, which concerns everybody",
        )
    return np.concatenate([keys_in(work.ledger.engine.fetch(query), KEY) for query in queries])


def _touched_by(table: Table, name: str) -> list[exp.Expr] | None:
    changed = exp.to_table(name)
    if table == DECISIONS:
        ended = "select d.customer_key from decisions as d join :changed as c on c.about = d.decision_id"
        return [sql("select customer_key from :changed", changed=changed), sql(ended, changed=changed)]
    if table == PRODUCTS:
        bought = "select distinct customer_key from order_lines where product_id in (select product_id from :changed)"
        return [sql(bought, changed=changed)]
    if KEY not in table.column_names:
        return None
    return [sql("select distinct customer_key from :changed", changed=changed)]


def find_due(work: Work) -> Keys:
    """The customers for whom the days since the last run change more than an age, in order."""
    if not work.elapsed_days:
        return NOBODY
    since, until = number_of(work.ground.summary.as_of), number_of(work.request.as_of)
    calendar = _reaching(work, until)
    parts = [NOBODY, calendar.between(since, until), *_reviewed(work, calendar)]
    for table in work.ready.tables:
        if table.name in dated_columns(work.standard):
            found = due_of_ledger(work.ground.after, table, work.standard, since, until, calendar.files)
            parts += [keys for _, keys in found]
    if work.ready.previous.above is not None:
        parts.append(due_of_rows(RowsAtHand(work.ready.previous.above), work.standard, since, until)[1])
    if DECISIONS in work.ready.tables:
        parts.append(_decided(work, since, until))
    if DECLARED_MEASURES in work.ready.tables:
        parts.append(keys_in(work.ground.after.read(DECLARED_MEASURES).select([KEY]), KEY))
    if tests := list(_tests_that_pass(work)):
        query = sql("select customer_key from previous where :due", due=exp.or_(*tests))
        parts.append(keys_in(work.ledger.engine.fetch(query), KEY))
    return each_once(parts)


def _reaching(work: Work, until: int) -> Calendar:
    if until <= work.ready.calendar.until:
        return work.ready.calendar
    ground, below = work.ground, work.ready.previous.below
    return make_calendar(ground.at_root, below, work.standard, ground.root_as_of, work.ready.tables, until)


def _reviewed(work: Work, calendar: Calendar) -> Iterator[Keys]:
    # Whoever was last reviewed a month ago is reviewed again.
    if work.standard.stability is None or work.past.stability == "off":
        return
    counted = number_of(last_counted_day(work.request.as_of))
    sides: list[Columns] = (
        [work.ready.previous.below] if any(day <= counted for day in calendar.reviewed) else []
    )
    if work.ready.previous.above is not None:
        sides.append(RowsAtHand(work.ready.previous.above))
    for side in sides:
        reviewed = side.numbers("reviewed_on")
        if reviewed.values is not None:
            held = side.known("grade_by_system") & side.known("reviewed_on")
            yield np.asarray(side.keys[held & (reviewed.values <= counted)], dtype=np.int64)


def _decided(work: Work, since: int, until: int) -> Keys:
    # A decision holds from one day to another, and ends with the row that names it.
    rows = work.ground.after.read(DECISIONS)
    begins, ends = (rows[name].cast(pa.int32()) for name in ("effective_on", "expires_on"))
    begins_now = pc.and_(pc.greater(begins, since), pc.less_equal(begins, until))
    ends_now = pc.and_(pc.greater_equal(ends, since), pc.less(ends, until))
    about = rows.filter(pc.fill_null(begins_now, False))["about"].drop_null()
    is_ended = pc.is_in(rows["decision_id"], value_set=about.combine_chunks())
    marked = pc.or_(pc.or_(pc.fill_null(begins_now, False), pc.fill_null(ends_now, False)), is_ended)
    return keys_in(rows.filter(marked), KEY)


def _tests_that_pass(work: Work) -> Iterator[exp.Expr]:
    tests = _tests_of_ages(work.standard)
    if not tests:
        return
    aged = work.aging(None).columns(AGED_MEASURES | {"gap_ratio__num"})
    history = work.ready.previous.history_days
    if history is not None:
        aged |= work.aging(history + work.elapsed_days).columns({"history_days"})
    for test in tests:
        later = test.transform(lambda node: aged[node.name].copy() if _is_aged(node, aged) else node)
        yield sql("((:now) is distinct from (:later))", now=test, later=later)


def _is_aged(node: exp.Expr, aged: dict[str, exp.Expr]) -> bool:
    return isinstance(node, exp.Column) and node.name in aged


@lru_cache(maxsize=16)
def _tests_of_ages(standard: Standard) -> tuple[exp.Expr, ...]:
    return tuple(_written_of_ages(standard))


def _written_of_ages(standard: Standard) -> Iterator[exp.Expr]:
    # Each comparison by itself, because a reason cites the one that decided; and what keeps whoever holds a class.
    for condition in conditions_of(standard):
        for leaf in condition.leaves:
            if not AGED_MEASURES.isdisjoint(leaf.names):
                yield condition_sql(Condition(condition.text, leaf.node))
    if standard.stability is None:
        return
    easing, scope = Easing(standard.stability.margin), dict(standard.scope)
    for dimension in (*standard.dimensions, standard.grade):
        if isinstance(dimension.method, Rules):
            for rule in dimension.method.rules:
                held = held_rule_sql(rule, easing, scope)
                if (
                    held is not None
                    and rule.when is not None
                    and not AGED_MEASURES.isdisjoint(rule.when.names)
                ):
                    yield held
        easing = easing.after(dimension)


def choose_units(work: Work, touched: Keys, due: Keys) -> Keys:
    """Whoever is worked out anew, in order."""
    # Whoever bought first of all the others comes along: the length of the history is measured from the first purchase of all.
    changed = each_once([touched, due])
    return each_once([changed, _first_buyer(work, changed)])


def _first_buyer(work: Work, left_out: Keys) -> Keys:
    previous, found = work.ready.previous, list[tuple[int, int]]()
    gone = each_once([left_out, previous.replaced])
    known = np.asarray(work.ready.calendar.earliest)
    left = known[~among(known, gone)]
    if not len(left) and len(known) == MOST_EARLIEST:
        left = earliest_of(previous.below, gone)
    found += _dated(previous.below, left)
    if previous.above is not None:
        above = RowsAtHand(previous.above)
        found += _dated(above, earliest_of(above, left_out))
    return np.array([min(found)[1]] if found else [], dtype=np.int64)


def _dated(rows: Columns, earliest: Keys) -> list[tuple[int, int]]:
    days = rows.numbers(FIRST).values
    if days is None or not len(earliest):
        return []
    return [(int(days[places_among(rows.keys, earliest[:1])[0]]), int(earliest[0]))]
