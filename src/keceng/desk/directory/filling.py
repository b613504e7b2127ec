"""The directory follows the published run: written beside what stands, then switched; a crash leaves the old one."""

from __future__ import annotations

import datetime as dt
from itertools import repeat
from pathlib import Path

import pyarrow as pa
from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from filelock import FileLock

from keceng.classify import MOVES, SENTENCES, columns_read, lookup_files, read_run_standard, read_summary
from keceng.collect import COMPLAINTS, CONTACTS, DECISIONS, INTERACTIONS, ORDER_LINES, PURCHASE_DAY
from keceng.desk.directory.models import CurrentEdition, Edition, Entry, EntryChange
from keceng.desk.directory.profile import FACTS
from keceng.desk.directory.rosters import forget_rosters, gather_roster, prepare_roster
from keceng.desk.directory.rows import FIELDS, read_rows
from keceng.desk.ownership.waiting import lay_on
from keceng.lake import Lake, Snapshot

KEPT_EDITIONS = 2
_PAGE_TABLES = (CONTACTS, PURCHASE_DAY, ORDER_LINES, INTERACTIONS, COMPLAINTS, MOVES, DECISIONS)
_ROWS_A_TRANSACTION = 20_000
_ROWS_FORGOTTEN_AT_ONCE = 20_000
_CARRIED = ("owner", "last_contact_on")
"""What people change in an edition while the next one is written."""


def follow_published_run(lake: Lake, *, at: dt.datetime) -> Edition | None:
    """Make the directory the published run's; harmless where it is already. None while nothing is published.

    Rows go in batch by batch, each a transaction of its own, so that nobody at the desk waits for a million of them.
    """
    if lake.snapshot().entry.published_run is None:
        return None
    with FileLock(str(Path(settings.WORKSPACE) / ".directory.lock")):
        snapshot = lake.snapshot()
        run_id = snapshot.entry.published_run
        current = CurrentEdition.objects.select_related("edition").first()
        if current is not None and current.edition.run_id == run_id:
            return current.edition
        assert run_id is not None  # noqa: S101  what is published is never taken back
        _forget(Edition.objects.filter(run_id=run_id))
        edition = _begin(snapshot, run_id, at)
        changes = EntryChange.objects.filter(edition=current.edition).count() if current else 0
        with gather_roster() as parts:
            for rows in read_rows(snapshot, run_id):
                parts.add(rows)
                _insert(edition, rows)
            prepare_roster(edition, parts)
        _prepare_pages(snapshot, edition)
        with transaction.atomic():
            if current is not None:
                _carry_over(current.edition, edition, changes)
            CurrentEdition.objects.update_or_create(pk=1, defaults={"edition": edition})
            lay_on(edition, since=at)
        _forget_old()
    return edition


def _begin(snapshot: Snapshot, run_id: str, at: dt.datetime) -> Edition:
    summary = read_summary(snapshot.run_directory(run_id))
    heads = summary.population
    return Edition.objects.create(
        run_id=run_id,
        earlier_run_id=summary.earlier_run or "",
        standard_id=summary.standard.id,
        revision=summary.standard.revision,
        as_of=summary.as_of,
        written_at=at,
        customers=heads.customers,
        classified=heads.classified,
        provisional=heads.provisional,
        insufficient=heads.insufficient,
        excluded=dict(heads.excluded),
        currency=summary.currency,
    )


def _prepare_pages(snapshot: Snapshot, edition: Edition) -> None:
    # The page of a customer reads its own rows alone; the reasons of the run before stand in its history.
    directory = snapshot.run_directory(edition.run_id)
    files = lookup_files(directory, {*columns_read(read_run_standard(directory)), *FACTS, *SENTENCES})
    if edition.earlier_run_id in snapshot.entry.runs:
        files += lookup_files(snapshot.run_directory(edition.earlier_run_id), SENTENCES)
    snapshot.prepare_lookups(_PAGE_TABLES, "customer_key", *files)


def _insert(edition: Edition, rows: pa.Table) -> None:
    for low in range(0, rows.num_rows, _ROWS_A_TRANSACTION):
        part = rows.slice(low, _ROWS_A_TRANSACTION)
        cells = [_as_written(part[name]).to_pylist() for name in FIELDS]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(
                _insertion(), list(zip(repeat(edition.pk, part.num_rows), *cells, strict=True))
            )


def _as_written(cells: pa.ChunkedArray) -> pa.ChunkedArray:
    # SQLite keeps days as texts; its driver would make each of them one by one.
    is_day = pa.types.is_date32(cells.type)
    return cells.cast(pa.string()) if is_day and connection.vendor == "sqlite" else cells


def _insertion() -> str:
    table = connection.ops.quote_name(Entry._meta.db_table)  # noqa: SLF001  Django's documented way
    columns = ", ".join(connection.ops.quote_name(name) for name in ("edition_id", *FIELDS))
    places = ", ".join(["%s"] * (1 + len(FIELDS)))
    return f"insert into {table} ({columns}) values ({places})"  # noqa: S608  declared names alone


def _carry_over(old: Edition, new: Edition, changes: int) -> None:
    """What people did to `old` after its first `changes` changes was done while `new` was being read: it stands in both."""
    later = (
        EntryChange.objects.filter(edition=old)
        .order_by("pk")
        .values_list("customer_key", flat=True)[changes:]
    )
    for key in sorted(set(later)):
        told = Entry.objects.filter(edition=old, customer_key=key).values(*_CARRIED).first()
        if told is not None:
            Entry.objects.filter(edition=new, customer_key=key).update(**told)


def _forget_old() -> None:
    kept = list(Edition.objects.order_by("-pk").values_list("pk", "stamp")[:KEPT_EDITIONS])
    _forget(Edition.objects.exclude(pk__in=[number for number, _ in kept]))
    forget_rosters([stamp for _, stamp in kept])


def _forget(editions: QuerySet[Edition]) -> None:
    for edition in editions.exclude(currentedition__isnull=False):
        for table in (Entry, EntryChange):
            rows = table.objects.filter(edition=edition).order_by("pk")
            while numbers := list(rows.values_list("pk", flat=True)[:_ROWS_FORGOTTEN_AT_ONCE]):
                table.objects.filter(edition=edition, pk__range=(numbers[0], numbers[-1])).delete()
        edition.delete()
