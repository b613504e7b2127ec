"""What approving a revision would do, simulated on the published run: the sheet an approver sees and the approval keeps."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from threading import Lock

from keceng.desk.standards.models import StandardRevision
from keceng.desk.standards.queries import read_standard_of
from keceng.evaluate import simulate_standard
from keceng.lake import Lake
from keceng.loop import Workspace
from keceng.vocabulary import KecengError, Text

_MOST_KEPT = 8
_SHEETS: OrderedDict[tuple[str, int, int, str], Mapping[str, object]] = OrderedDict()
_LOCK = Lock()

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


def simulate_here(revision: StandardRevision, workspace: Workspace) -> Mapping[str, object]:
    """`simulate_revision`, kept while neither the document nor the books change: whoever approves gets what they saw.

    Raises:
        KecengError: the faults of a document that declares no standard.
    """
    snapshot_id = workspace.lake.snapshot().entry.snapshot_id
    key = (str(workspace.directory), snapshot_id, revision.pk, revision.document_hash)
    with _LOCK:
        if key in _SHEETS:
            _SHEETS.move_to_end(key)
            return _SHEETS[key]
    sheet = simulate_revision(revision, workspace.lake)
    with _LOCK:
        _SHEETS[key] = sheet
        while len(_SHEETS) > _MOST_KEPT:
            _SHEETS.popitem(last=False)
    return sheet


def check_seen(sheet: Mapping[str, object], seen: str) -> None:
    """Let an approval pass whose author looked at this very sheet.

    Args:
        sheet: the simulation as it is now.
        seen: the `moves_hash` on the page that was looked at.

    Raises:
        KecengError: something moved since.
    """
    if sheet.get("moves_hash", "") != seen:
        raise KecengError.of(
            "impact_outdated",
            "您看过之后，影响单变了",
            "the impact sheet has changed since you looked at it",
            remedy=Text("再看一遍，然后决定", "look at it again, then decide"),
        )
