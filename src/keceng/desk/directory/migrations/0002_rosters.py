"""What rosters need: a stamp per edition, and the changes of its entries, written by a trigger of the database."""

from __future__ import annotations

import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

import keceng.desk.directory.models

_TRIGGERS = {
    "sqlite": [
        """
        create trigger directory_entry_changed after update on directory_entry begin
          insert into directory_entrychange (edition_id, customer_key) values (new.edition_id, new.customer_key);
        end
        """
    ],
    "postgresql": [
        """
        create or replace function directory_note_changes() returns trigger language plpgsql as $$
        begin
          insert into directory_entrychange (edition_id, customer_key)
            select edition_id, customer_key from changed;
          return null;
        end $$
        """,
        """
        create trigger directory_entry_changed after update on directory_entry
          referencing new table as changed for each statement execute function directory_note_changes()
        """,
    ],
}


def stamp_editions(apps: Apps, _schema: BaseDatabaseSchemaEditor) -> None:
    """Editions that stand already get a stamp of their own each."""
    for edition in apps.get_model("directory", "Edition").objects.all():
        edition.stamp = keceng.desk.directory.models.new_stamp()
        edition.save()


def make_triggers(_apps: Apps, schema: BaseDatabaseSchemaEditor) -> None:
    """In the words of the database at hand."""
    for statement in _TRIGGERS[schema.connection.vendor]:
        schema.execute(statement)


def drop_triggers(_apps: Apps, schema: BaseDatabaseSchemaEditor) -> None:
    """The way back."""
    where = " on directory_entry" if schema.connection.vendor == "postgresql" else ""
    schema.execute(f"drop trigger directory_entry_changed{where}")


class Migration(migrations.Migration):
    """Stamps, changes, and two indexes fewer: what they served is read from rosters."""

    dependencies = [("directory", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="EntryChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("customer_key", models.BigIntegerField()),
                (
                    "edition",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="directory.edition"),
                ),
            ],
        ),
        migrations.RemoveIndex(model_name="entry", name="entry_by_grade"),
        migrations.RemoveIndex(model_name="entry", name="entry_by_state"),
        migrations.AddField(
            model_name="edition",
            name="stamp",
            field=models.CharField(default=keceng.desk.directory.models.new_stamp, max_length=32),
        ),
        migrations.RunPython(stamp_editions, migrations.RunPython.noop),
        migrations.RunPython(make_triggers, drop_triggers),
    ]
