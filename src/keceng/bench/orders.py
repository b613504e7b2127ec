"""Orders to measure on: three years, one customer in ten orders, some returns; the same arguments give the same rows.

They stand twice, as an importer sees them (text ids) and as the ledger keeps them (whole numbers), in the order of their days.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import duckdb
import pyarrow as pa

from keceng.bench.book import SPAN_DAYS, Orders
from keceng.collect import CUSTOMERS, PERSONS, PURCHASE_DAY, id_code
from keceng.lake import Lake, column

ORDERS_A_CUSTOMER = 10
_RETURNS_IN = 33

_ORDERS = """
copy (
  select 1 + cast(floor(pow((hash(i * 7 + 1) % $spread) / cast($spread as double), 2) * $customers) as bigint) as customer,
    date '2026-06-30' - cast(hash(i * 7 + 2) % $span as int) as day,
    cast(500 + pow(10, 2 + (hash(i * 7 + 3) % 30011) / 10004.0) as bigint)
      * case when hash(i * 7 + 4) % $returns = 0 then -1 else 1 end as amount
  from range($orders) as made(i)
  order by day
) to '{path}' (compression zstd)
"""
_WITH_TEXT_IDS = """
copy (select format('CUST-{{:09d}}', customer) as customer, day, amount from read_parquet('{source}') order by day)
to '{path}' (compression zstd)
"""
_DAYS = """
select customer as customer_key, day, count(*) filter (where amount > 0) as orders, count(*) as lines,
  cast(sum(amount) as bigint) as net, cast(coalesce(sum(amount) filter (where amount > 0), 0) as bigint) as gross,
  cast(coalesce(-sum(amount) filter (where amount < 0), 0) as bigint) as returned
from read_parquet('{source}') where customer > {low} and customer <= {high}
group by customer, day order by customer, day
"""
_CUSTOMERS = """
select customer as customer_key, min(day) as first_seen_on from read_parquet('{source}')
where customer > {low} and customer <= {high} group by customer order by customer
"""
_PERSONS = """
select customer_key, source_id, 'main' as source, {id_code} as id_code
from (
  select distinct customer as customer_key, format('CUST-{{:09d}}', customer) as source_id
  from read_parquet('{source}') where customer > {low} and customer <= {high}
) order by customer_key
"""
_MEMORY = "4GB"
_PIECE = 262_144
_SPREAD = 2_147_483_647
"""A prime: among so many places customers are drawn, far more than there are of them, or some would never be."""
_AT_ONCE = 20_000_000
"""So many orders are grouped and sorted at a time."""


def make_orders(directory: Path, orders: int) -> Orders:
    """Make both files of `orders` orders in `directory`, or use those that a former call has finished there."""
    made = Orders(directory, orders)
    if (directory / "done").exists():
        return made
    directory.mkdir(parents=True, exist_ok=True)
    connection = _connected(directory)
    numbers = {
        "orders": orders,
        "customers": _customers_of(orders),
        "span": SPAN_DAYS,
        "returns": _RETURNS_IN,
        "spread": _SPREAD,
    }
    connection.execute(_ORDERS.format(path=made.coded), numbers)
    connection.execute(_WITH_TEXT_IDS.format(source=made.coded, path=made.as_imported))
    connection.close()
    (directory / "done").touch()
    return made


def fill_lake(made: Orders) -> None:
    """Write the ledger that runs read: customers, their ids, and what each bought on each day, in the order of keys."""
    lake = Lake.create(made.lake)
    connection = _connected(made.directory)
    code = id_code(column("source_id")).sql(dialect="duckdb")
    with lake.unit_of_work("import", "bench") as work:
        for table, query in ((PURCHASE_DAY, _DAYS), (CUSTOMERS, _CUSTOMERS), (PERSONS, _PERSONS)):
            with work.writing(table) as rows:
                for low, high in pairwise(_edges(made.orders)):
                    made_of = query.format(source=made.coded, low=low, high=high, id_code=code)
                    for batch in connection.sql(made_of).to_arrow_reader(_PIECE):
                        rows.write(table.conform(pa.Table.from_batches([batch])))
    connection.close()


def _edges(orders: int) -> list[int]:
    # Customers lie as the square of an even spread: edges by squares share orders evenly.
    parts, customers = -(-orders // _AT_ONCE), _customers_of(orders)
    return [customers * part**2 // parts**2 for part in range(parts)] + [customers + 1]


def _customers_of(orders: int) -> int:
    return max(orders // ORDERS_A_CUSTOMER, 1)


def _connected(directory: Path) -> duckdb.DuckDBPyConnection:
    # A hundred million orders are sorted on the disk.
    connection = duckdb.connect()
    connection.execute(f"set memory_limit = '{_MEMORY}'")
    connection.execute(f"set temp_directory = '{directory / 'spilled'}'")
    return connection
