"""What keeps the other core busy while serving is measured: one run after another, on one thread, over a copy of the lake."""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow as pa

from keceng.bench.book import AS_OF, MEMORY_OF_MANY, MOST_MEASURED_WHOLLY
from keceng.classify import RunRequest, classify_customers, read_summary
from keceng.lake import Lake, Limits
from keceng.measure import catalogue
from keceng.standard import find_standard


def classify_on_and_on(root: Path) -> None:
    """Classify the customers of the lake at `root` as its published run was classified, until somebody ends the process."""
    pa.set_cpu_count(1)
    customers = read_summary(Lake.open(root).snapshot().run_directory()).population.customers
    is_large = customers > MOST_MEASURED_WHOLLY
    lake = Lake.open(root, Limits(threads=1, memory=MEMORY_OF_MANY if is_large else None))
    request = RunRequest(find_standard("retail", catalogue()), AS_OF, is_lean=is_large)
    while True:
        classify_customers(lake, request, author="bench")


if __name__ == "__main__":
    classify_on_and_on(Path(sys.argv[1]))
