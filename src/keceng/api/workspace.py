"""The workspace that is served, as the desk opened it, and files that the desk writes."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.http import HttpResponse
from django.utils.http import content_disposition_header

from keceng.desk.opening import Workspace, served_workspace

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def served() -> Workspace:
    """The workspace; its `lake` is what the desk's queries read."""
    return served_workspace(settings.WORKSPACE)


def as_file(content: bytes, name: str, media_type: str) -> HttpResponse:
    """A file to be kept under `name`."""
    disposition = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return HttpResponse(content, content_type=media_type, headers={"Content-Disposition": disposition})


def written(name: str, write: Callable[[Path], object]) -> bytes:
    """What `write` writes to a file called `name`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        write(path)
        return path.read_bytes()
