"""Interactions that people write down at the desk: the same tables as those from a file, free text where erasure finds it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from keceng.collect.tables import INTERACTIONS, TEXTS
from keceng.lake import Lake

DESK_SOURCE = "desk"
"""The source under which interactions of the desk stand."""
_WAIT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Interaction:
    """One contact with a customer, in the words of the ledger.

    Attributes:
        interaction_id: the idempotency key; recording it twice changes nothing.
        customer_key: with whom.
        happened_on: when.
        channel: `visit`, `phone`, …
        staff: who of us, by their name at the desk.
        outcome: one word.
        space: `offline` or `online`, None where neither.
        content: free text; it may name persons, and goes where erasure finds it.
    """

    interaction_id: str
    customer_key: int
    happened_on: dt.date
    channel: str
    staff: str
    outcome: str
    space: str | None = None
    content: str = ""


def record_interactions(lake: Lake, interactions: Sequence[Interaction], *, author: str) -> None:
    """Write `interactions` in one unit of work; each is there once however often it is written.

    Raises:
        KecengError: another task is writing to the lake just now.
    """
    if not interactions:
        return
    facts = [_fact(interaction) for interaction in interactions]
    texts = [_text(interaction) for interaction in interactions if interaction.content]
    with lake.unit_of_work("contact", author, wait_seconds=_WAIT_SECONDS) as work:
        work.merge(INTERACTIONS, pa.Table.from_pylist(facts, INTERACTIONS.arrow_schema))
        work.merge(TEXTS, pa.Table.from_pylist(texts, TEXTS.arrow_schema))


def _fact(interaction: Interaction) -> dict[str, object]:
    return {
        "source": DESK_SOURCE,
        "interaction_id": interaction.interaction_id,
        "customer_key": interaction.customer_key,
        "happened_on": interaction.happened_on,
        "channel": interaction.channel,
        "space": interaction.space,
        "initiated_by": "us",
        "staff": interaction.staff,
        "outcome": interaction.outcome,
    }


def _text(interaction: Interaction) -> dict[str, object]:
    return {
        "about": INTERACTIONS.name,
        "record_id": interaction.interaction_id,
        "customer_key": interaction.customer_key,
        "content": interaction.content,
    }
