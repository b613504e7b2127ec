"""What classify publishes: the files of a run directory and their columns.

`customers.parquet` has one row for every customer known at the run's date: `customer_key`, every measure of the
catalogue in stored parts with the columns behind its quotients, `unit_key`, a column per dimension with its published
numbers and cuts, `grade_by_rules`, `grade_by_system`, `grade`, what kept or overruled it, `provisional`, `reason_code`, up to four `reason_measure_n`/`reason_value_n`/
`reason_cut_n` triples, `reason_zh`, `reason_en`. `cuts.parquet`, `norms_*.parquet` and `ranks_*.parquet` hold what was resolved in the run,
`standard.yaml` the ruler itself, `run.json` the summary. An increment has `overlay.parquet` instead, the rows that replace those of the
run named in its `run.json`, `gone.parquet`, the keys of customers who are no longer known, and `links.npy`, what each row of the
overlay adds to the hash.
"""

from __future__ import annotations

CUSTOMERS_FILE = "customers.parquet"
CUTS_FILE = "cuts.parquet"
GONE_FILE = "gone.parquet"
LINKS_FILE = "links.npy"
OVERLAY_FILE = "overlay.parquet"
RUN_FILE = "run.json"
STANDARD_FILE = "standard.yaml"


def norms_file(step: str) -> str:
    """The file that holds the norms of one measure step."""
    return f"norms_{step}.parquet"


def ranks_file(ranking: str) -> str:
    """The file that holds where each number stood in one ranking of the run: a dimension's, or a scorecard part's."""
    return f"ranks_{ranking}.parquet"
