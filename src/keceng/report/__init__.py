"""The offline report and the workbook of a run, made from its stored files."""

from keceng.report.annotation import annotate_customers_file
from keceng.report.page import write_report
from keceng.report.workbook import write_workbook

__all__ = ["annotate_customers_file", "write_report", "write_workbook"]
