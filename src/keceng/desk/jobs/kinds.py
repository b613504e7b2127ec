"""What each kind of job does."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from keceng.desk.jobs.classifying import do_classification, do_directory, do_review
from keceng.desk.jobs.exporting import do_export
from keceng.desk.jobs.importing import do_import, do_preview
from keceng.desk.jobs.progress import Task
from keceng.desk.jobs.states import JobKind
from keceng.desk.jobs.undoing import do_undo, do_undo_look
from keceng.desk.ownership.large import do_hand_over
from keceng.desk.standards.trial_jobs import do_trial

WORK: Mapping[JobKind, Callable[[Task], Mapping[str, object]]] = {
    JobKind.CLASSIFY: do_classification,
    JobKind.DIRECTORY: do_directory,
    JobKind.EXPORT: do_export,
    JobKind.IMPORT: do_import,
    JobKind.PREVIEW: do_preview,
    JobKind.REVIEW: do_review,
    JobKind.TRIAL: do_trial,
    JobKind.UNDO_LOOK: do_undo_look,
    JobKind.UNDO: do_undo,
    JobKind.HAND_OVER: do_hand_over,
}
"""Each can be done again after an attempt that died, whatever that one had reached; what it returns is the job's result."""
