"""Runs, reviews, appeals, requests and their events."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """The first tables of this app."""

    initial = True

    dependencies = [
        ("standards", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Appeal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("customer_key", models.BigIntegerField(db_index=True)),
                ("run_id", models.CharField(max_length=64)),
                ("standard_id", models.CharField(max_length=60)),
                ("grade", models.CharField(blank=True, max_length=60)),
                ("why", models.TextField()),
                ("opened_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "open"), ("upheld", "upheld"), ("rejected", "rejected")],
                        max_length=8,
                    ),
                ),
                ("decision_id", models.CharField(max_length=64, unique=True)),
                ("answered_at", models.DateTimeField(null=True)),
                ("answer", models.TextField(blank=True)),
                (
                    "answered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "opened_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("id",),
            },
        ),
        migrations.CreateModel(
            name="ClassRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("override", "override"), ("nomination", "nomination")], max_length=12
                    ),
                ),
                ("customer_key", models.BigIntegerField(db_index=True)),
                ("standard_id", models.CharField(max_length=60)),
                ("class_id", models.CharField(max_length=60)),
                ("why", models.TextField()),
                ("effective_on", models.DateField()),
                ("expires_on", models.DateField()),
                ("asked_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "asked"),
                            ("approved", "approved"),
                            ("refused", "refused"),
                            ("ended", "ended"),
                        ],
                        max_length=8,
                    ),
                ),
                ("answered_at", models.DateTimeField(null=True)),
                ("answer", models.TextField(blank=True)),
                ("decision_id", models.CharField(blank=True, max_length=64)),
                (
                    "answered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("id",),
            },
        ),
        migrations.CreateModel(
            name="Review",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("run_id", models.CharField(max_length=64, unique=True)),
                ("standard_id", models.CharField(max_length=60)),
                ("as_of", models.DateField()),
                ("due_on", models.DateField()),
                ("next_review_on", models.DateField(null=True)),
                ("state", models.CharField(choices=[("open", "open"), ("closed", "closed")], max_length=6)),
                ("opened_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "closed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "opened_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ReviewItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("move", "move"), ("appeal", "appeal"), ("expiry", "class by hand expires")],
                        max_length=8,
                    ),
                ),
                ("customer_key", models.BigIntegerField()),
                ("from_class", models.CharField(blank=True, max_length=60)),
                ("to_class", models.CharField(blank=True, max_length=60)),
                ("reason_zh", models.TextField(blank=True)),
                ("reason_en", models.TextField(blank=True)),
                ("about", models.CharField(blank=True, max_length=64)),
                (
                    "verdict",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("agree", "agreed"),
                            ("postpone", "postponed"),
                            ("adjust", "adjusted"),
                            ("lapsed", "undecided, the system's class stands"),
                        ],
                        max_length=8,
                    ),
                ),
                ("class_id", models.CharField(blank=True, max_length=60)),
                ("ends_on", models.DateField(null=True)),
                ("expires_on", models.DateField(null=True)),
                ("why", models.TextField(blank=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("decision_id", models.CharField(blank=True, max_length=64)),
                (
                    "appeal",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="runs.appeal",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "review",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="items", to="runs.review"
                    ),
                ),
            ],
            options={
                "ordering": ("id",),
            },
        ),
        migrations.CreateModel(
            name="RunEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("subject", models.CharField(max_length=20)),
                ("subject_id", models.BigIntegerField()),
                ("step", models.CharField(max_length=20)),
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
            ],
            options={
                "ordering": ("id",),
            },
        ),
        migrations.CreateModel(
            name="RunRecord",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("as_of", models.DateField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "queued"),
                            ("running", "running"),
                            ("done", "done"),
                            ("failed", "failed"),
                        ],
                        max_length=8,
                    ),
                ),
                ("requested_at", models.DateTimeField()),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("started_on_snapshot", models.BigIntegerField(null=True)),
                ("run_id", models.CharField(blank=True, max_length=64)),
                ("moves_hash", models.CharField(blank=True, max_length=64)),
                ("problems", models.JSONField(default=list)),
                ("standing_run", models.CharField(blank=True, max_length=64)),
                (
                    "requested_by",
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
                        related_name="run_records",
                        to="standards.standardrevision",
                    ),
                ),
            ],
            options={
                "ordering": ("id",),
            },
        ),
        migrations.AddConstraint(
            model_name="appeal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "open")),
                fields=("customer_key", "standard_id"),
                name="one_open_appeal",
            ),
        ),
        migrations.AddConstraint(
            model_name="classrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "approved"), _negated=True),
                    models.Q(("answered_by", models.F("asked_by")), _negated=True),
                    _connector="OR",
                ),
                name="request_not_approved_by_asker",
            ),
        ),
        migrations.AddConstraint(
            model_name="classrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("expires_on__gte", models.F("effective_on"))),
                name="request_ends_after_it_begins",
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewitem",
            constraint=models.UniqueConstraint(
                fields=("review", "kind", "customer_key", "about"), name="one_item_per_heading"
            ),
        ),
        migrations.AddIndex(
            model_name="runevent",
            index=models.Index(fields=["subject", "subject_id"], name="run_event_subject"),
        ),
        migrations.AddConstraint(
            model_name="runrecord",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "done"), _negated=True),
                    models.Q(("run_id", ""), _negated=True),
                    _connector="OR",
                ),
                name="done_with_its_run",
            ),
        ),
    ]
