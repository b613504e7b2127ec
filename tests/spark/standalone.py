"""A real Spark cluster for the tests: one master and two workers, each a process of its own, on loopback alone."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_HERE = "127.0.0.1"
_PATIENCE = 90.0
# A few hundred rows a step: compiling what computes them would take most of the time. The parity tests switch it on.
_DEFAULTS = """
spark.driver.bindAddress           127.0.0.1
spark.driver.host                  127.0.0.1
spark.driver.memory                1200m
spark.executor.memory              1000m
spark.ui.enabled                   false
spark.sql.shuffle.partitions       3
spark.sql.adaptive.enabled         false
spark.sql.codegen.wholeStage       false
spark.sql.codegen.factoryMode      NO_CODEGEN
spark.driver.extraJavaOptions      -XX:+UseSerialGC -XX:TieredStopAtLevel=1
spark.executor.extraJavaOptions    -XX:+UseSerialGC -XX:TieredStopAtLevel=1
"""


@dataclass(frozen=True, slots=True)
class StandaloneCluster:
    """A cluster that runs.

    Attributes:
        master: its address, as `spark_master` takes it.
        workers: the processes that executors belong to.
        log: of the master; it names whoever registers.
    """

    master: str
    workers: tuple[subprocess.Popen[bytes], ...]
    log: Path

    def registered(self) -> int:
        """How many workers the master knows."""
        return self.log.read_text(errors="replace").count("Registering worker")


def what_is_missing() -> str:
    """Of what a cluster needs; empty where all is there."""
    if importlib.util.find_spec("pyspark") is None:
        return "PySpark is not installed: make test-spark installs it"
    return "" if shutil.which("java") else "Java is not installed: make system installs it"


@contextmanager
def running_cluster(folder: Path, workers: int = 2) -> Iterator[StandaloneCluster]:
    """A cluster with `workers`, gone at the end of the block; this process is its driver's.

    Raises:
        RuntimeError: it did not come up.
    """
    conf = folder / "conf"
    conf.mkdir(parents=True)
    (conf / "spark-defaults.conf").write_text(_DEFAULTS, encoding="utf-8")
    surroundings = {"SPARK_CONF_DIR": str(conf), "SPARK_LOCAL_IP": _HERE}
    before = {name: os.environ.get(name) for name in surroundings}
    os.environ.update(surroundings)
    port = _free_port()
    master = f"spark://{_HERE}:{port}"
    log = folder / "master.log"
    started = [_start(log, "master.Master", "--host", _HERE, "--port", str(port), "--webui-port", "0")]
    try:
        _wait(log, "New state: ALIVE", started)
        for number in range(workers):
            place = ["--work-dir", str(folder / f"work-{number}"), "--webui-port", "0", "--host", _HERE]
            size = ["--cores", "1", "--memory", "1400m"]
            started.append(_start(folder / f"worker-{number}.log", "worker.Worker", *place, *size, master))
        cluster = StandaloneCluster(master, tuple(started[1:]), log)
        _wait(log, "Registering worker", started, times=workers)
        yield cluster
    finally:
        for process in reversed(started):
            _stop(process)
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.__setitem__(name, value)


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind((_HERE, 0))
        port: int = asked.getsockname()[1]
        return port


def _start(log: Path, what: str, *words: str) -> subprocess.Popen[bytes]:
    found = importlib.util.find_spec("pyspark")
    assert found is not None
    assert found.origin is not None
    home = Path(found.origin).parent
    # It ends with the process that started it, even with one that was killed; executors end with their worker.
    command = ["setpriv", "--pdeathsig", "TERM", str(home / "bin" / "spark-class")]
    with log.open("ab") as written:
        return subprocess.Popen(
            [*command, f"org.apache.spark.deploy.{what}", *words],
            stdout=written,
            stderr=written,
            env={**os.environ, "SPARK_HOME": str(home), "SPARK_DAEMON_MEMORY": "256m"},
            start_new_session=True,
        )


def _wait(log: Path, for_words: str, started: list[subprocess.Popen[bytes]], times: int = 1) -> None:
    ends = time.monotonic() + _PATIENCE
    while time.monotonic() < ends and all(process.poll() is None for process in started):
        if log.read_text(errors="replace").count(for_words) >= times:
            return
        time.sleep(0.1)
    raise RuntimeError(log.read_text(errors="replace"))


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
