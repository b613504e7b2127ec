"""What people did, and whether the chain that tells of it is whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from keceng.desk.audit.actions import HEADS_FILE
from keceng.desk.audit.chain import FIRST, digest_of
from keceng.desk.audit.models import AuditRow, AuditSeal
from keceng.vocabulary import Text


@dataclass(frozen=True, slots=True)
class ChainFault:
    """A place at which the chain does not hold."""

    position: int
    told: Text


def list_rows(most: int = 200) -> Sequence[AuditRow]:
    """The newest rows, newest first."""
    return list(AuditRow.objects.order_by("-id")[:most])


def count_sealed() -> int:
    """Links of the chain."""
    return AuditSeal.objects.count()


def check_chain(directory: Path) -> Sequence[ChainFault]:
    """Every place at which a sealed row was changed or removed, or a link is missing; empty when the chain is whole.

    Args:
        directory: where the ends of the chain were noted.
    """
    faults, before, links = list[ChainFault](), FIRST, dict[int, str]()
    rows = _rows_by_id()
    for seal in AuditSeal.objects.order_by("position").iterator():
        if seal.position != 1 and seal.position - 1 not in links:
            faults.append(ChainFault(seal.position, Text("前一环缺失", "the link before it is missing")))
        row = rows.get(seal.row_id)
        if row is None:
            faults.append(ChainFault(seal.position, Text("审计行被删除", "the row was removed")))
        elif digest_of(seal.position, before, row) != seal.digest:
            faults.append(ChainFault(seal.position, Text("审计行被改动", "the row was changed")))
        links[seal.position] = before = seal.digest
    return [*faults, *_lost_ends(directory, links)]


def _rows_by_id() -> Mapping[int, AuditRow]:
    return {row.pk: row for row in AuditRow.objects.order_by("id").iterator()}


def _lost_ends(directory: Path, links: Mapping[int, str]) -> list[ChainFault]:
    noted = directory / HEADS_FILE
    if not noted.exists():
        return []
    ends = [line.split() for line in noted.read_text("utf-8").splitlines() if line.strip()]
    return [
        ChainFault(int(position), Text("曾记下的链尾已不在", "an end of the chain that was noted is gone"))
        for position, digest in ends
        if links.get(int(position)) != digest
    ]
