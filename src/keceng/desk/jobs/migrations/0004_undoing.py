"""An import can be taken back: its look and its job, and two kinds of job more."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models

_KINDS = (
    "classify",
    "preview",
    "import",
    "undo_look",
    "undo",
    "export",
    "directory",
    "review",
    "trial",
    "handover",
)


class Migration(migrations.Migration):
    """Uploads made before have neither."""

    dependencies: ClassVar = [("jobs", "0003_hand_overs")]
    operations: ClassVar = [
        *(
            migrations.AddField(
                "upload",
                name,
                models.ForeignKey(
                    null=True, on_delete=models.PROTECT, related_name=related_name, to="jobs.job"
                ),
            )
            for name, related_name in (("undo_look", "undo_looked"), ("undoing", "undone"))
        ),
        *(
            migrations.AlterField(
                model_name=model,
                name="kind",
                field=models.CharField(choices=[(kind, kind) for kind in _KINDS], max_length=12),
            )
            for model in ("job", "schedule")
        ),
    ]
