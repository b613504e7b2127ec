"""A kind of job more: hand-overs of very many customers."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models

_KINDS = ["classify", "preview", "import", "export", "directory", "review", "trial", "handover"]


class Migration(migrations.Migration):
    """The column names the kinds; nothing in the rows changes."""

    dependencies: ClassVar = [("jobs", "0002_trials")]
    operations: ClassVar = [
        migrations.AlterField(
            model_name=model,
            name="kind",
            field=models.CharField(choices=[(kind, kind) for kind in _KINDS], max_length=12),
        )
        for model in ("job", "schedule")
    ]
