"""The order in which dimensions can be worked out: each after those it refers to."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet


def order_dimensions(needs: Mapping[str, AbstractSet[str]]) -> tuple[str, ...]:
    """The ids of `needs`, each after the ids it needs, otherwise in their given order.

    Ids that stand on a circle, or need one, are left out.
    """
    ordered: list[str] = []
    waiting = list(needs)
    while ready := next((d for d in waiting if needs[d] <= set(ordered)), None):
        ordered.append(ready)
        waiting.remove(ready)
    return tuple(ordered)


def find_circle(needs: Mapping[str, AbstractSet[str]]) -> tuple[str, ...]:
    """One circle of ids that need each other, first id repeated at the end; empty where there is none."""
    settled = set(order_dimensions(needs))
    waiting = [d for d in needs if d not in settled]
    if not waiting:
        return ()
    walked = [waiting[0]]
    while True:
        following = next(d for d in needs if d in needs[walked[-1]] and d not in settled)
        if following in walked:
            return (*walked[walked.index(following) :], following)
        walked.append(following)
