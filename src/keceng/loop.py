"""The six steps composed: collect → measure → standard → classify, then results that people open.

Acting and evaluating join here as their rooms are built; the loop closes through data.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from keceng.classify import (
    CUSTOMERS_FILE,
    RUN_FILE,
    Explanation,
    LedgerRows,
    RunRequest,
    RunSummary,
    classify_customers,
    explain_customer,
    read_assignments,
    read_published_standard,
    read_summary,
)
from keceng.collect import (
    BATCHES,
    DECLARED_MEASURES,
    REJECTS,
    CollectOptions,
    CollectReport,
    DatabaseSource,
    collect_database,
    collect_files,
    last_valid_order_date,
    write_rejects,
)
from keceng.evaluate import (
    Backtest,
    Impact,
    StandardsBacktest,
    backtest_rankings,
    backtest_standards,
    simulate_standard,
)
from keceng.lake import Lake, Snapshot
from keceng.measure import VALUATION_NAMES, catalogue
from keceng.settings import FIRST_SETTINGS, SETTINGS_FILE, Settings, read_settings, write_standard
from keceng.standard import Standard, find_standard
from keceng.vocabulary import KecengError, Text

Watch = Callable[[Text], None]
SETUP_CODE_FILE = ".setup-code"
"""Holds the digest of the one-time code by which a browser's first visitor becomes the administrator."""


def _silent(_text: Text) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Workspace:
    """One company's directory: settings and lake."""

    directory: Path
    lake: Lake
    settings: Settings = field(default_factory=Settings)

    def collect(
        self, paths: Sequence[Path], options: CollectOptions, *, author: str = "shell", watch: Watch = _silent
    ) -> CollectReport:
        """Take files into the ledger, all of them or none."""
        return collect_files(
            self.lake,
            paths,
            options,
            import_day=dt.date.today(),
            author=author,
            watch=watch,
        )

    def collect_database(
        self,
        source: DatabaseSource,
        options: CollectOptions,
        *,
        author: str = "shell",
        watch: Watch = _silent,
    ) -> CollectReport:
        """Take a table or query of a database into the ledger, from where its cursor stood on."""
        return collect_database(
            self.lake, source, options, import_day=dt.date.today(), author=author, watch=watch
        )

    def classify(  # noqa: PLR0913  each of these is a choice of the caller
        self,
        standard: Standard,
        as_of: dt.date | None = None,
        *,
        author: str = "shell",
        assumed: Sequence[str] = (),
        value: bool = False,
        is_stable: bool = True,
        is_increment: bool = False,
        watch: Watch = _silent,
    ) -> RunSummary:
        """Grade every customer under `standard` at `as_of` (the last valid order date) and publish the run.

        With `value`, the run also holds lifetime value and what lies ahead, otherwise measured only for a standard that names one.
        Without `is_stable`, the grades held before are not looked at, whatever the standard says. With `is_increment`, the run goes
        on from the published one under its norms and cuts, and works out anew whoever changed or fell due; where that cannot be
        done everybody is judged, and `increment` of the summary says why.

        Raises:
            KecengError: there is no valid order and no date was given.
        """
        snapshot = self.lake.snapshot()
        rows, rejects = ledger_rows(snapshot)
        request = RunRequest(
            standard=standard,
            as_of=as_of or _default_date(snapshot),
            currency=self.settings.currency,
            rows=rows,
            rejects=rejects,
            assumed=assumed,
            also=VALUATION_NAMES if value else (),
            is_stable=is_stable,
            is_lean=self.settings.is_lean,
            engine=self.settings.engine,
            is_increment=is_increment,
        )
        return classify_customers(self.lake, request, author=author, watch=lambda step: watch(step.title))

    def backtest(
        self, cut: dt.date, horizon_days: int, standards: Sequence[Standard] = (), *, watch: Watch = _silent
    ) -> Backtest:
        """Rank by what was known on `cut`, and judge by the revenue of the days after it; nothing is stored.

        Raises:
            KecengError: an unusable horizon, or a cut with nobody before it or nothing after it.
        """
        return backtest_rankings(self.lake.snapshot(), cut, horizon_days, standards, watch=watch)

    def backtest_standards(
        self,
        standards: Sequence[Standard],
        cuts: int | Sequence[dt.date],
        horizon_days: int,
        *,
        watch: Watch = _silent,
    ) -> StandardsBacktest:
        """Replay standards on past days, and judge their classes by what followed and how steady they were; nothing is stored.

        Raises:
            KecengError: see `keceng.evaluate.backtest_standards`.
        """
        return backtest_standards(self.lake.snapshot(), standards, cuts, horizon_days, watch=watch)

    def standard_in_force(self, on: dt.date) -> Standard:
        """The published revision of the workspace's standard that is in force on `on`, else the standard as set up.

        Raises:
            KecengError: the standard cannot be read.
        """
        as_set_up = read_standard(self.settings.standard)
        return read_published_standard(self.lake.snapshot(), as_set_up.id, on) or as_set_up

    def simulate(self, draft: Standard, against: Standard | None = None) -> Impact:
        """What publishing `draft` would do to the customers of the published run; nothing is stored.

        Raises:
            KecengError: nothing is published yet.
        """
        return simulate_standard(self.lake.snapshot(), draft, against)

    def explain(self, customer_id: str, run_id: str | None = None) -> Explanation:
        """Why one customer has its grade in the published run, or in `run_id`."""
        return explain_customer(self.lake.snapshot(), customer_id, run_id)

    def run_summary(self, run_id: str | None = None) -> RunSummary:
        """The record of the published run, or of `run_id`."""
        return read_summary(self.lake.snapshot().run_directory(run_id))

    def result(self, run_id: str | None = None) -> pa.Table:
        """The published run, or `run_id`, one row per customer."""
        snapshot = self.lake.snapshot()
        return read_assignments(snapshot.run_directory(run_id), snapshot)

    def export(self, directory: Path, run_id: str | None = None) -> RunSummary:
        """Write `customers.parquet`, `run.json` and the rejected rows of a run to `directory`."""
        snapshot = self.lake.snapshot()
        run = snapshot.run_directory(run_id)
        pq.write_table(read_assignments(run, snapshot), directory / CUSTOMERS_FILE, compression="zstd")
        shutil.copyfile(run / RUN_FILE, directory / RUN_FILE)
        batches = snapshot.read(REJECTS)["batch_id"].unique().to_pylist()
        if batches:
            write_rejects(snapshot, batches, directory / "rejects.csv")
            write_rejects(snapshot, batches, directory / "rejects.xlsx")
        return read_summary(run)


def create_workspace(directory: Path | str, settings: str = FIRST_SETTINGS) -> Workspace:
    """A new workspace in `directory`.

    Raises:
        KecengError: there is one already.
    """
    directory = Path(directory)
    Lake.create(directory / "lake")
    (directory / SETTINGS_FILE).write_text(settings, encoding="utf-8")
    return open_workspace(directory)


def new_setup_code(directory: Path | str) -> str:
    """A fresh one-time code for the workbench's first visitor; only its digest is kept."""
    code = secrets.token_urlsafe(12)
    digest = sha256(code.encode()).hexdigest()
    (Path(directory) / SETUP_CODE_FILE).write_text(digest, encoding="utf-8")
    return code


def open_workspace(directory: Path | str) -> Workspace:
    """The workspace in `directory`.

    Raises:
        KecengError: it is not one, or its settings cannot be read.
    """
    directory = Path(directory)
    Lake.open(directory / "lake")  # that it is one comes before what its settings say
    settings = read_settings(directory)
    return Workspace(directory, Lake.open(directory / "lake", settings.limits), settings)


def set_standard(directory: Path | str, standard: str) -> None:
    """Write in a workspace's settings by which standard it classifies; everything else stays as it is written.

    Raises:
        KecengError: the settings cannot be read, or `standard` is none.
    """
    read_standard(standard)
    write_standard(Path(directory), standard)


def read_standard(name_or_path: str) -> Standard:
    """A shipped template by id, or the standard in a YAML file.

    Raises:
        KecengError: neither exists, or the standard has faults; all of them are listed.
    """
    return find_standard(name_or_path, catalogue())


def ledger_rows(snapshot: Snapshot) -> tuple[LedgerRows, Mapping[str, int]]:
    """The source rows behind a snapshot, and its still rejected rows by code."""
    batches = snapshot.read(BATCHES)
    names = ("read", "added", "updated", "unchanged", "rejected", "anonymous", "duplicate_lines")
    sums = {name: pc.sum(batches[name]).as_py() or 0 for name in names}
    rejects = snapshot.read(REJECTS)
    waiting = rejects.filter(pc.is_null(rejects["fixed_by"]))
    codes = waiting.group_by("code").aggregate([("code", "count")]).to_pylist()
    return LedgerRows(**sums), {r["code"]: r["code_count"] for r in sorted(codes, key=lambda r: r["code"])}


def classify_files(  # noqa: PLR0913  the front of the product: each of these is a user's choice
    paths: Sequence[Path],
    standard: Standard,
    *,
    deliver: Callable[[Workspace, RunSummary, CollectReport], None],
    as_of: dt.date | None = None,
    options: CollectOptions | None = None,
    currency: str = "¥",
    value: bool = False,
    watch: Watch = _silent,
) -> RunSummary:
    """Grade the customers of some files without any set-up: a workspace that lives as long as the call.

    Args:
        paths: the files.
        standard: the ruler.
        deliver: called with the workspace, the run and what was read, to write out what is wanted of them.
        as_of: the day; by default the last valid order date.
        options: how the files are read.
        currency: the sign before amounts.
        value: whether lifetime value and what lies ahead are measured beside what the ruler needs.
        watch: told what is being done.

    Raises:
        KecengError: what is wrong with a file, the standard or the date.
    """
    with tempfile.TemporaryDirectory(prefix="keceng-") as folder:
        workspace = create_workspace(Path(folder), f"currency = {json.dumps(currency, ensure_ascii=False)}\n")
        report = workspace.collect(paths, options or CollectOptions(), watch=watch)
        assumed = [f"{text.zh} / {text.en}" for text in report.assumed]
        summary = workspace.classify(
            standard, as_of, assumed=assumed, value=value, is_stable=False, watch=watch
        )
        deliver(workspace, summary, report)
    return summary


def backtest_files(
    paths: Sequence[Path],
    cut: dt.date,
    horizon_days: int,
    *,
    standards: Sequence[Standard] = (),
    options: CollectOptions | None = None,
    watch: Watch = _silent,
) -> tuple[Backtest, CollectReport]:
    """Back-test rankings on some files without any set-up: the result, and what was read.

    Args:
        paths: the files.
        cut: the last day that the rankings know.
        horizon_days: the days after it that judge them.
        standards: rulers whose grades are judged too.
        options: how the files are read.
        watch: told what is being done.

    Raises:
        KecengError: what is wrong with a file, the horizon or the cut.
    """
    with tempfile.TemporaryDirectory(prefix="keceng-") as folder:
        workspace = create_workspace(Path(folder))
        report = workspace.collect(paths, options or CollectOptions(), watch=watch)
        return workspace.backtest(cut, horizon_days, standards, watch=watch), report


def backtest_standards_on_files(
    paths: Sequence[Path],
    standards: Sequence[Standard],
    cuts: int | Sequence[dt.date],
    horizon_days: int,
    *,
    options: CollectOptions | None = None,
    watch: Watch = _silent,
) -> tuple[StandardsBacktest, CollectReport]:
    """Back-test standards on some files without any set-up: the result, and what was read.

    Args:
        paths: the files.
        standards: the rulers.
        cuts: the days whose classes are judged, or how many of the last quarter ends.
        horizon_days: the days after a cut that judge it.
        options: how the files are read.
        watch: told what is being done.

    Raises:
        KecengError: what is wrong with a file, the horizon or the cuts.
    """
    with tempfile.TemporaryDirectory(prefix="keceng-") as folder:
        workspace = create_workspace(Path(folder))
        report = workspace.collect(paths, options or CollectOptions(), watch=watch)
        return workspace.backtest_standards(standards, cuts, horizon_days, watch=watch), report


def _default_date(snapshot: Snapshot) -> dt.date:
    found = last_valid_order_date(snapshot) or _last_stated_day(snapshot)
    if not isinstance(found, dt.date):
        raise KecengError.of(
            "no_date",
            "数据里没有有效订单, 无法确定截止日",
            "the data has no valid order from which to take the as-of date",
            remedy=Text("用 --as-of 2026-06-30 指定", "give one with --as-of 2026-06-30"),
        )
    return found


def _last_stated_day(snapshot: Snapshot) -> dt.date | None:
    """The last day about which customers' numbers are stated: of a plan for a year to come, the day it was imported."""
    stated: dt.date | None = pc.max(snapshot.read(DECLARED_MEASURES)["stated_on"]).as_py()
    imported: dt.datetime | None = pc.max(snapshot.read(BATCHES)["imported_at"]).as_py()
    return min(stated, imported.date()) if stated and imported else stated
