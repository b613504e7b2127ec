"""Django's settings, from the environment: `KECENG_WORKSPACE`, `DATABASE_URL`, `KECENG_SECRET_KEY`."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from keceng.desk.database import read_database_url, sqlite_database

WORKSPACE = Path(os.environ.get("KECENG_WORKSPACE", "."))
"""The directory of the company's workspace: `keceng.toml`, `lake/`, `desk.sqlite3`."""

DATABASES = {
    "default": read_database_url(url)
    if (url := os.environ.get("DATABASE_URL"))
    else sqlite_database(WORKSPACE / "desk.sqlite3")
}

# Without a key of the installation, signed values last as long as the process: nothing secret stands in code.
SECRET_KEY = os.environ.get("KECENG_SECRET_KEY") or secrets.token_urlsafe(50)

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "keceng.desk.audit",
    "keceng.desk.people",
    "keceng.desk.outbox",
    "keceng.desk.standards",
    "keceng.desk.runs",
    "keceng.desk.directory",
    "keceng.desk.jobs",
    "keceng.desk.visits",
    "keceng.desk.ownership",
    "keceng.desk.groups",
    "keceng.desk.tokens",
]
AUTH_USER_MODEL = "people.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "zh-hans"
