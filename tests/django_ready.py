"""Django set up for the tests, once per process; imported before any model is."""

from __future__ import annotations

import os
import tempfile

import django

from tests.postgres.server import is_wanted, shared_server

if is_wanted():
    # Which of the server's databases is for each test to say.
    os.environ.setdefault("DATABASE_URL", shared_server().url("postgres"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keceng.web.settings")
# A test that names no workspace of its own leaves nothing where it was started; its children name theirs.
os.environ["KECENG_WORKSPACE"] = tempfile.mkdtemp(prefix="keceng-tests-")
django.setup()
del os.environ["KECENG_WORKSPACE"]
