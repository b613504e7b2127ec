"""Decisions on their way to the lake."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """The first tables of this app."""

    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="OutboxRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("decision_id", models.CharField(max_length=64, unique=True)),
                ("decision", models.JSONField()),
                ("posted_at", models.DateTimeField()),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("last_problem", models.JSONField(default=dict)),
                ("done_at", models.DateTimeField(db_index=True, null=True)),
            ],
        ),
    ]
