"""A decision as JSON and back, without loss."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from keceng.classify import Decision, DecisionKind

_DAYS = ("effective_on", "expires_on")


def to_json(decision: Decision) -> dict[str, Any]:
    """`decision` in JSON's types."""
    document = {f.name: getattr(decision, f.name) for f in fields(decision)}
    document["kind"] = decision.kind.value
    document["payload"] = dict(decision.payload)
    document["decided_at"] = decision.decided_at.isoformat()
    for name in _DAYS:
        if document[name] is not None:
            document[name] = document[name].isoformat()
    return document


def from_json(document: Mapping[str, Any]) -> Decision:
    """The decision that `to_json` gave."""
    days = {name: None if document[name] is None else dt.date.fromisoformat(document[name]) for name in _DAYS}
    return Decision(
        **{
            **document,
            **days,
            "kind": DecisionKind(document["kind"]),
            "decided_at": dt.datetime.fromisoformat(document["decided_at"]),
        }
    )
