"""From the ledger to one row of numbers per customer, each declared in the catalogue with its definition."""

from keceng.measure.declaration import Catalogue, Measure
from keceng.measure.frame import Frame, rounded_quotient
from keceng.measure.tables import NORM_STEPS, catalogue, measure_steps

__all__ = [
    "NORM_STEPS",
    "Catalogue",
    "Frame",
    "Measure",
    "catalogue",
    "measure_steps",
    "rounded_quotient",
]
