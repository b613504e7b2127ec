"""Intervals and chances: what simulated customers really bring falls where the prediction says."""

from __future__ import annotations

import numpy as np
import pytest

from keceng.models import (
    BetaGeo,
    BetaGeoParameters,
    ClvPrediction,
    GammaGamma,
    GammaGammaParameters,
    ParetoNBD,
    ParetoParameters,
    PurchaseHistories,
    Terms,
    predict_clv,
)
from keceng.vocabulary import KecengError
from tests.measure.clv.known_models import bg_nbd, gamma_gamma, mbg_nbd, pareto_nbd

LIFE = BetaGeoParameters(r=0.8, alpha=40.0, a=0.8, b=2.5)
PARETO = ParetoParameters(r=0.8, alpha=40.0, s=0.7, beta=150.0)
SPEND = GammaGammaParameters(p=6.0, q=5.0, v=60.0)
HORIZON = 365.0
UNDISCOUNTED = Terms(horizon_days=HORIZON, discount_rate=0.0, margin=1.0)


def draw(*, pareto: bool) -> tuple[ClvPrediction, np.ndarray]:
    """Predictions at the true parameters, and what the customers bring in the next year."""
    rng = np.random.default_rng(42)
    ages = rng.integers(50, 400, 60_000).astype(float)
    if pareto:
        drawn = ParetoNBD.simulate(PARETO, customers=60_000, T=ages, rng=rng, horizon=HORIZON)
    else:
        drawn = BetaGeo.simulate(LIFE, customers=60_000, T=ages, rng=rng, horizon=HORIZON)
    # one customer's past and future amounts share their rate ν
    rate = rng.gamma(SPEND.q, 1 / SPEND.v, 60_000)
    past = rng.gamma(SPEND.p * np.maximum(drawn.frequency, 1)) / rate / np.maximum(drawn.frequency, 1)
    future = np.where(
        drawn.future_purchases > 0, rng.gamma(SPEND.p * np.maximum(drawn.future_purchases, 1)) / rate, 0
    )
    customers = PurchaseHistories(drawn.frequency, drawn.recency, drawn.T, past)
    model = pareto_nbd(*PARETO) if pareto else bg_nbd(*LIFE)
    return predict_clv(model, gamma_gamma(*SPEND), customers, UNDISCOUNTED), future


@pytest.mark.parametrize("pareto", [False, True])
def test_means_chances_and_intervals_come_true(pareto: bool) -> None:
    prediction, brought = draw(pareto=pareto)
    assert brought.mean() == pytest.approx(prediction.clv.mean(), rel=0.02)
    assert (brought > 0).mean() == pytest.approx(prediction.chance_of_purchase.mean(), abs=0.008)
    for cut in (50.0, 200.0, 800.0):
        assert (brought > cut).mean() == pytest.approx(prediction.chance_above(cut).mean(), abs=0.035)
    low, high = prediction.interval(0.8)
    assert (brought > high).mean() == pytest.approx(0.1, abs=0.015)
    assert ((low <= brought) & (brought <= high)).mean() >= 0.79


def test_the_chance_of_being_above_a_cut_is_calibrated_customer_by_customer() -> None:
    prediction, brought = draw(pareto=False)
    chance = prediction.chance_above(150.0)
    for lowest in (0.0, 0.2, 0.4, 0.6, 0.8):
        group = (chance >= lowest) & (chance < lowest + 0.2)
        if group.sum() > 500:
            assert (brought[group] > 150.0).mean() == pytest.approx(chance[group].mean(), abs=0.06)


def test_uncertain_parameters_widen_the_interval() -> None:
    rng = np.random.default_rng(8)
    drawn = BetaGeo.simulate(LIFE, customers=250, T=200.0, rng=rng)
    amounts = GammaGamma.simulate(SPEND, frequency=drawn.frequency, rng=rng)
    customers = PurchaseHistories(drawn.frequency, drawn.recency, drawn.T, amounts)
    model = BetaGeo.fit(drawn.frequency, drawn.recency, drawn.T)
    spend = GammaGamma.fit(drawn.frequency, amounts)
    certain = predict_clv(bg_nbd(*model.params), gamma_gamma(*spend.params), customers, UNDISCOUNTED)
    honest = predict_clv(model, spend, customers, UNDISCOUNTED)
    assert honest.clv == pytest.approx(certain.clv, rel=1e-12)
    assert (honest.shape < certain.shape).all()
    assert honest.interval(0.9)[1].sum() > certain.interval(0.9)[1].sum()


def test_a_negative_margin_mirrors_the_interval() -> None:
    customers = PurchaseHistories([3, 0], [100.0, 0.0], [120.0, 120.0], [50.0, 0.0])
    model, spend = mbg_nbd(*LIFE), gamma_gamma(*SPEND)
    gain = predict_clv(model, spend, customers, Terms(365, 0.1, 0.2))
    loss = predict_clv(model, spend, customers, Terms(365, 0.1, -0.2))
    assert loss.clv == pytest.approx(-gain.clv)
    assert loss.interval(0.8)[0] == pytest.approx(-gain.interval(0.8)[1])
    assert loss.chance_above(-10.0) == pytest.approx(1 - gain.chance_above(10.0))
    assert loss.chance_above(0.0).tolist() == [0.0, 0.0]


def test_the_longest_dead_and_the_busiest_customers_have_finite_bounds() -> None:
    customers = PurchaseHistories(
        [10_000, 10_000, 0], [100.0, 3_000.0, 0.0], [3_000.0, 3_000.0, 0.0], [5.0, 5.0, 0.0]
    )
    for model in (bg_nbd(*LIFE), mbg_nbd(*LIFE), pareto_nbd(*PARETO)):
        prediction = predict_clv(model, gamma_gamma(*SPEND), customers, Terms(1_000, 0.1, 0.3))
        for numbers in (prediction.clv, *prediction.interval(0.95), prediction.chance_above(1.0)):
            assert np.isfinite(numbers).all()


def test_amounts_without_a_variance_have_no_interval() -> None:
    customers = PurchaseHistories([0], [0.0], [10.0], [0.0])
    with pytest.raises(KecengError) as error:
        predict_clv(bg_nbd(*LIFE), gamma_gamma(6.0, 1.9, 60.0), customers, UNDISCOUNTED)
    assert error.value.problems[0].code == "spend_variance_undefined"


def test_a_prediction_is_asked_again_from_its_stored_moments() -> None:
    prediction, brought = draw(pareto=False)
    again = ClvPrediction.from_moments(prediction.clv, prediction.chance_of_purchase, prediction.deviation)
    for cut in (0.0, 1.0, 200.0, 5_000.0):
        np.testing.assert_allclose(again.chance_above(cut), prediction.chance_above(cut), atol=1e-9)
    # Stored parts: cents, and ten-thousandths of a chance.
    rounded = ClvPrediction.from_moments(
        np.rint(prediction.clv * 100),
        np.rint(prediction.chance_of_purchase * 10_000) / 10_000,
        np.rint(prediction.deviation * 100),
    )
    np.testing.assert_allclose(rounded.chance_above(200_00.0), prediction.chance_above(200.0), atol=2e-4)
    # Of independent customers variances add: the deviation is that of what they really bring.
    assert np.std(brought - prediction.clv) == pytest.approx(
        np.sqrt(np.mean(prediction.deviation**2)), rel=0.15
    )


def test_a_loss_and_a_customer_who_never_comes_keep_their_chances() -> None:
    loss = ClvPrediction.from_moments(np.array([-50.0]), np.array([0.5]), np.array([80.0]))
    assert loss.sign == -1.0
    assert loss.chance_above(0.0)[0] == 0.0
    assert 0.5 < loss.chance_above(-60.0)[0] < 1.0
    gone = ClvPrediction.from_moments(np.array([0.0]), np.array([0.0]), np.array([0.0]))
    assert gone.chance_above(1.0)[0] == 0.0
    assert gone.deviation[0] == 0.0
