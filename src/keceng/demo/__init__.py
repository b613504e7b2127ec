"""The seeded demo company 示例公司: ordinary business files with planted truths, imported through the same door as any file."""

from __future__ import annotations

from keceng.demo.company import DEFAULT_CUSTOMERS, DEFAULT_SEED, DemoFiles, write_company
from keceng.demo.document import render_truths
from keceng.demo.history import AS_OF
from keceng.demo.lifetimes import LifetimeParameters, SpendParameters
from keceng.demo.truths import Truths

__all__ = [
    "AS_OF",
    "DEFAULT_CUSTOMERS",
    "DEFAULT_SEED",
    "DemoFiles",
    "LifetimeParameters",
    "SpendParameters",
    "Truths",
    "render_truths",
    "write_company",
]
