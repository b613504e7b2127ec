"""The retail classification in Spark SQL, within this machine; see `keceng.bench.peers`."""

from __future__ import annotations

import math
import shutil
import warnings
from pathlib import Path
from typing import Any

from keceng.bench.book import AS_OF, Orders
from keceng.bench.peers import (
    CUTS,
    LEAST_GAP,
    LOST_AFTER_MORE,
    LOST_AFTER_ONE,
    LOST_SILENCE,
    MOST_GAP,
    NEW_DAYS,
    REASONS,
    STATES,
    WINDOW_DAYS,
)

Session = Any
"""A `pyspark.sql.SparkSession`; PySpark is an extra, and is not typed."""
CORES, MEMORY = 2, "4g"
_SETTINGS = {
    "spark.driver.memory": MEMORY,
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.sql.shuffle.partitions": str(2 * CORES),
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.sql.objectHashAggregate.sortBased.fallbackThreshold": "1000000",  # of whom it may hold lists at once
}

# The orders are dealt out by customer once, so that neither group-by has to do it again.
_DAYS = """
select customer, datediff(:as_of, day) as age, sum(amount) as amount, sum(greatest(amount, 0)) as gross
from (select /*+ repartition(customer) */ * from orders) group by customer, day
"""
# A day of returns alone is no purchase.
_BOUGHT = """
select customer, sum(if(age < :window, amount, 0)) as spend, sum(if(age < :window, gross, 0)) as gross,
  max(if(age < :window, gross, 0)) as largest, sort_array(collect_list(if(gross > 0, age, null))) as ages
from days group by customer
"""
_MEASURED = """
select customer, spend, gross, largest, get(ages, 0) as silence, get(ages, size(ages) - 1) as tenure,
  size(ages) as lifetime_days, size(filter(ages, age -> age < :window)) as days, size(gaps) as gaps,
  get(ages, 1) - get(ages, 0) as latest, get(gaps, cast((size(gaps) - 1) div 2 as int)) as gap
from (
  select *, sort_array(zip_with(slice(ages, 2, size(ages) - 1), slice(ages, 1, size(ages) - 1), (b, a) -> b - a)) as gaps
  from bought where size(ages) > 0
)
"""
_TIES = """
select spend, sum(tied * spend) over (order by spend desc) - tied * spend as before,
  sum(tied) over (order by spend desc) as upto, sum(tied * spend) over () as total
from (select spend, count(*) as tied from measured where spend > 0 group by spend)
"""
_STATED = """
select *, case
    when tenure < :new_days and 20 * silence <= 3 * expected then :new
    when silence > :lost_silence or (20 * silence > 6 * expected and silence > patience) then :lost
    when 20 * latest > 3 * expected and 20 * silence <= expected then :returned
    when 20 * silence <= 2 * expected then :active
    when 20 * silence <= 3 * expected then :at_risk
    else :dormant end as state,
  case when spend >= :high then 'high' when spend >= :mid then 'mid' else 'low' end as value
from (
  select *, if(lifetime_days = 1, :after_one, :after_more) as patience,
    least(greatest(case when gaps >= 3 then 20 * gap when gaps = 2 then 4 * (2 * gap + 3 * :norm)
      when gaps = 1 then 5 * (gap + 3 * :norm) else 20 * :upper end, :least), :most) as expected
  from measured
)
"""
_GRADED = """
select *, case
    when value = 'high' and state <> 'lost' and (days >= 3 or (days = 2 and 10 * largest <= 6 * gross)) then 'A'
    when value in ('high', 'mid') and state <> 'lost' then 'B' else 'C' end as grade
from stated
"""


def has_java() -> bool:
    """Whether the machine has what Spark runs on."""
    return shutil.which("java") is not None


def open_session() -> Session:
    """Spark within this machine, on two cores; its Java process ends with this one, or with `close_session`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pyspark.sql import SparkSession  # noqa: PLC0415  an extra, and a second to load
    builder = SparkSession.builder.appName("keceng-bench").master(f"local[{CORES}]")
    return builder.config(map=_SETTINGS).getOrCreate()


def java_process(session: Session) -> int:
    """The id of the Java process that does the session's work."""
    return int(session.sparkContext._gateway.proc.pid)  # noqa: SLF001  it is told nowhere else


def write_classes(session: Session, made: Orders, out: Path) -> None:
    """Classify the customers of `made` and write them to the folder `out`, in files by customer."""
    session.read.parquet(f"file://{made.coded}").createOrReplaceTempView("orders")
    session.sql(_DAYS, {"as_of": AS_OF}).createOrReplaceTempView("days")
    session.sql(_BOUGHT, {"window": WINDOW_DAYS}).createOrReplaceTempView("bought")
    measured = session.sql(_MEASURED, {"window": WINDOW_DAYS}).persist()
    try:
        measured.createOrReplaceTempView("measured")
        session.sql(_STATED, _numbers(session)).createOrReplaceTempView("stated")
        session.sql(_GRADED).createOrReplaceTempView("graded")
        branches = " ".join(
            f"when grade = '{grade}' and value = '{value}' and state = '{state}' then '{grade}|{value}|{state}'"
            for grade, value, state in REASONS
        )
        told = session.sql(f"select *, case {branches} else '' end as reason_code from graded")  # noqa: S608  ids of ours
        told.orderBy("customer").write.parquet(f"file://{out}")
    finally:
        measured.unpersist()


def _numbers(session: Session) -> dict[str, int | str | None]:
    # What follows from everybody: both norms of the gaps, and the lowest sales of each class by exact share.
    held = session.sql(
        "select gap, count(*) as heads from measured where gap is not null group by gap"
    ).collect()
    personal = sorted((row["gap"], row["heads"]) for row in held)
    session.sql(_TIES).createOrReplaceTempView("ties")
    heads = session.sql("select count(*) as heads from measured").first()["heads"]
    reached = ", ".join(
        f"min(if(10000 * before < {to} * total and upto <= {int(cap * heads)}, spend, null)) as {name}"
        for to, cap, name in CUTS
    )
    cuts = session.sql(f"select {reached} from ties").first()  # noqa: S608  numbers of ours
    return {
        **{state: state for state in STATES},
        "new_days": NEW_DAYS,
        "lost_silence": LOST_SILENCE,
        "after_one": LOST_AFTER_ONE,
        "after_more": LOST_AFTER_MORE,
        "least": LEAST_GAP,
        "most": MOST_GAP,
        "norm": _at(personal, 0.5),
        "upper": _at(personal, 0.75),
        **{name: cuts[name] for _, _, name in CUTS},
    }


def _at(counted: list[tuple[int, int]], share: float) -> int:
    wanted, passed = math.ceil(share * sum(heads for _, heads in counted)), 0
    for number, heads in counted:
        passed += heads
        if passed >= wanted:
            return number
    raise ValueError("nobody has bought twice")
