"""The way in: Django set up for one workspace, its database brought up to date, and what a crash left repaired."""

from __future__ import annotations

import datetime as dt
import os
from functools import cache
from pathlib import Path

import django
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from filelock import FileLock

from keceng.loop import Workspace, open_workspace
from keceng.vocabulary import KecengError

__all__ = ["Workspace", "open_desk", "repair_desk", "served_workspace"]

_MIGRATING = ".migrating.lock"


def open_desk(directory: Path, *, migrates: bool = True) -> Workspace:
    """The workspace in `directory`, with its desk ready: models can be imported and the tables are up to date.

    A process has one desk. Without `migrates` the tables are as another process left them.

    Raises:
        KecengError: the directory is no workspace, or this process has the desk of another.
    """
    workspace = open_workspace(directory)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keceng.desk.settings")
    os.environ.setdefault("KECENG_WORKSPACE", str(directory.resolve()))
    if not apps.ready:
        django.setup()
    if settings.WORKSPACE.resolve() != directory.resolve():
        raise KecengError.of(
            "another_desk",
            "本进程已打开另一个工作区",
            "this process has opened another workspace",
        )
    if migrates:
        # A server and its workers may start at the same time.
        with FileLock(str(directory / _MIGRATING)):
            call_command("migrate", verbosity=0, interactive=False)
    return workspace


@cache
def served_workspace(directory: Path) -> Workspace:
    """The workspace in `directory`, opened once per process.

    Raises:
        KecengError: the directory is no workspace.
    """
    return open_workspace(directory)


def repair_desk(workspace: Workspace, *, at: dt.datetime) -> int:
    """Make the desk and the lake agree: what waits is sent, publications the desk has forgotten come back, rows are sealed.

    Harmless at any time: what both have stays as it is.

    Returns:
        How many contacts, decisions and hand-overs arrived on either side.

    Raises:
        KecengError: what the lake refuses, or what cannot be taken back; everything before it is done.
    """
    from keceng.desk.audit.actions import seal_rows  # noqa: PLC0415  models load after `open_desk`
    from keceng.desk.outbox.actions import deliver_waiting  # noqa: PLC0415
    from keceng.desk.ownership.actions import deliver_hand_overs  # noqa: PLC0415
    from keceng.desk.standards.repair import adopt_publications  # noqa: PLC0415
    from keceng.desk.standards.uses import note_uses  # noqa: PLC0415
    from keceng.desk.visits.actions import deliver_visits  # noqa: PLC0415

    seal_rows(workspace.directory, at=at)
    delivered = deliver_visits(workspace.lake, at=at) + deliver_waiting(workspace.lake, at=at)
    delivered += deliver_hand_overs(workspace.lake, at=at)
    adopted = adopt_publications(workspace.lake, at=at)
    note_uses(workspace.lake, at=at)
    return delivered + adopted
