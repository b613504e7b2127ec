"""What approving a revision would do, simulated on the published run: the sheet an approver sees and the approval keeps."""

from __future__ import annotations

from collections.abc import Mapping

from keceng.desk.standards.models import StandardRevision
from keceng.desk.standards.queries import read_standard_of
from keceng.evaluate import simulate_standard
from keceng.lake import Lake
from keceng.vocabulary import Text

_FIRST = Text(
    "还没有发布过的分级结果，没有可比较的等级",
    "no run has been published yet; there are no grades to compare with",
)


def simulate_revision(revision: StandardRevision, lake: Lake) -> Mapping[str, object]:
    """The impact of a revision as a document: who would move from where to where, and the hash of those moves.

    Before the first run there is nobody who could move; the document says so.

    Raises:
        KecengError: the faults of a document that declares no standard.
    """
    snapshot, standard = lake.snapshot(), read_standard_of(revision)
    if snapshot.entry.published_run is not None:
        return simulate_standard(snapshot, standard).to_document()
    return {
        "draft": {"id": standard.id, "revision": standard.revision, "hash": revision.standard_hash},
        "against": None,
        "customers": 0,
        "moves": {},
        "moves_hash": "",
        "notes": [{"zh": _FIRST.zh, "en": _FIRST.en}],
    }
