"""What people did, and whether the chain that tells of it is whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from keceng.desk.audit.actions import HEADS_FILE
from keceng.desk.audit.chain import FIRST, digest_of
from keceng.desk.audit.models import AuditRow, AuditSeal
from keceng.vocabulary import Text

_AT_ONCE = 500


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
    for seals in _batched(AuditSeal.objects.order_by("position").iterator()):
        rows = AuditRow.objects.in_bulk([seal.row_id for seal in seals])
        for seal in seals:
            faults += _faults_of(
                seal, rows.get(seal.row_id), before, has_link_before=seal.position - 1 in links
            )
            links[seal.position] = before = seal.digest
    return [*faults, *_lost_ends(directory, links)]


def _faults_of(
    seal: AuditSeal, row: AuditRow | None, before: str, *, has_link_before: bool
) -> Iterator[ChainFault]:
    if seal.position != 1 and not has_link_before:
        yield ChainFault(seal.position, Text("前一环缺失", "the link before it is missing"))
    if row is None:
        yield ChainFault(seal.position, Text("审计行被删除", "the row was removed"))
    elif digest_of(seal.position, before, row) != seal.digest:
        yield ChainFault(seal.position, Text("审计行被改动", "the row was changed"))


def _batched(seals: Iterator[AuditSeal]) -> Iterator[list[AuditSeal]]:
    while batch := list(islice(seals, _AT_ONCE)):
        yield batch


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
