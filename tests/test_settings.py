"""What `keceng.toml` may say, and what is said when it says something else."""

from __future__ import annotations

from pathlib import Path

import pytest

from keceng.lake import Limits
from keceng.loop import create_workspace, open_workspace
from keceng.settings import SETTINGS_FILE, read_settings, read_size, write_standard
from keceng.vocabulary import KecengError


@pytest.mark.parametrize(
    ("written", "size"),
    [
        ("1GB", 1_000_000_000), ("1.5 gb", 1_500_000_000), ("512MiB", 512 * 1024**2), ("2TB", 2 * 10**12),
        ("1", None), ("1GBit", None), ("-1GB", None), ("0MB", None), ("", None),
    ],
)  # fmt: skip
def test_sizes_are_read_as_they_are_written(written: str, size: int | None) -> None:
    assert read_size(written) == size


def _write(directory: Path, text: str) -> Path:
    (directory / SETTINGS_FILE).write_text(text, encoding="utf-8")
    return directory


def test_limits_reach_the_lake_of_the_workspace(tmp_path: Path) -> None:
    create_workspace(tmp_path / "w", 'memory_limit = "1GB"\nthreads = 1\n')
    workspace = open_workspace(tmp_path / "w")
    assert workspace.lake.limits == Limits(1_000_000_000, None, 1)
    assert workspace.lake.limits.spill_bytes == 10_000_000_000
    assert workspace.lake.snapshot().limits == workspace.lake.limits
    with workspace.lake.unit_of_work("import") as work:
        assert work.current().limits == workspace.lake.limits


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ('memory_limit = "1"', "bad_setting", "memory_limit = \"1GB\""),
        ("memory_limit = 1000", "bad_setting", "memory_limit = \"1GB\""),
        ('memory_limit = "100MB"', "bad_setting", "600 MB"),
        ('spill_limit = "much"', "bad_setting", "spill_limit = \"1GB\""),
        ("threads = 0", "bad_setting", "threads = 2"),
        ("threads = true", "bad_setting", "threads = 2"),
        ('measures = "few"', "bad_setting", "needed"),
        ('memory = "1GB"', "unknown_setting", "memory_limit"),
        ("memory_limit =", "bad_settings", SETTINGS_FILE),
    ],
)  # fmt: skip
def test_what_is_none_is_told_with_what_would_be(tmp_path: Path, text: str, code: str, said: str) -> None:
    with pytest.raises(KecengError) as told:
        read_settings(_write(tmp_path, text))
    [problem] = told.value.problems
    assert problem.code == code
    for language in ("zh", "en"):
        assert said in problem.describe(language)


def test_a_standard_is_written_and_everything_else_stays(tmp_path: Path) -> None:
    _write(tmp_path, '# ours\nstandard = "retail"\nmemory_limit = "2GB"\n')
    write_standard(tmp_path, "b2b")
    assert read_settings(tmp_path).standard == "b2b"
    assert read_settings(tmp_path).limits.memory == 2_000_000_000
    assert (tmp_path / SETTINGS_FILE).read_text(encoding="utf-8").startswith("# ours\n")
