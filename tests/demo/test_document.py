"""docs/demo.md tells the truth about the company that is generated."""

from __future__ import annotations

from pathlib import Path

import pytest

from keceng.demo import AS_OF, DEFAULT_CUSTOMERS, DEFAULT_SEED, DemoFiles, render_truths
from keceng.demo.history import FIRST_DAY
from tests.demo.books import Books

pytestmark = pytest.mark.slow

_DOCUMENT = (Path(__file__).parents[2] / "docs" / "demo.md").read_text(encoding="utf-8")


def test_the_table_of_truths_is_the_one_the_generator_plants(demo_files: DemoFiles) -> None:
    assert _DOCUMENT.endswith(render_truths(demo_files.truths))


def test_the_table_names_every_planted_customer(demo_files: DemoFiles) -> None:
    truths = demo_files.truths
    table = render_truths(truths)
    planted = [
        *truths.need_shift, *truths.late_payers, *truths.influencers, *truths.loss_making, truths.long_overdue,
        truths.hollow_referrer, truths.self_referrer, truths.self_referred, truths.silent_customer,
        truths.returned_customer, truths.rising_dealer, truths.bucket, truths.related_party, truths.supplier,
    ]  # fmt: skip
    assert all(f"`{code}`" in table for code in planted)
    assert truths.growing_province in table


def test_every_written_file_and_no_other_is_listed_with_its_entity(demo_files: DemoFiles) -> None:
    listed = [
        line.split("|")[1:3] for line in _DOCUMENT.splitlines() if ".csv |" in line or ".xlsx |" in line
    ]
    assert [(name.strip(), entity.strip()) for name, entity in listed] == [
        (path.name, entity) for entity, path in demo_files.paths.items()
    ]


def test_seed_size_and_span_in_the_text_are_the_defaults(books: Books) -> None:
    assert f"种子 {DEFAULT_SEED},{DEFAULT_CUSTOMERS:,} 个客户" in _DOCUMENT
    assert f"{FIRST_DAY} 至 {AS_OF}" in _DOCUMENT
    assert 95_000 <= len(books.rows["order_lines"]) <= 112_000
