"""A kind of job more: the history test of a standard."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models

_KINDS = ["classify", "preview", "import", "export", "directory", "review", "trial"]


class Migration(migrations.Migration):
    """The choices of `kind`; no column changes."""

    dependencies: ClassVar = [("jobs", "0001_initial")]
    operations: ClassVar = [
        migrations.AlterField(
            model_name=model,
            name="kind",
            field=models.CharField(choices=[(kind, kind) for kind in _KINDS], max_length=12),
        )
        for model in ("job", "schedule")
    ]
