"""Where the desk keeps its rows: a SQLite file by default, PostgreSQL by one URL for a team."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from keceng.vocabulary import KecengError, Text

_ENGINES = {"postgresql": "django.db.backends.postgresql", "postgres": "django.db.backends.postgresql"}
_BUSY_SECONDS = 20
_KEPT_SECONDS = 60


def sqlite_database(path: Path) -> dict[str, object]:
    """Django's entry for the SQLite file `path`: writers wait for each other, and a commit is on disk when it returns."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        # A new connection reads the whole schema before its first row.
        "CONN_MAX_AGE": _KEPT_SECONDS,
        "OPTIONS": {
            "timeout": _BUSY_SECONDS,
            # A transaction that starts as a reader and then writes would fail instead of waiting.
            "transaction_mode": "IMMEDIATE",
            "init_command": "pragma journal_mode = wal; pragma synchronous = full;",
        },
    }


def read_database_url(url: str) -> dict[str, object]:
    """Django's entry for a `DATABASE_URL`: `sqlite:///desk.sqlite3`, `postgresql://user:password@host:5432/name`.

    What follows a `?` is said to PostgreSQL's client as it is: `sslmode=require`, `host=/var/run/postgresql`.

    Raises:
        KecengError: another kind of address; its text is not repeated, it may hold a password.
    """
    parts = urlsplit(url)
    name = unquote(parts.path.removeprefix("/"))
    if parts.scheme == "sqlite" and name:
        return sqlite_database(Path(name))
    if parts.scheme not in _ENGINES or not name:
        raise KecengError.of(
            "bad_database_url",
            "DATABASE_URL 无法识别",
            "DATABASE_URL is not understood",
            remedy=Text(
                "写成 postgresql://用户:口令@主机:5432/库名 或 sqlite:///文件",
                "write postgresql://user:password@host:5432/name or sqlite:///file",
            ),
        )
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": _ENGINES[parts.scheme],
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or options.pop("host", ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": _KEPT_SECONDS,
        # The server may have been restarted meanwhile.
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }
