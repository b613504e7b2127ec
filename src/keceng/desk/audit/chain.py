"""How a link of the chain is computed."""

from __future__ import annotations

import datetime as dt
import json
from hashlib import sha256

from keceng.desk.audit.models import AuditRow

FIRST = ""
"""The digest before the first link."""


def digest_of(position: int, before: str, row: AuditRow) -> str:
    """The digest of `row` as the link at `position` after the digest `before`, in hexadecimal."""
    told = [
        position,
        before,
        row.pk,
        row.at.astimezone(dt.UTC).isoformat(),
        row.by,
        row.action,
        row.about,
        row.about_id,
        row.why,
        row.old,
        row.new,
    ]
    return sha256(
        json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    ).hexdigest()
