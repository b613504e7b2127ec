"""Which revisions a run has used: the lake knows, the desk notes it, and a used revision does not change."""

from __future__ import annotations

import datetime as dt

from keceng.classify import read_summary
from keceng.desk.standards.models import StandardRevision, StandardUse
from keceng.lake import Lake


def note_uses(lake: Lake, *, at: dt.datetime) -> int:
    """Note every run of the lake that used a revision of the desk; how many were new.

    A run counts for the revision whose id, number and canonical hash it recorded, by whatever door it was started.
    """
    snapshot = lake.snapshot()
    noted = set(StandardUse.objects.values_list("run_id", flat=True))
    keys = StandardRevision.objects.exclude(standard_hash="").values_list(
        "standard_id", "revision", "standard_hash", "pk"
    )
    revisions = {(standard_id, number, digest): pk for standard_id, number, digest, pk in keys}
    fresh = []
    for run_id in sorted(set(snapshot.entry.runs) - noted):
        used = read_summary(snapshot.run_directory(run_id)).standard
        if (pk := revisions.get((used.id, used.revision, used.hash))) is not None:
            fresh.append(StandardUse(revision_id=pk, run_id=run_id, noted_at=at))
    StandardUse.objects.bulk_create(fresh, ignore_conflicts=True)
    return len(fresh)


def is_used(revision: StandardRevision) -> bool:
    """Whether a run that the desk has noted used this revision."""
    return StandardUse.objects.filter(revision=revision).exists()
