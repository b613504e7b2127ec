"""Where one customer's figures come from: files, rows, dates and sums, down to the last purchase's own row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from keceng.collect import BATCHES, INVOICES, ORDER_LINES, PAYMENTS
from keceng.desk.directory.scope import find_entry
from keceng.desk.directory.tiers import read_standard_of
from keceng.desk.people.models import User
from keceng.lake import Engine, Snapshot, open_engine, sql


@dataclass(frozen=True, slots=True)
class LineSource:
    """The order lines of a customer in one file, returns included and cancelled ones left out, in the window of the run; all files together are its sales.

    Attributes:
        file: its name; empty where it is not known any more.
        lines: how many.
        first_row, last_row: the lowest and the highest row of the file among them.
        first_on, last_on: the days of the first and the last.
        net: their sum in cents, returns deducted.
    """

    file: str
    lines: int
    first_row: int | None
    last_row: int | None
    first_on: dt.date
    last_on: dt.date
    net: int


@dataclass(frozen=True, slots=True)
class Sources:
    """What a customer's figures rest on.

    Attributes:
        lines: by file, the latest first.
        last: file and row of the latest line; None where the window has none.
        receivables, payments: rows of these two kinds, of all time.
    """

    lines: Sequence[LineSource]
    last: tuple[str, int | None] | None
    receivables: int
    payments: int

    @property
    def net(self) -> int:
        """The sum of all files in cents."""
        return sum(line.net for line in self.lines)


def read_sources(snapshot: Snapshot, user: User, customer_key: int) -> Sources | None:
    """Where the figures of a customer come from; None when there is none or `user` may not see it."""
    entry = find_entry(user, customer_key)
    if entry is None:
        return None
    # What was imported after the run is in none of its figures.
    engine = open_engine(snapshot.of_run(entry.edition.run_id), (ORDER_LINES, BATCHES, INVOICES, PAYMENTS))
    try:
        days = read_standard_of(entry.edition).window_days
        return _read(engine, customer_key, entry.edition.as_of, days)
    finally:
        engine.close()


def _read(engine: Engine, customer_key: int, as_of: dt.date, days: int) -> Sources:
    own = sql(
        """
        select coalesce(b.file, '') as file, l.row_no, l.line_on, l.amount,
          l.is_valid and (l.void_on is null or l.void_on > :as_of) as is_bought from order_lines as l
        left join batches as b on b.batch_id = l.batch_id
        where l.customer_key = :key and not l.is_cancelled and l.line_on > :before and l.line_on <= :as_of
        """,
        key=customer_key,
        as_of=as_of,
        before=as_of - dt.timedelta(days=days),
    )
    files = engine.fetch(
        sql(
            """
            select file, count(*) as lines, min(row_no) as first_row, max(row_no) as last_row, min(line_on) as first_on,
              max(line_on) as last_on, cast(sum(amount) as bigint) as net
            from (:own) as own group by file order by last_on desc, file
            """,
            own=own,
        )
    ).to_pylist()
    last = engine.fetch(
        sql(
            "select file, row_no from (:own) as own where is_bought order by line_on desc, row_no desc limit 1",
            own=own,
        )
    ).to_pylist()
    counted = engine.fetch(
        sql(
            """
            select (select count(*) from invoices where customer_key = :key) as receivables,
              (select count(*) from payments where customer_key = :key) as payments
            """,
            key=customer_key,
        )
    ).to_pylist()[0]
    return Sources(
        lines=[LineSource(**row) for row in files],
        last=(last[0]["file"], last[0]["row_no"]) if last else None,
        receivables=counted["receivables"],
        payments=counted["payments"],
    )
