"""Django set up for the tests, once per process; imported before any model is."""

from __future__ import annotations

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keceng.web.settings")
django.setup()
