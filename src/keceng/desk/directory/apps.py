"""The Django app of the directory."""

from __future__ import annotations

from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    """Named for its tables."""

    name = "keceng.desk.directory"
    label = "directory"
