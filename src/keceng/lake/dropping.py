"""A plan run with no more kept than what is still to be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from keceng.lake.engine import Engine, Step
from keceng.lake.trees import tables_in


def run_and_drop(
    engine: Engine,
    steps: Sequence[Step],
    kept: Collection[str],
    by: tuple[str, str],
    watch: Callable[[Step], None],
) -> dict[str, float]:
    """Run `steps` in their order, dropping each table once no later step reads it, except those named in `kept`.

    Args:
        engine: runs them.
        steps: the plan; tables whose name is made twice are kept.
        kept: names of steps that somebody reads after the plan.
        by: see `Step.by`.
        watch: told of each step before it runs.

    Returns:
        Seconds by step.
    """
    last = _last_readers(steps, kept)
    seconds: dict[str, float] = {}
    for step in steps:
        seconds |= engine.run([replace(step, by=by)], watch)
        for name in last.get(step.name, ()):
            engine.drop(name)
    return seconds


def _last_readers(steps: Sequence[Step], kept: Collection[str]) -> dict[str, list[str]]:
    # A step that is computed within its readers is read when they run: what it reads, they read.
    by_name = {step.name: step for step in steps}
    twice = {name for name, count in Counter(step.name for step in steps).items() if count > 1}
    behind: dict[str, frozenset[str]] = {}
    for step in steps:
        read = tables_in(step.query) & by_name.keys()
        through = {name for name in read if by_name[name].in_place}
        behind[step.name] = (read - through).union(*(behind.get(name, frozenset()) for name in through))
    asked_after = set[str]().union(
        *(behind[name] for name in kept if name in by_name and by_name[name].in_place)
    )
    reader = {name: step.name for step in steps if not step.in_place for name in behind[step.name]}
    last: dict[str, list[str]] = {}
    for name, step_name in reader.items():
        if name not in asked_after | twice and name not in kept:
            last.setdefault(step_name, []).append(name)
    return last
