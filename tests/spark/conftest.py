"""One cluster for all tests of this folder, and the engines on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from keceng.lake import EngineChoice, open_engine
from tests.spark.standalone import StandaloneCluster, running_cluster, what_is_missing


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandaloneCluster]:
    """A master and two workers."""
    if missing := what_is_missing():
        pytest.skip(missing)
    with running_cluster(tmp_path_factory.mktemp("spark")) as running:
        yield running


@pytest.fixture(scope="session")
def spark(cluster: StandaloneCluster) -> Iterator[EngineChoice]:
    """The choice of Spark on the cluster; the executors stay until the last test."""
    choice = EngineChoice("spark", cluster.master)
    keeper = open_engine(choice=choice)
    try:
        yield choice
    finally:
        keeper.close()
