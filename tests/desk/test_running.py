"""Runs as people ask for them; a failed one is visible, and the last good classes stay."""

from __future__ import annotations

import datetime as dt

import pyarrow.parquet as pq
import pytest

from keceng.classify import CUSTOMERS_FILE
from keceng.desk.runs.actions import carry_out, request_run, settle_interrupted
from keceng.desk.runs.models import RunRecord
from keceng.desk.runs.queries import find_failure, kept_its_word, list_events, list_runs
from keceng.desk.standards.actions import approve, edit_draft, publish, submit_for_review
from keceng.desk.standards.queries import find_revision, read_standard_of
from keceng.desk.standards.simulation import simulate_revision
from keceng.vocabulary import KecengError
from tests.desk.cast import APRIL, MARCH, NOW, PLAIN, Desk
from tests.desk.test_life_of_a_standard import drafted, published
from tests.desk.test_reviews import code_of

TICK = dt.timedelta(minutes=1)


class Clock:
    """A clock that goes on by a minute whenever it is read."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> dt.datetime:
        self.now += TICK
        return self.now


def asked(desk: Desk, as_of: dt.date) -> RunRecord:
    revision = find_revision("plain")
    return request_run(revision.pk, as_of=as_of, signed=desk.signed("mei"))


def done(desk: Desk, as_of: dt.date) -> RunRecord:
    return carry_out(asked(desk, as_of).pk, desk.workspace, clock=Clock())


def test_a_queued_run_is_done_once_and_does_what_the_approval_of_its_revision_saw(desk: Desk) -> None:
    first = published(desk)
    run = done(desk, MARCH)
    assert (run.state, run.run_id) == ("done", desk.lake.snapshot().entry.published_run)
    assert [u.run_id for u in first.uses.all()] == [run.run_id]
    with pytest.raises(KecengError) as error:
        carry_out(run.pk, desk.workspace, clock=Clock())
    assert code_of(error) == "wrong_status"
    text = PLAIN.replace("1000", "3000")
    second = edit_draft(
        first.pk, text.encode(), based_on=first.document_hash, signed=desk.signed("mei"), lake=desk.lake
    )
    submit_for_review(second.pk, signed=desk.signed("mei"))
    impact = simulate_revision(second, desk.lake)
    approve(second.pk, impact=impact, signed=desk.signed("dong"), lake=desk.lake)
    publish(second.pk, effective_from=NOW.date(), signed=desk.signed("dong"), lake=desk.lake)
    following = done(desk, MARCH)
    assert following.moves_hash == impact["moves_hash"] != ""
    assert kept_its_word(following)
    assert [r.pk for r in list_runs()] == [following.pk, run.pk]


def test_only_what_is_in_force_is_run(desk: Desk) -> None:
    drafted(desk)
    with pytest.raises(KecengError) as error:
        asked(desk, MARCH)
    assert code_of(error) == "not_in_force"
    published(desk, day=dt.date(2026, 5, 1))
    with pytest.raises(KecengError) as error:
        asked(desk, MARCH)
    assert code_of(error) == "not_in_force"


def test_a_failed_run_is_visible_and_the_last_good_classes_stay(graded_desk: Desk) -> None:
    desk = graded_desk
    published(desk)
    entry = desk.lake.snapshot().entry
    before = pq.read_table(desk.lake.snapshot().run_directory() / CUSTOMERS_FILE)
    failed = done(desk, dt.date(1999, 1, 1))  # before anybody was known
    assert (failed.state, failed.run_id, failed.standing_run) == ("failed", "", entry.published_run)
    assert failed.problems[0]["code"] == "no_customers"
    assert "客户" in failed.problems[0]["zh"]
    assert "customer" in failed.problems[0]["en"]
    shown = find_failure()
    assert shown is not None
    assert shown.pk == failed.pk
    assert desk.lake.snapshot().entry == entry
    assert pq.read_table(desk.lake.snapshot().run_directory() / CUSTOMERS_FILE).equals(before)
    assert done(desk, APRIL).state == "done"
    assert find_failure() is None
    assert [e.step for e in list_events(failed)] == ["request", "start", "fail"]


def test_a_run_that_breaks_is_marked_before_anybody_hears_of_it(desk: Desk) -> None:
    published(desk)
    row = asked(desk, MARCH)
    (desk.lake.root / "purchase_day").rename(desk.lake.root / "elsewhere")
    with pytest.raises(Exception, match="purchase_day"):
        carry_out(row.pk, desk.workspace, clock=Clock())
    row.refresh_from_db()
    assert (row.state, row.problems[0]["code"]) == ("failed", "run_died")
    assert row.finished_at == NOW + 2 * TICK


@pytest.mark.parametrize("arrived", [True, False])
def test_a_run_whose_process_died_is_settled_by_what_the_lake_has(desk: Desk, arrived: bool) -> None:
    revision = published(desk)
    row = asked(desk, MARCH)
    RunRecord.objects.filter(pk=row.pk).update(
        state="running", started_at=NOW, started_on_snapshot=desk.lake.snapshot().snapshot_id
    )
    summary = desk.workspace.classify(read_standard_of(revision), MARCH) if arrived else None
    assert settle_interrupted(desk.lake, at=NOW) == 1
    row.refresh_from_db()
    assert row.state == ("done" if arrived else "failed")
    assert row.run_id == (summary.run_id if summary else "")
    assert revision.uses.count() == int(arrived)
    assert settle_interrupted(desk.lake, at=NOW) == 0
