"""What was measured of the customers whom lists show: a run of what is needed alone lacks what its standard does not read."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings

from keceng.classify import customer_columns
from keceng.desk.directory.models import Edition
from keceng.desk.opening import served_workspace


def read_measured(edition: Edition) -> frozenset[str]:
    """The columns that the run of `edition` has for its customers, measures among them."""
    return _columns(edition.run_id)


@lru_cache(maxsize=8)
def _columns(run_id: str) -> frozenset[str]:
    # A stored run never changes, so it is looked at once.
    directory = served_workspace(settings.WORKSPACE).lake.snapshot().run_directory(run_id)
    return frozenset(customer_columns(directory))
