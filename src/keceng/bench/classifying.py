"""What keeps the other core busy while serving is measured: one run after another, on one thread, over a copy of the lake."""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow as pa

from keceng.bench.book import AS_OF
from keceng.classify import RunRequest, classify_customers
from keceng.lake import Lake, Limits
from keceng.measure import catalogue
from keceng.standard import find_standard


def classify_on_and_on(root: Path) -> None:
    """Classify the customers of the lake at `root` until somebody ends the process."""
    pa.set_cpu_count(1)
    lake, retail = Lake.open(root, Limits(threads=1)), find_standard("retail", catalogue())
    while True:
        classify_customers(lake, RunRequest(retail, AS_OF), author="bench")


if __name__ == "__main__":
    classify_on_and_on(Path(sys.argv[1]))
