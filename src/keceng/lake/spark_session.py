"""The Spark session of this process: started with the first engine, stopped with the last."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from threading import Lock
from typing import Any

from keceng.vocabulary import KecengError, Text

_LOCAL: Mapping[str, str] = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.ui.enabled": "false",  # it would listen on every address
    "spark.sql.shuffle.partitions": "4",
}
"""Of a master within this process; of a cluster, `spark-defaults.conf` says it."""
_STARTED: Mapping[str, str] = {
    "spark.log.level": "ERROR",
    "spark.ui.showConsoleProgress": "false",
}
_MEANING: Mapping[str, str] = {
    "spark.sql.ansi.enabled": "true",  # overflow and division by zero are errors, never null
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.variable.substitute": "false",  # `${x}` in a name of a customer stays what it is
    "spark.sql.parser.escapedStringLiterals": "false",
    "spark.sql.caseSensitive": "false",
    "spark.sql.crossJoin.enabled": "true",
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
    "spark.sql.legacy.timeParserPolicy": "CORRECTED",
    "spark.sql.constraintPropagation.enabled": "false",  # takes minutes to plan ladders of many conditions
    "spark.sql.parquet.compression.codec": "lz4_raw",  # of steps, read once or twice and deleted
}
"""What equal results need, and what suits steps like ours; it goes before whatever a cluster has as its default."""

Session = Any
"""A `pyspark.sql.SparkSession`; PySpark is an extra, and is not typed."""

_guard = Lock()
_open = 0


def open_session(master: str) -> Session:
    """A session of its own names on the one Spark context of this process, which `master` gives.

    Raises:
        KecengError: PySpark or Java is not there, or the master does not answer.
    """
    global _open  # noqa: PLW0603  one context per process is Spark's own rule
    with _guard:
        session = _start(master).newSession()
        _open += 1
    for name, setting in _MEANING.items():
        session.conf.set(name, setting)
    return session


def close_session(session: Session) -> None:
    """Give a session back; with the last one the cluster is given back too."""
    global _open  # noqa: PLW0603
    with _guard:
        _open -= 1
        if _open == 0:
            session.stop()


def _start(master: str) -> Session:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pyspark.sql import SparkSession  # noqa: PLC0415  an extra, and a second to load
    except ImportError as error:
        raise KecengError.of(
            "spark_missing",
            "没有安装 PySpark",
            "PySpark is not installed",
            remedy=Text(
                'pip install "keceng[spark]"，并安装 Java 17 以上',
                'pip install "keceng[spark]", and install Java 17 or newer',
            ),
        ) from error
    builder = SparkSession.builder.appName("keceng").master(master)
    for name, setting in {**_STARTED, **(_LOCAL if master.startswith("local") else {})}.items():
        builder = builder.config(name, setting)
    try:
        return builder.getOrCreate()
    except Exception as error:  # whatever Java, py4j or the network say
        raise KecengError.of(
            "spark_unreachable",
            f"连不上 Spark: {master}",
            f"Spark cannot be reached: {master}",
            remedy=Text(
                "检查 keceng.toml 的 spark_master 与 Java（java -version，17 以上）",
                "check spark_master in keceng.toml, and Java (java -version, 17 or newer)",
            ),
        ) from error
