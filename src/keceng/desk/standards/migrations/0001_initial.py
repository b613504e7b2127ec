"""Revisions, their events, and the runs that used them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """The first tables of this app."""

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="StandardRevision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("standard_id", models.CharField(max_length=60)),
                ("revision", models.PositiveIntegerField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("in_review", "in review"),
                            ("approved", "approved"),
                            ("in_force", "in force"),
                            ("retired", "retired"),
                        ],
                        max_length=12,
                    ),
                ),
                ("document", models.BinaryField()),
                ("document_hash", models.CharField(max_length=64)),
                ("standard_hash", models.CharField(blank=True, max_length=64)),
                ("impact", models.JSONField(null=True)),
                ("moves_hash", models.CharField(blank=True, max_length=64)),
                ("created_at", models.DateTimeField()),
                ("effective_from", models.DateField(null=True)),
                ("publication_id", models.CharField(blank=True, max_length=64)),
                ("retired_on", models.DateField(null=True)),
                (
                    "approver",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "reviewer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("standard_id", "revision"),
            },
        ),
        migrations.CreateModel(
            name="StandardEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "step",
                    models.CharField(
                        choices=[
                            ("create", "create"),
                            ("import", "import"),
                            ("edit", "edit"),
                            ("submit", "submit"),
                            ("send_back", "send back"),
                            ("approve", "approve"),
                            ("publish", "publish"),
                            ("retire", "retire"),
                        ],
                        max_length=12,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("why", models.TextField(blank=True)),
                ("old", models.JSONField(default=dict)),
                ("new", models.JSONField(default=dict)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "revision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="standards.standardrevision",
                    ),
                ),
            ],
            options={
                "ordering": ("id",),
            },
        ),
        migrations.CreateModel(
            name="StandardUse",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("run_id", models.CharField(max_length=64, unique=True)),
                ("noted_at", models.DateTimeField()),
                (
                    "revision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="uses",
                        to="standards.standardrevision",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="standardrevision",
            constraint=models.UniqueConstraint(
                fields=("standard_id", "revision"), name="one_row_per_revision"
            ),
        ),
        migrations.AddConstraint(
            model_name="standardrevision",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "in_force")), fields=("standard_id",), name="one_in_force"
            ),
        ),
        migrations.AddConstraint(
            model_name="standardrevision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("approver", None),
                    models.Q(("approver", models.F("author")), _negated=True),
                    _connector="OR",
                ),
                name="approver_is_not_author",
            ),
        ),
        migrations.AddConstraint(
            model_name="standardrevision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status__in", ["approved", "in_force"]), _negated=True),
                    models.Q(("approver__isnull", False), ("impact__isnull", False)),
                    _connector="OR",
                ),
                name="approved_with_its_impact",
            ),
        ),
        migrations.AddConstraint(
            model_name="standardrevision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "in_force"), _negated=True),
                    ("effective_from__isnull", False),
                    _connector="OR",
                ),
                name="in_force_from_a_day",
            ),
        ),
    ]
