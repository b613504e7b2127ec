"""What a record's row says beside the record: free text, and what was received on a receivable."""

from __future__ import annotations

import datetime as dt

from keceng.collect import tables
from keceng.collect.batches import SourceBatch
from keceng.collect.identity import changed_rows
from keceng.collect.record_rules import RecordRule
from keceng.lake import Engine, UnitOfWork, sql


def write_texts(engine: Engine, work: UnitOfWork, rule: RecordRule) -> None:
    """Free text goes to the table that erasure rewrites, named by the record it is about."""
    if not rule.has_text:
        return
    query = """
        select a.record_id, cast(:about as varchar) as about, min(k.customer_key) as customer_key,
            string_agg(a.content, ' ' order by a.row_no) as content
        from accepted_cells a left join customer_keys k on k.source_id = a.source_id
        where a.content is not null group by a.record_id"""
    texts = engine.fetch(sql(query, about=rule.table.name))
    work.merge(tables.TEXTS, changed_rows(engine, tables.TEXTS, texts))


_SETTLEMENTS = """
select a.source_id, '@' || a.record_id as payment_id, a.record_id as invoice_id, k.customer_key,
    cast(:source as varchar) as source,
    coalesce(a.settled_on, least(
        greatest(a.issued_on, least(coalesce(a.due_on, a.issued_on), max(a.issued_on) over ())),
        cast(:import_day as date))) as received_on,
    coalesce(a.received_amount, a.amount - a.balance, a.amount) as amount
from accepted_cells a join customer_keys k on k.source_id = a.source_id
where coalesce(a.received_amount, a.amount - a.balance, case when a.settled_on is not null then a.amount end) > 0
"""


def write_settlements(engine: Engine, work: UnitOfWork, batch: SourceBatch, *, import_day: dt.date) -> None:
    """What a receivable says was received becomes a payment: on the day it says.

    Without a day it counts as received when it was due, on the newest receivable's day at the latest, which the file has
    seen: neither early nor late, and open at no date after that of the file.
    """
    paid = engine.fetch(sql(_SETTLEMENTS, source=batch.source, import_day=import_day)).drop_columns(
        "source_id"
    )
    work.merge(tables.PAYMENTS, changed_rows(engine, tables.PAYMENTS, paid))
