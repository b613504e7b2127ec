"""What all tests share: hypothesis profiles, and the rule that a test which could run is never skipped in CI."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

from tests.postgres.server import is_wanted, shared_server

if is_wanted():
    # Here, before there are other processes that test: all of them share one server.
    shared_server()

# Forty examples keep the suite under ten minutes; laws that need more say so themselves.
settings.register_profile("dev", max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile(
    "ci", max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
REQUIRE_ALL = "KECENG_REQUIRE_ALL"
# What decides whether a change lands must not be drawn by lot; at a desk, new examples are welcome.
settings.load_profile("ci" if os.environ.get("CI") or os.environ.get(REQUIRE_ALL) else "dev")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and os.environ.get(REQUIRE_ALL):
        report.outcome = "failed"
        report.longrepr = (
            f"{item.nodeid} was skipped although everything it needs should be here: {report.longrepr}"
        )
    return report
