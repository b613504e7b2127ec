"""An engine's connection within its limits: where it spills, what it gives back, and what is said when nothing is left."""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path

import duckdb
import pyarrow as pa
from filelock import FileLock, Timeout

from keceng.lake.limits import Limits, resident_bytes, size_text
from keceng.vocabulary import KecengError, Problem, Text

SPILL_FOLDER = "_spill"
"""Under the root of a lake; each engine has a folder of its own in it while it is open."""
_KEPT = 330_000_000
_SOME_MORE = 16_000_000
"""So much beyond its accounts an engine without a limit may hold before it gives it back."""


class SpillPlace:
    """A folder of one engine's own, held by a lock that dies with its process; what the dead left is swept at the opening."""

    def __init__(self, root: Path) -> None:
        self._folder = root / SPILL_FOLDER
        self._lock: FileLock | None = None
        name = uuid.uuid4().hex
        self.path = self._folder / name
        """Where to spill; it is made by whoever does."""
        with suppress(OSError, Timeout):  # a lake that cannot be written is read all the same
            self._folder.mkdir(exist_ok=True)
            self._sweep()
            lock = FileLock(str(self._folder / f"{name}.lock"))
            lock.acquire(timeout=0)
            self._lock = lock

    @property
    def is_ready(self) -> bool:
        """Whether it can be spilled to."""
        return self._lock is not None

    def close(self) -> None:
        """Leave nothing behind."""
        if self._lock is not None:
            self._lock.release()
            _remove(self.path)

    def _sweep(self) -> None:
        for left in self._folder.glob("*.lock"):
            lock = FileLock(str(left))
            with suppress(Timeout):
                lock.acquire(timeout=0)
                lock.release()
                _remove(left.with_suffix(""))


def limit_connection(connection: duckdb.DuckDBPyConnection, limits: Limits, place: SpillPlace | None) -> None:
    """Hold an engine's connection to `limits`; it spills to `place`, or not at all."""
    ready = place is not None and place.is_ready
    where = str(place.path).replace("'", "''") if place is not None and ready else ""
    connection.execute(f"set temp_directory = '{where}'")
    if limits.threads is not None:
        connection.execute(f"set threads = {limits.threads}")
    memory, spill = limits.for_engine(), limits.spill_bytes
    if memory is not None:
        connection.execute(f"set memory_limit = '{memory}B'")
    if spill is not None and ready:
        connection.execute(f"set max_temp_directory_size = '{spill}B'")


def make_room(connection: duckdb.DuckDBPyConnection, limits: Limits, seen: int = 0) -> int:
    """Before a statement: give back to the system what the engine has freed, and see anew how much it may take.

    The engine's allocator keeps what it freed for a while, which the system counts as taken; setting the limit gives it back.

    Args:
        connection: of the engine.
        limits: what it may take.
        seen: what this gave when it was last asked for.

    Returns:
        The bytes that the process had when the engine was last looked at; without a limit it is looked at once there are some more.
    """
    resident = resident_bytes()
    if limits.memory is None and resident <= max(_KEPT, seen + _SOME_MORE):
        return seen
    [used] = connection.execute("select sum(memory_usage_bytes) from duckdb_memory()").fetchall()[0]
    if limits.memory is None:
        if resident - used > _KEPT:
            connection.execute("reset memory_limit")
            pa.default_memory_pool().release_unused()
        return resident
    pa.default_memory_pool().release_unused()
    connection.execute(f"set memory_limit = '{limits.for_engine(used)}B'")
    connection.execute(f"set memory_limit = '{limits.for_engine(used)}B'")
    return resident


def share_disk(
    connect: Callable[[], duckdb.DuckDBPyConnection], limits: Limits, place: SpillPlace | None, taken: int
) -> int | None:
    """Leave to an engine's connection what others do not take of the disk that may be spilled to; None where nothing bounds it.

    Args:
        connect: gives the connection of the engine.
        limits: what may be taken.
        place: where it is.
        taken: bytes that others have there.

    Returns:
        Bytes that others may have there.
    """
    spill = limits.spill_bytes
    if spill is None or place is None or not place.is_ready:
        return None
    connection = connect()
    [now] = connection.execute("select coalesce(sum(size), 0) from duckdb_temporary_files()").fetchall()[0]
    with suppress(duckdb.Error):  # it has more already; it will not take less
        connection.execute(f"set max_temp_directory_size = '{max(spill - taken, 0)}B'")
    return spill - int(now)


def most_spilled(connection: duckdb.DuckDBPyConnection) -> int:
    """The most bytes on disk while the last statement ran, as far as the engine profiles its kind, and at its end."""
    profile = json.loads(connection.get_profiling_information(format="json"))
    [now] = connection.execute("select coalesce(sum(size), 0) from duckdb_temporary_files()").fetchall()[0]
    return max(int(profile.get("system", {}).get("peak_temp_dir_size", 0)), int(now))


def ranges_of(key: str, first: int | None, last: int | None, parts: int) -> list[str]:
    """Conditions that share all values of the column `key`, whether known or not, most of which lie from `first` to `last`."""
    first, last = first or 0, last or 0
    edges = sorted({first + (last - first) * part // parts for part in range(1, parts)})
    whole = [None, *edges, None]
    conditions = []
    for low, high in pairwise(whole):
        said = [f'"{key}" >= {low}'] * (low is not None) + [f'"{key}" < {high}'] * (high is not None)
        conditions.append(" and ".join(said) or f'"{key}" is not null')
    return [*conditions, f'"{key}" is null']


class MemoryExhaustedError(KecengError):
    """The memory that an engine may take does not hold a statement."""

    @classmethod
    def of_limits(cls, limits: Limits) -> MemoryExhaustedError:
        """In words."""
        most = f" {size_text(limits.memory)}" if limits.memory is not None else ""
        told = Text(f"内存上限{most}不够", f"the memory limit{most} is not enough")
        remedy = Text(
            "在 keceng.toml 里提高 memory_limit，或用 threads = 1 减少同时占用",
            "raise memory_limit in keceng.toml, or take less at a time with threads = 1",
        )
        return cls(Problem("memory_exhausted", told, remedy))


@contextmanager
def telling_exhaustion(limits: Limits) -> Iterator[None]:
    """What the engine says of memory or disk that is used up becomes words.

    Raises:
        KecengError: the memory or the disk that it may take is used up.
    """
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        if "temp_directory" in str(error):
            raise _disk_exhausted(limits) from error
        raise MemoryExhaustedError.of_limits(limits) from error
    except (duckdb.IOException, OSError) as error:
        if "No space left" not in str(error):
            raise
        raise _disk_exhausted(limits) from error


def _disk_exhausted(limits: Limits) -> KecengError:
    most = f" {size_text(limits.spill_bytes)}" if limits.spill_bytes is not None else ""
    return KecengError.of(
        "spill_exhausted",
        f"磁盘暂存空间{most}用尽",
        f"the disk space to spill to{most} is used up",
        remedy=Text(
            "在 keceng.toml 里提高 spill_limit 或 memory_limit，或腾出磁盘空间",
            "raise spill_limit or memory_limit in keceng.toml, or free disk space",
        ),
    )


def _remove(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)
    path.with_name(f"{path.name}.lock").unlink(missing_ok=True)
