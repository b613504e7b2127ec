"""A changed draft over what a run stored gives everybody the grade and the reason code of a full run of the changed standard."""

from __future__ import annotations

import datetime as dt
import random
import re
import shutil
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlglot import exp

from keceng.classify import (
    EMPTY_STANDINGS,
    ChangedDraft,
    Decision,
    DecisionKind,
    RunRequest,
    class_steps,
    classify_customers,
    lay_changed_draft,
    plan_steps,
    read_customers,
    record_decisions,
)
from keceng.collect import CUSTOMERS, DECISIONS, LEDGER, CollectOptions
from keceng.demo import AS_OF, write_company
from keceng.evaluate import glance, glance_at_draft
from keceng.lake import Lake, Snapshot, open_engine, sql
from keceng.loop import create_workspace
from keceng.measure import catalogue
from keceng.standard import Standard, find_standard, list_templates, load_standard, template_text
from keceng.vocabulary import KecengError

pytestmark = pytest.mark.slow
TEMPLATES = tuple(list_templates())
_NUMBER = re.compile(r"(?<![\w.#-])\d+(?:\.\d+)?(?![\w.])")
_FACTORS = (0.25, 0.5, 0.8, 0.9, 1.1, 1.3, 2.0, 4.0)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    folder = tmp_path_factory.mktemp("company")
    files = write_company(folder / "files", customers=400)
    workspace = create_workspace(folder / "workspace")
    workspace.collect(list(files.paths.values()), CollectOptions(assume_defaults=True))
    keys = workspace.lake.snapshot().read(CUSTOMERS)["customer_key"].to_pylist()
    record_decisions(workspace.lake, [override(int(keys[0]), "A"), override(int(keys[1]), "C")])
    return workspace.lake


def override(key: int, class_id: str) -> Decision:
    return Decision(
        decision_id=f"o-{key}",
        kind=DecisionKind.OVERRIDE,
        reason="战略客户",
        decided_by="wang",
        approved_by="li",
        decided_at=dt.datetime(2026, 1, 1, 8, 0),  # noqa: DTZ001  the lake's times have no zone
        effective_on=AS_OF - dt.timedelta(days=30),
        expires_on=AS_OF + dt.timedelta(days=30),
        customer_key=key,
        class_id=class_id,
    )


@pytest.fixture(scope="module")
def published(company: Lake, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Snapshot]:
    """Each template published by a run of its own, every other one of what is needed alone."""
    folder = tmp_path_factory.mktemp("published")
    found = {}
    for number, template in enumerate(TEMPLATES):
        lake = Lake(Path(shutil.copytree(company.root, folder / template)))
        request = RunRequest(find_standard(template, catalogue()), AS_OF, is_lean=number % 2 == 0)
        classify_customers(lake, request)
        found[template] = lake.snapshot()
    return found


def changed(template: str, seed: int) -> Standard | None:
    """The template with one to three of its numbers changed; None where that is no standard."""
    rng, text = random.Random(seed), template_text(template)
    low = min(place for word in ("\ndimensions:", "\ngrade:") if (place := text.find(word)) >= 0)
    high = min(place for word in ("\nstability:", "\nstrategy:") if (place := text.find(word)) >= 0)
    spans = [m.span() for m in _NUMBER.finditer(text, low, high)]
    for start, end in sorted(rng.sample(spans, rng.randint(1, 3)), reverse=True):
        written = text[start:end]
        value = float(written) * rng.choice(_FACTORS)
        told = f"{value:.{len(written.partition('.')[2])}f}" if "." in written else str(max(round(value), 1))
        text = text[:start] + told + text[end:]
    try:
        return load_standard(text, catalogue())
    except KecengError:
        return None


_MEASURED: dict[tuple[str, tuple[str, ...]], pa.Table] = {}


def in_full(snapshot: Snapshot, draft: Standard) -> pa.Table:
    """Keys, grades and codes of a run of `draft` from the ledger; what no draft changes is measured once."""
    engine = open_engine(snapshot, LEDGER)
    try:
        asked = (str(snapshot.root), draft.measures)
        engine.give("standings", EMPTY_STANDINGS)
        if asked not in _MEASURED:
            engine.run(plan_steps(draft, AS_OF))
            _MEASURED[asked] = engine.fetch(sql("select * from measured"))
        else:
            measured = _MEASURED[asked]
            units = exp.select("customer_key", "customer_key as unit_key").from_("measured")
            engine.give("measured", measured)
            engine.view("units", units)
            engine.run(class_steps(draft, AS_OF))
        return engine.fetch(sql("select customer_key, grade, reason_code from coded order by customer_key"))
    finally:
        engine.close()


def laid(snapshot: Snapshot, draft: Standard) -> ChangedDraft | None:
    engine = open_engine(snapshot, [DECISIONS])
    try:
        return lay_changed_draft(snapshot, draft, engine)
    finally:
        engine.close()


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(template=st.sampled_from(TEMPLATES), seed=st.integers(0, 2**32))
def test_grades_and_codes_are_those_of_a_full_run(
    published: dict[str, Snapshot], template: str, seed: int
) -> None:
    draft = changed(template, seed)
    if draft is None:
        return
    found = laid(published[template], draft)
    if found is None:
        return
    expected = in_full(published[template], draft)
    assert found.keys.tolist() == expected["customer_key"].to_pylist()
    grades = [found.classes[place] for place in found.after.tolist()]
    assert grades == [grade or "(unclassified)" for grade in expected["grade"].to_pylist()]
    assert found.reason_codes().to_pylist() == expected["reason_code"].to_pylist()


def test_most_changes_need_nothing_but_what_was_stored(published: dict[str, Snapshot]) -> None:
    drafts = [(t, draft) for t in TEMPLATES for seed in range(8) if (draft := changed(t, seed)) is not None]
    assert len(drafts) >= 10
    is_laid = [laid(published[template], draft) is not None for template, draft in drafts]
    assert sum(is_laid) >= 0.8 * len(drafts)


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_glance_is_that_of_a_whole_rehearsal(published: dict[str, Snapshot], template: str) -> None:
    drafts = [draft for seed in range(40) if (draft := changed(template, seed)) is not None][:1]
    snapshot = published[template]
    assert drafts
    for draft in drafts:
        expected = glance._rehearsed(snapshot, draft, is_hashed=True)
        assert glance_at_draft(snapshot, draft, is_hashed=True) == expected


def test_a_run_of_the_draft_gives_what_was_laid(published: dict[str, Snapshot], tmp_path: Path) -> None:
    draft = load_standard(template_text("retail").replace("max_share: 0.20", "max_share: 0.10"), catalogue())
    found = laid(published["retail"], draft)
    assert found is not None
    lake = Lake(Path(shutil.copytree(published["retail"].root, tmp_path / "lake")))
    summary = classify_customers(lake, RunRequest(draft, AS_OF))
    rows = read_customers(lake.snapshot().run_directory(), ["customer_key", "grade", "reason_code"])
    assert found.keys.tolist() == rows["customer_key"].to_pylist()
    assert found.reason_codes().to_pylist() == rows["reason_code"].to_pylist()
    assert found.moves == summary.moves
    told = {d["customer_key"]: d for d in rows.to_pylist()}
    assert [found.classes[p] for p in found.after.tolist()] == [
        told[key]["grade"] or "(unclassified)" for key in found.keys.tolist()
    ]


def test_another_window_or_another_ranking_is_not_laid(published: dict[str, Snapshot]) -> None:
    text = template_text("retail")
    for old, new in (("window: 365d", "window: 180d"), ("measure: spend", "measure: order_count")):
        assert old in text
        draft = load_standard(text.replace(old, new), catalogue())
        assert laid(published["retail"], draft) is None
