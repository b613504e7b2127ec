"""The offline report and the workbook of a run, made from its stored files."""

from keceng.report.annotation import annotate_customers_file
from keceng.report.comparison_files import title_level, write_cases_csv, write_comparison_csv
from keceng.report.comparison_workbook import ClassesFile, write_comparison_workbook
from keceng.report.page import write_report
from keceng.report.palette import RAMP, choose_colours
from keceng.report.workbook import write_workbook

__all__ = [
    "RAMP",
    "ClassesFile",
    "annotate_customers_file",
    "choose_colours",
    "title_level",
    "write_cases_csv",
    "write_comparison_csv",
    "write_comparison_workbook",
    "write_report",
    "write_workbook",
]
