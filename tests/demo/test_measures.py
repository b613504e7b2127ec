"""The planted truths of the demo company, found again by the measures after the whole loop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from keceng.classify import CUSTOMERS_FILE
from keceng.collect import CUSTOMERS, PERSONS, CollectOptions
from keceng.demo import AS_OF, DemoFiles, Truths
from keceng.loop import Workspace, create_workspace, read_standard

pytestmark = pytest.mark.slow

Rows = Mapping[str, Mapping[str, Any]]


@pytest.fixture(scope="module")
def workspace(demo_files: DemoFiles, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = create_workspace(tmp_path_factory.mktemp("demo-workspace"))
    report = made.collect(list(demo_files.paths.values()), CollectOptions(assume_defaults=True))
    assert report.rows.rejected == 0
    return made


@pytest.fixture(scope="module")
def rows(workspace: Workspace) -> Rows:
    workspace.classify(read_standard("b2b-start"), AS_OF)
    snapshot = workspace.lake.snapshot()
    stored = pq.read_table(snapshot.run_directory() / CUSTOMERS_FILE)
    persons = snapshot.read(PERSONS)
    names = pa.table({"customer_key": persons["customer_key"], "code": persons["source_id"]})
    return {r["code"]: r for r in stored.join(names, "customer_key").to_pylist()}


@pytest.fixture(scope="module")
def truths(demo_files: DemoFiles) -> Truths:
    return demo_files.truths


def test_the_silent_customer_is_silent_for_exactly_its_days(rows: Rows, truths: Truths) -> None:
    assert rows[truths.silent_customer]["days_since_last_purchase"] == truths.silent_days


def test_the_returned_customer_is_in_that_state(rows: Rows, truths: Truths) -> None:
    assert rows[truths.returned_customer]["lifecycle_state"] == "returned"


def test_accounts_that_are_no_customers_are_listed_with_their_reason(rows: Rows, truths: Truths) -> None:
    found = {
        code: rows[code]["reason_code"] for code in (truths.bucket, truths.related_party, truths.supplier)
    }
    assert found[truths.bucket] == "bucket"
    assert found[truths.related_party] == "related"
    assert found[truths.supplier] in {"supplier", "not_included"}
    assert all(rows[code]["grade"] is None for code in found)


def test_loss_makers_are_found_among_the_large_and_watched_by_cause(rows: Rows, truths: Truths) -> None:
    assert all(rows[code]["is_loss_making"] for code in truths.loss_making)
    assert all(rows[code]["contribution"] < 0 for code in truths.loss_making)


def test_the_one_long_overdue_stands_out(rows: Rows, truths: Truths) -> None:
    long = {code for code, r in rows.items() if (r["overdue_over_90_amount"] or 0) > 10_000_00}
    assert long == {truths.long_overdue}
    assert rows[truths.long_overdue]["grade"] == "D"


def test_the_rising_dealer_grows_far_beyond_its_peers(rows: Rows, truths: Truths) -> None:
    rising = rows[truths.rising_dealer]
    assert rising["role"] == "dealer"
    assert rising["spend"] > 2 * rising["previous_spend"]
    assert rising["spend_trend"] >= 6_931
    dealers = [
        r["spend_trend"] for r in rows.values() if r["role"] == "dealer" and r["spend_trend"] is not None
    ]
    assert rising["spend_trend"] >= sorted(dealers)[int(len(dealers) * 0.95)]


def test_every_province_is_normalised_to_its_short_name(rows: Rows, truths: Truths) -> None:
    assert {r["province"] for r in rows.values() if r["province"]} == set(truths.provinces)
    assert all(
        r["city"] == r["province"]
        for r in rows.values()
        if r["province"] in {"北京", "上海", "天津", "重庆"} and r["city"]
    )


def test_the_influencers_lead_and_empty_referrals_do_not(rows: Rows, truths: Truths) -> None:
    def ranked(name: str) -> list[str]:
        known = {code: r[name] for code, r in rows.items() if r[name] is not None}
        return sorted(known, key=known.__getitem__, reverse=True)

    influencers, by_influence = set(truths.influencers), ranked("influence_score")
    assert set(by_influence[: len(influencers)]) == influencers
    assert influencers <= set(ranked("referral_value")[: 3 * len(influencers)])
    assert set(ranked("social_score")[: len(influencers)]) == influencers
    hollow, oneself = rows[truths.hollow_referrer], rows[truths.self_referrer]
    assert hollow["referral_count"] == hollow["referral_value"] == 0
    assert by_influence.index(truths.hollow_referrer) > len(by_influence) // 2
    assert not oneself["referral_count"]


def test_the_growing_province_grows(rows: Rows, truths: Truths) -> None:
    def growth(province: str) -> float:
        chosen = [r for r in rows.values() if r["province"] == province and r["customer_kind"] == "org"]
        before = sum(r["previous_spend"] for r in chosen)
        return sum(r["spend"] for r in chosen) / before if before else 0.0

    factor = growth(truths.growing_province)
    assert factor == pytest.approx(truths.growth_factor, rel=0.25)
    assert factor == max(growth(p) for p in truths.provinces)


def test_roles_come_from_the_customer_type_and_peers_from_roles(rows: Rows) -> None:
    roles = {r["role"] for r in rows.values()}
    assert {"consumer", "dealer", "end_user", "government"} <= roles
    assert {r["peer_group"] for r in rows.values() if r["role"] == "dealer"} == {"dealer"}


def test_government_units_have_a_system_a_level_and_a_scale(rows: Rows) -> None:
    units = [r for r in rows.values() if r["role"] == "government"]
    assert len(units) == 200
    assert all(r["procurement_system"] and r["procurement_level"] for r in units)
    assert sum((r["procurement_won"] or 0) > 0 for r in units) > 50
    assert any(r["opening_within_12m"] for r in units)


@pytest.mark.slow
def test_all_templates_reconcile_on_the_whole_company(workspace: Workspace) -> None:
    for template in ("retail", "b2b", "consumer", "profit", "government", "education", "vip"):
        summary = workspace.classify(read_standard(template), AS_OF)
        assert summary.population.reconciles
        assert sum(summary.classes["grade"].values()) == summary.population.classified


def test_facts_hold_no_name_of_a_person(workspace: Workspace, rows: Rows) -> None:
    assert rows
    snapshot = workspace.lake.snapshot()
    customers = snapshot.read(CUSTOMERS)
    people = customers.filter(pc.equal(customers["kind"], "person")).select(["customer_key"])
    names = set(
        snapshot.read(PERSONS)
        .select(["customer_key", "name"])
        .join(people, "customer_key", join_type="inner")["name"]
        .to_pylist()
    )
    assert len(names) > 1_000
    stored = pq.read_table(snapshot.run_directory() / CUSTOMERS_FILE)
    texts = [c for c in stored.column_names if pa.types.is_string(stored.schema.field(c).type)]
    seen = {text for c in texts for text in pc.unique(stored[c]).to_pylist() if text}
    assert not seen & (names - {None})
