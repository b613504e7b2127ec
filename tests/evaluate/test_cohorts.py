"""Series of runs: flows that conserve heads, and cohorts that stay who they are."""

from __future__ import annotations

from itertools import pairwise

import pytest

from keceng.classify import GONE, NEW, UNCLASSIFIED
from keceng.evaluate import follow_cohorts, migration_matrix, read_run, trace_flow
from keceng.lake import Lake
from keceng.vocabulary import KecengError

Series = tuple[Lake, list[str]]


def test_what_flows_into_a_class_is_what_is_there_and_what_flows_out(series: Series) -> None:
    lake, runs = series
    flow = trace_flow(lake.snapshot(), runs)
    assert {n.place for n in flow.nodes} == {0, 1, 2}
    for at, node in enumerate(flow.nodes):
        into = sum(link.cell.heads for link in flow.links if link.target == at)
        out = sum(link.cell.heads for link in flow.links if link.source == at)
        if node.place > 0 and node.state != NEW:
            assert into == node.heads
        if node.place < 2 and node.state != GONE:
            assert out == node.heads
        if node.state not in {NEW, GONE, UNCLASSIFIED}:
            assert node.heads == read_run(lake.snapshot(), node.run_id).summary.classes["grade"][node.state]


def test_the_links_of_two_runs_are_their_matrix(series: Series) -> None:
    lake, runs = series
    flow = trace_flow(lake.snapshot(), runs)
    for place, (a, b) in enumerate(pairwise(runs)):
        links = {
            (flow.nodes[link.source].state, flow.nodes[link.target].state): link.cell
            for link in flow.links
            if flow.nodes[link.source].place == place
        }
        assert links == dict(migration_matrix(lake.snapshot(), a, b).cells)


def test_a_series_that_goes_back_in_time_has_leavers(series: Series) -> None:
    lake, runs = series
    flow = trace_flow(lake.snapshot(), [runs[2], runs[0], runs[1]])
    gone = [n for n in flow.nodes if n.state == GONE]
    assert [n.place for n in gone] == [1]
    assert sum(link.cell.heads for link in flow.links if flow.nodes[link.target] == gone[0]) == gone[0].heads


def test_cohorts_hold_everybody_and_a_month_never_changes(series: Series) -> None:
    lake, runs = series
    found = follow_cohorts(lake.snapshot(), runs)
    for place, run in enumerate(found.runs):
        assert sum(sum(c.heads[place].values()) for c in found.cohorts) == run.summary.population.customers
    months = [c.month for c in found.cohorts if c.month]
    assert months == sorted(months)
    for cohort in found.cohorts:
        if cohort.month is None:
            continue
        sizes = [sum(heads.values()) for heads in cohort.heads]
        later = [
            n for n, run in zip(sizes, found.runs, strict=True) if run.as_of.isoformat()[:7] > cohort.month
        ]
        assert len(set(later)) <= 1
        assert all(not sum(h.values()) for h, run in zip(cohort.heads, found.runs, strict=True)
                   if run.as_of.isoformat()[:7] < cohort.month)  # fmt: skip
        assert sum(cohort.shares(2).values()) == pytest.approx(1)
    assert found.cohorts[0].shares(0) != {}
    assert found.to_document()["cohorts"]


def test_one_run_is_no_series(series: Series) -> None:
    lake, runs = series
    for ask in (trace_flow, follow_cohorts):
        with pytest.raises(KecengError) as error:
            ask(lake.snapshot(), runs[:1])
        assert error.value.problems[0].code == "too_few_runs"
