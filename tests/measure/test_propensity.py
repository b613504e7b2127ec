"""Propensity: it finds what drives purchases, its reasons add up, it falls back on thin data, and asks nothing personal."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit

from keceng.collect import PERSONS
from keceng.measure import (
    TRAITS,
    FittedPropensity,
    PropensityRule,
    fit_propensity,
    judge_propensity,
)

NAMES = [trait.name for trait in TRAITS]
SILENCE, REFUNDS = NAMES.index("days_since_last_purchase"), NAMES.index("lifetime_refund_rate")
Rows = np.ndarray[tuple[int, int], np.dtype[np.float64]]
Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]


def draw(customers: int, seed: int) -> tuple[Rows, Flags]:
    rng = np.random.default_rng(seed)
    traits = rng.normal(2.0, 1.0, (customers, len(TRAITS)))
    traits[rng.random(customers) < 0.2, REFUNDS] = np.nan
    chance = expit(-1.5 * (traits[:, SILENCE] - 2.0) - 0.5 + 1.0 * np.isnan(traits[:, REFUNDS]))
    return traits, rng.random(customers) < chance


@pytest.fixture(scope="module")
def fitted() -> FittedPropensity:
    model = fit_propensity(*draw(6_000, 1), 90)
    assert isinstance(model, FittedPropensity)
    return model


def test_what_drives_purchases_is_found(fitted: FittedPropensity) -> None:
    assert fitted.slopes[SILENCE] / fitted.spread[SILENCE] == pytest.approx(-1.5, abs=0.15)
    assert fitted.unknown[REFUNDS] == pytest.approx(1.0, abs=0.25)


def test_chances_are_calibrated_on_customers_never_seen(fitted: FittedPropensity) -> None:
    traits, bought = draw(8_000, 2)
    chances = fitted.chances(traits)
    for low, high in ((0, 0.2), (0.2, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 1.01)):
        among = (chances >= low) & (chances < high)
        assert bought[among].mean() == pytest.approx(chances[among].mean(), abs=0.05)


def test_the_contributions_add_up_to_the_chance_and_the_reasons_are_the_greatest(
    fitted: FittedPropensity,
) -> None:
    traits, _ = draw(50, 3)
    added = fitted.contributions(traits)
    np.testing.assert_allclose(logit(fitted.chances(traits)), fitted.base + added.sum(axis=1), atol=1e-9)
    for row, reasons in zip(added, fitted.main_reasons(traits, 2), strict=True):
        assert [abs(r.log_odds) for r in reasons] == sorted(np.abs(row), reverse=True)[:2]
    frequent = traits[:1].copy()
    frequent[0, SILENCE] = fitted.least[SILENCE]
    assert fitted.main_reasons(frequent, 1)[0][0].sentence.en == (
        "days since the last purchase: makes a purchase likelier"
    )


def test_nothing_is_extrapolated_beyond_what_was_seen(fitted: FittedPropensity) -> None:
    traits = np.tile(fitted.centre, (2, 1))
    traits[:, SILENCE] = (fitted.most[SILENCE], 1e9)
    assert fitted.chances(traits)[0] == fitted.chances(traits)[1]


def test_churn_risk_is_the_rest(fitted: FittedPropensity) -> None:
    traits, _ = draw(10, 4)
    np.testing.assert_allclose(fitted.churn_risks(traits) + fitted.chances(traits), 1.0)


def test_thin_data_use_the_rule_and_say_why() -> None:
    traits, bought = draw(499, 5)
    few = fit_propensity(traits, bought, 90)
    assert isinstance(few, PropensityRule)
    assert "499 customers" in few.reasons[0].en
    traits, bought = draw(900, 6)
    bought[:] = False
    bought[:49] = True
    rare = fit_propensity(traits, bought, 90)
    assert isinstance(rare, PropensityRule)
    assert "49 bought" in rare.reasons[0].en


def test_the_rule_by_hand() -> None:
    # q = 0, 2, 4+, unknown; purchase days 8, 2, 2, 1 stand at percentiles .875, .5, .5, .125
    traits = np.zeros((4, len(TRAITS)))
    traits[:, NAMES.index("gap_ratio")] = np.log1p([0.0, 2.0, 9.0, np.nan])
    traits[:, NAMES.index("purchase_days")] = np.log1p([8, 2, 2, 1])
    points = PropensityRule(()).points(traits)
    np.testing.assert_allclose(points, [0.5 + 0.4375, 0.25 + 0.25, 0.25, 0.0625])


def test_quality_by_hand() -> None:
    chances = np.array([0.9, 0.6, 0.6, 0.1])
    quality = judge_propensity(chances, np.array([True, True, False, False]), are_chances=True)
    assert quality.auc == pytest.approx(3.5 / 4)
    assert quality.brier == pytest.approx((0.01 + 0.16 + 0.36 + 0.01) / 4)
    assert quality.top_decile_lift == pytest.approx(2.0)
    nobody = judge_propensity(chances, np.zeros(4, dtype=bool), are_chances=False)
    assert (nobody.auc, nobody.brier, nobody.top_decile_lift) == (None, None, None)


def test_no_trait_is_about_the_person() -> None:
    personal = {*PERSONS.column_names, "province", "city", "district", "region", "industry", "kind"}
    assert not personal & set(NAMES)
