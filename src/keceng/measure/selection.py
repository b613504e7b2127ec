"""The plan for a few measures alone: what a replay at many dates computes instead of the whole catalogue."""

from __future__ import annotations

from collections.abc import Collection

from sqlglot import exp

from keceng.lake import Step, prune_steps
from keceng.measure.frame import Frame
from keceng.measure.tables import catalogue, measure_families

_MEASURED = "measured"
_UNITS = "units"
_Question = tuple[str, int, frozenset[str], frozenset[str]]
_contributing: dict[_Question, frozenset[int]] = {}


def select_measure_steps(frame: Frame, wanted: Collection[str], keep: Collection[str] = ()) -> list[Step]:
    """The named steps from the ledger to a `measured` that holds the wanted measures and no other, in order.

    The rows and the numbers are those of the full plan; steps on which nothing wanted rests are left out.

    Args:
        frame: the moment of measuring.
        wanted: names of measures; their exact columns come along.
        keep: other steps that will be read beside `measured` and `units`.

    Raises:
        KeyError: a wanted measure is not in the catalogue, or a kept step not in the plan.
    """
    known = catalogue()
    names = {"customer_key"}
    for name in wanted:
        names |= {name, *(known[name].exact or ())}
    # Which steps rest on which does not hang on the date, so families that gave nothing once are not built again.
    question = (frame.unit, frame.window_days, frozenset(wanted), frozenset(keep))
    families = measure_families(frame, wanted)
    chosen = _contributing.get(question, frozenset(range(len(families))))
    built = {place: family() for place, family in enumerate(families) if place in chosen}
    *before, last = [step for steps in built.values() for step in steps]
    narrowed = Step(_MEASURED, _narrow(last.query, names), last.title)
    pruned = prune_steps([*before, narrowed], {_MEASURED, _UNITS, *keep})
    kept = {step.name for step in pruned}
    _contributing[question] = frozenset(
        place for place, steps in built.items() if any(step.name in kept for step in steps)
    )
    return pruned


def _narrow(query: exp.Expr, names: Collection[str]) -> exp.Expr:
    # Every joined step has at most one row per customer, so a join that gives no column can go.
    narrowed = query.copy()
    columns = [e for e in narrowed.expressions if e.alias_or_name in names]
    read = {c.table for e in columns for c in e.find_all(exp.Column)}
    narrowed.set("expressions", columns)
    narrowed.set("joins", [j for j in narrowed.args.get("joins", ()) if j.this.alias_or_name in read])
    return narrowed
