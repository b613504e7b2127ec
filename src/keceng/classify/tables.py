"""What classify publishes: the files of a run directory and their columns.

`customers.parquet` has one row for every customer known at the run's date: `customer_key`, every measure of the
catalogue in stored parts (and the exact columns of those that the standard names), a column per dimension with its
published numbers and cuts, `grade`, `provisional`, `reason_code`, up to four `reason_measure_n`/`reason_value_n`/
`reason_cut_n` triples, `reason_zh`, `reason_en`. `cuts.parquet` and `norms.parquet` hold what was resolved in the run,
`standard.yaml` the ruler itself, `run.json` the summary.
"""

from __future__ import annotations

CUSTOMERS_FILE = "customers.parquet"
CUTS_FILE = "cuts.parquet"
RUN_FILE = "run.json"
STANDARD_FILE = "standard.yaml"


def norms_file(step: str) -> str:
    """The file that holds the norms of one measure step."""
    return f"norms_{step}.parquet"
