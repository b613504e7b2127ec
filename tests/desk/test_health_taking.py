"""What `keceng doctor` says of the limits in the settings beside the machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from keceng.desk.health.findings import Level
from keceng.desk.health.taking import taking_check
from keceng.loop import create_workspace


@pytest.mark.parametrize(
    ("settings", "level", "said"),
    [
        ("", Level.GOOD, "no limit"),
        ('memory_limit = "600MB"\n', Level.GOOD, "at most 600 MB, spilling at most 6 GB"),
        ('spill_limit = "1MB"\n', Level.GOOD, "no limit"),
        ('memory_limit = "900TB"\n', Level.WARNING, "memory_limit is 900000 GB"),
        ('memory_limit = "600MB"\nspill_limit = "900TB"\n', Level.WARNING, "900000 GB may be spilled"),
    ],
)
def test_limits_are_looked_at_beside_the_machine(
    tmp_path: Path, settings: str, level: Level, said: str
) -> None:
    create_workspace(tmp_path / "w", settings)
    found = taking_check(tmp_path / "w").look()
    assert found.level is level
    assert said in found.state.en
    assert (found.remedy is None) is (level is Level.GOOD)
