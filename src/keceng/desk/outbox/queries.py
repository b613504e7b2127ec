"""What is still on its way to the lake."""

from __future__ import annotations

from keceng.desk.outbox.models import OutboxRow


def count_waiting() -> int:
    """Decisions that the lake does not have yet, as far as the desk knows."""
    return OutboxRow.objects.filter(done_at=None).count()
