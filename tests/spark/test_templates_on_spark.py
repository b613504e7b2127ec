"""Every template over the made-up company: a run on the cluster is the run on DuckDB, in every file and every figure."""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from keceng.classify import RunSummary
from keceng.collect import CollectOptions
from keceng.demo import AS_OF, write_company
from keceng.lake import EngineChoice
from keceng.loop import Workspace, create_workspace, open_workspace, read_standard
from keceng.measure import VALUATION_NAMES, catalogue
from keceng.standard import list_templates, load_standard, to_document

pytestmark = [pytest.mark.slow, pytest.mark.spark]

LEAN = 'measures = "needed"\n'
OWN_OF_A_RUN = {"run_id", "engine", "seconds", "earlier_run", "spilled_bytes", "increment"}


@dataclass(frozen=True, slots=True)
class Pair:
    """The same company twice: one workspace runs on DuckDB, the other on the cluster."""

    embedded: Workspace
    spread: Workspace

    def classify(
        self, template: str, as_of: dt.date = AS_OF, **choices: bool
    ) -> tuple[RunSummary, RunSummary]:
        standard = read_standard(template)
        ours = self.embedded.classify(standard, as_of, **choices)  # type: ignore[arg-type]
        theirs = self.spread.classify(standard, as_of, **choices)  # type: ignore[arg-type]
        return ours, theirs


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("company")
    files = write_company(folder / "files", customers=400)
    workspace = create_workspace(folder / "workspace")
    workspace.collect(list(files.paths.values()), CollectOptions(assume_defaults=True))
    return folder / "workspace"


def pair_of(company: Path, folder: Path, master: str, more: str) -> Pair:
    for name, engine in (("embedded", ""), ("spread", f'engine = "spark"\nspark_master = "{master}"\n')):
        shutil.copytree(company, folder / name)
        with (folder / name / "keceng.toml").open("a", encoding="utf-8") as settings:
            settings.write(more + engine)
    return Pair(open_workspace(folder / "embedded"), open_workspace(folder / "spread"))


@pytest.fixture(scope="module")
def lean(company: Path, tmp_path_factory: pytest.TempPathFactory, spark: EngineChoice) -> Pair:
    # A path with signs that Hadoop reads as a pattern or as part of an address.
    folder = tmp_path_factory.mktemp("pair") / "客户 {1} (A) #2"
    folder.mkdir()
    return pair_of(company, folder, spark.spark_master, LEAN)


def plain(table: pa.Table) -> pa.Table:
    """Texts as texts, however a file keeps them."""
    types = [t.value_type if pa.types.is_dictionary(t) else t for t in table.schema.types]
    return table.cast(pa.schema(zip(table.column_names, types, strict=True)))


def check_same(pair: Pair, ours: RunSummary, theirs: RunSummary) -> None:
    assert theirs.engine == "spark"
    assert theirs.result_hash == ours.result_hash
    assert theirs.moves_hash == ours.moves_hash
    told, expected = asdict(theirs), asdict(ours)
    assert {name: told[name] for name in told.keys() - OWN_OF_A_RUN} == {
        name: expected[name] for name in expected.keys() - OWN_OF_A_RUN
    }
    mine, other = (
        workspace.lake.snapshot().run_directory(summary.run_id)
        for workspace, summary in ((pair.embedded, ours), (pair.spread, theirs))
    )
    assert {path.name for path in mine.iterdir()} == {path.name for path in other.iterdir()}
    for file in sorted(mine.glob("*.parquet")):
        table, same = plain(pq.read_table(file)), plain(pq.read_table(other / file.name))
        assert same.schema.names == table.schema.names, file.name
        same = same.cast(table.schema)  # a kernel may give in 64 bits what the query gives in 128
        if not file.name.startswith(("customers", "ranks")):  # these lie in an order of their own
            order = [(name, "ascending") for name in table.column_names]
            table, same = table.sort_by(order), same.sort_by(order)
        for name in table.column_names:
            assert same[name].equals(table[name]), f"{file.name}: {name}"


@pytest.mark.parametrize("template", list_templates())
def test_a_template_gives_the_same_run_on_both_engines(lean: Pair, template: str) -> None:
    # One after another in the same two workspaces: each review has the grades of the one before to keep or to move.
    ours, theirs = lean.classify(template)
    assert sum(ours.classes["grade"].values()) > 10
    check_same(lean, ours, theirs)


def test_a_later_review_moves_the_same_customers(lean: Pair) -> None:
    lean.classify("retail", AS_OF.replace(day=1) - dt.timedelta(days=1))
    ours, theirs = lean.classify("retail")
    assert ours.moves
    check_same(lean, ours, theirs)


def test_the_whole_catalogue_and_the_valuation_are_the_same(
    company: Path, tmp_path: Path, spark: EngineChoice
) -> None:
    pair = pair_of(company, tmp_path, spark.spark_master, "")
    ours, theirs = pair.classify("government", value=True)
    customers = pair.embedded.lake.snapshot().run_directory() / "customers.parquet"
    assert set(VALUATION_NAMES) & set(pq.read_schema(customers).names)
    check_same(pair, ours, theirs)


def test_groups_are_judged_as_units_on_both_engines(lean: Pair) -> None:
    document = to_document(read_standard("profit")) | {"id": "by-group", "unit": "group"}
    standard = load_standard(document, catalogue())
    ours = lean.embedded.classify(standard, AS_OF)
    theirs = lean.spread.classify(standard, AS_OF)
    check_same(lean, ours, theirs)
