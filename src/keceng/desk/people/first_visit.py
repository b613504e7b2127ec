"""The one-time code by which the first visitor becomes the administrator."""

from __future__ import annotations

import hmac
from hashlib import sha256
from pathlib import Path

from keceng.loop import SETUP_CODE_FILE


def code_is_right(workspace: Path, code: str) -> bool:
    """Whether `code` is the one whose digest lies in the workspace; never true where none lies there."""
    file = workspace / SETUP_CODE_FILE
    if not code or not file.exists():
        return False
    return hmac.compare_digest(sha256(code.strip().encode()).hexdigest(), file.read_text("utf-8").strip())


def forget_code(workspace: Path) -> None:
    """A code serves once."""
    (workspace / SETUP_CODE_FILE).unlink(missing_ok=True)
