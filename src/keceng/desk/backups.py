"""A copy of a workspace while people work: the lake and the books as they stood at one moment, in one file."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

from keceng.lake import MAPPED_FOLDER, SPILL_FOLDER, Lake
from keceng.vocabulary import KecengError, Text

BOOKS_FILE = "desk.sqlite3"
DUMP_FILE = "desk.dump"
_MARK = ".backup-made"
_LEFT_OUT = frozenset({".workers", ".migrating.lock", "exports", "worker.log", _MARK})
"""Of this machine and this day alone."""


def make_backup(directory: Path, target: Path, database: dict[str, Any], *, at: dt.datetime) -> int:
    """Copy the workspace in `directory` and its `database` (Django's entry) to the file `target`; its bytes.

    Nobody writes to the lake meanwhile; the books go on, and what they decide later is not in the copy.

    Raises:
        KecengError: `target` exists, the lake stays busy, or PostgreSQL's `pg_dump` is absent or fails.
    """
    if target.exists():
        raise KecengError.of("backup_exists", "这个文件已存在", "this file exists", value=str(target))
    part = target.with_name(f".{target.name}.part")
    lake = Lake.open(directory / "lake")
    try:
        with tempfile.TemporaryDirectory(prefix="keceng-backup-") as folder, lake.unit_of_work("backup"):
            books = _copy_books(Path(folder), database)
            _pack(directory, part, books)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    (directory / _MARK).write_text(at.isoformat(), encoding="utf-8")
    return target.stat().st_size


def last_backup(directory: Path) -> dt.datetime | None:
    """When `make_backup` last ended well; None where it never did."""
    mark = directory / _MARK
    return dt.datetime.fromisoformat(mark.read_text("utf-8")) if mark.exists() else None


def _copy_books(folder: Path, database: dict[str, Any]) -> Path:
    if database["ENGINE"].endswith("sqlite3"):
        copy = folder / BOOKS_FILE
        if Path(database["NAME"]).exists():
            with (
                closing(sqlite3.connect(database["NAME"])) as books,
                closing(sqlite3.connect(copy)) as target,
            ):
                books.backup(target)
        return copy
    copy = folder / DUMP_FILE
    _dump(copy, database)
    return copy


def _dump(copy: Path, database: dict[str, Any]) -> None:
    program = shutil.which("pg_dump")
    remedy = Text(
        "安装与服务器同版本的 PostgreSQL 客户端",
        "install PostgreSQL's client programs of the server's version",
    )
    if program is None:
        raise KecengError.of("no_pg_dump", "找不到 pg_dump", "pg_dump was not found", remedy=remedy)
    surroundings = {
        **os.environ,
        # The password is nobody's business who lists processes.
        **({"PGPASSWORD": database["PASSWORD"]} if database["PASSWORD"] else {}),
        **{f"PG{name.upper()}": str(setting) for name, setting in database["OPTIONS"].items()},
    }
    places = {"--host": database["HOST"], "--port": database["PORT"], "--username": database["USER"]}
    given = [word for name, place in places.items() if place for word in (name, place)]
    command = [program, "--format=custom", "--no-owner", "--file", str(copy), *given, database["NAME"]]
    done = subprocess.run(
        command, env=surroundings, capture_output=True, check=False, stdin=subprocess.DEVNULL
    )
    if done.returncode != 0:
        raise KecengError.of("dump_failed", "pg_dump 没有成功", "pg_dump failed", remedy=remedy)


def _pack(directory: Path, part: Path, books: Path) -> None:
    # It holds everything that the workspace protects.
    part.touch(mode=0o600)
    with tarfile.open(part, "w") as bundle:
        for path in sorted(directory.iterdir()):
            if path.name in _LEFT_OUT or path.name.startswith(BOOKS_FILE) or path.resolve() == part.resolve():
                continue
            bundle.add(path, arcname=path.name, filter=_unowned)
        if books.exists():
            bundle.add(books, arcname=books.name, filter=_unowned)


def _unowned(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    if member.name.endswith(("writer.lock", f"/{SPILL_FOLDER}", f"/{MAPPED_FOLDER}")):
        return None
    # Owner and group of this machine mean nothing on another.
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member
