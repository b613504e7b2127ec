"""Simulate and recover: each model finds the parameters, and foresees the purchases, of customers who obey it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest
from scipy.special import gammaln, hyp2f1

from keceng.measure.clv.beta_geo import _likelihood_with as beta_geo_likelihood_with
from keceng.measure.clv.histories import read_histories
from keceng.measure.clv.newton import Surface
from keceng.measure.clv.pareto_nbd import _likelihood_of as pareto_likelihood_of
from keceng.measure.clv.patterns import collapse_histories
from keceng.models import (
    BetaGeo,
    BetaGeoParameters,
    FittedLifetime,
    GammaGamma,
    GammaGammaParameters,
    ModifiedBetaGeo,
    ParetoNBD,
    ParetoParameters,
    SimulatedPurchases,
)
from tests.measure.clv.known_models import bg_nbd, mbg_nbd, pareto_nbd

LIFE = BetaGeoParameters(r=0.6, alpha=30.0, a=0.8, b=2.5)
PARETO = ParetoParameters(r=0.6, alpha=30.0, s=0.7, beta=100.0)
HORIZON = 200.0

Model = type[BetaGeo] | type[ModifiedBetaGeo] | type[ParetoNBD]


def simulate(model: Model, *, customers: int = 40_000, seed: int = 11) -> SimulatedPurchases:
    rng = np.random.default_rng(seed)
    ages = rng.uniform(20, 500, customers)
    if model is ParetoNBD:
        return ParetoNBD.simulate(PARETO, customers=customers, T=ages, rng=rng, horizon=HORIZON)
    simulator = BetaGeo if model is BetaGeo else ModifiedBetaGeo
    return simulator.simulate(LIFE, customers=customers, T=ages, rng=rng, horizon=HORIZON)


@pytest.mark.parametrize("model", [BetaGeo, ModifiedBetaGeo, ParetoNBD])
def test_parameters_of_simulated_customers_are_recovered_within_their_errors(model: Model) -> None:
    drawn = simulate(model)
    fitted = model.fit(drawn.frequency, drawn.recency, drawn.T)
    truth = np.array(PARETO if model is ParetoNBD else LIFE)
    away = (np.array(fitted.params) - truth) / np.array(fitted.standard_errors)
    assert np.abs(away).max() < 3.5
    # a χ² of four: the whole vector, correlations included
    error = np.array(fitted.params) - truth
    assert error @ np.linalg.solve(np.array(fitted.covariance), error) < 20
    assert (np.array(fitted.standard_errors) < 0.25 * truth).all()


@pytest.mark.parametrize("model", [BetaGeo, ModifiedBetaGeo, ParetoNBD])
def test_forecasts_of_simulated_customers_come_true(model: Model) -> None:
    drawn = simulate(model, customers=120_000, seed=12)
    known: FittedLifetime[BetaGeoParameters] | FittedLifetime[ParetoParameters] = (
        pareto_nbd(*PARETO) if model is ParetoNBD else bg_nbd(*LIFE) if model is BetaGeo else mbg_nbd(*LIFE)
    )
    expected = known.expected_purchases(HORIZON, drawn.frequency, drawn.recency, drawn.T)
    alive = known.p_alive(drawn.frequency, drawn.recency, drawn.T)
    for group in (drawn.frequency == 0, drawn.frequency == 1, drawn.frequency >= 5, drawn.T < 100):
        noise = drawn.future_purchases[group].std() / np.sqrt(group.sum())
        assert drawn.future_purchases[group].mean() == pytest.approx(expected[group].mean(), abs=4 * noise)
        assert drawn.is_alive[group].mean() == pytest.approx(
            alive[group].mean(), abs=2 / np.sqrt(group.sum())
        )


def test_amounts_of_simulated_customers_are_recovered() -> None:
    truth = GammaGammaParameters(p=6.0, q=4.0, v=15.0)
    frequency = np.random.default_rng(3).integers(0, 12, 30_000)
    amounts = GammaGamma.simulate(truth, frequency=frequency, rng=np.random.default_rng(4))
    fitted = GammaGamma.fit(frequency, amounts)
    assert fitted.customers == (frequency > 0).sum()
    away = (np.array(fitted.params) - np.array(truth)) / np.array(fitted.standard_errors)
    assert np.abs(away).max() < 3.5


@pytest.mark.parametrize("model", [BetaGeo, ModifiedBetaGeo, ParetoNBD])
def test_order_and_grouping_of_rows_never_matter(model: Model) -> None:
    drawn = simulate(model, customers=3_000)
    x, t, age = drawn.frequency, np.ceil(drawn.recency), np.ceil(drawn.T)
    fitted = model.fit(x, t, age)
    shuffled = np.random.default_rng(1).permutation(len(x))
    assert model.fit(x[shuffled], t[shuffled], age[shuffled]) == fitted
    distinct, counts = np.unique(np.stack([x, t, age], axis=1), axis=0, return_counts=True)
    assert model.fit(distinct[:, 0], distinct[:, 1], distinct[:, 2], counts) == fitted
    assert fitted.patterns == len(distinct)
    assert fitted.customers == 3_000


@pytest.mark.parametrize("model", [BetaGeo, ModifiedBetaGeo, ParetoNBD])
def test_another_unit_of_time_scales_the_times_and_nothing_else(model: Model) -> None:
    drawn = simulate(model, customers=3_000)
    days = model.fit(drawn.frequency, drawn.recency, drawn.T)
    weeks = model.fit(drawn.frequency, drawn.recency / 7, drawn.T / 7, time_unit="weeks")
    factors = [7.0 if name in {"alpha", "beta"} else 1.0 for name in days.params._fields]
    assert np.array(weeks.params) * factors == pytest.approx(np.array(days.params), rel=1e-8)
    jacobian = drawn.frequency.sum() * np.log(7)
    assert weeks.log_likelihood == pytest.approx(days.log_likelihood + jacobian, rel=1e-12)


def likelihood_of_pareto(params: tuple[float, ...], x: np.ndarray, t: np.ndarray, age: np.ndarray) -> float:
    """The published form with two hypergeometric functions (Fader & Hardie 2005, eqs 18–20)."""
    r, alpha, s, beta = params
    n, high = r + x + s, max(alpha, beta)
    second = s + 1 if alpha >= beta else r + x

    def part(y: np.ndarray) -> np.ndarray:
        return np.asarray(hyp2f1(n, second, n + 1, abs(alpha - beta) / (high + y)) / (high + y) ** n)

    common = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    stayed = (alpha + age) ** -(r + x) * (beta + age) ** -s
    return float((common + np.log(stayed + s / n * (part(t) - part(age)))).sum())


def test_the_quadrature_of_pareto_is_the_published_likelihood() -> None:
    drawn = simulate(ParetoNBD, customers=2_000)
    fitted = ParetoNBD.fit(drawn.frequency, drawn.recency, drawn.T)
    published = likelihood_of_pareto(fitted.params, drawn.frequency, drawn.recency, drawn.T)
    assert fitted.log_likelihood == pytest.approx(published, abs=1e-7)


@pytest.mark.parametrize("model", [BetaGeo, ModifiedBetaGeo, ParetoNBD])
def test_derivatives_are_those_of_the_likelihood(model: Model) -> None:
    surface_at = likelihood_at(model)
    point = np.array([-0.5, -1.0, -0.4, 0.3])
    surface = surface_at(point)
    step = 1e-5
    for k, direction in enumerate(np.eye(4)):
        up, down = surface_at(point + step * direction), surface_at(point - step * direction)
        slope = (up.mean_log_likelihood - down.mean_log_likelihood) / (2 * step)
        assert surface.gradient[k] == pytest.approx(slope, rel=1e-6, abs=1e-8)
        assert surface.hessian[k] == pytest.approx(
            (up.gradient - down.gradient) / (2 * step), rel=1e-6, abs=1e-8
        )


def likelihood_at(model: Model) -> Callable[[np.ndarray], Surface]:
    drawn = simulate(model, customers=500)
    patterns = collapse_histories(read_histories(drawn.frequency, drawn.recency, drawn.T)).scaled_by(250.0)
    if model is ParetoNBD:
        return pareto_likelihood_of(patterns)
    return beta_geo_likelihood_with(late_dropout=model is BetaGeo)(patterns)


def test_arrow_in_is_arrow_out() -> None:
    model = bg_nbd(*LIFE)
    columns = [pa.array([2, 0]), pa.chunked_array([[30.0], [0.0]]), pa.array([40, 40])]
    as_arrow = model.expected_purchases(100.0, *columns)
    assert isinstance(as_arrow, pa.Array)
    assert as_arrow.to_pylist() == model.expected_purchases(100.0, [2, 0], [30.0, 0.0], [40, 40]).tolist()
    assert isinstance(model.p_alive(*columns), pa.Array)


def test_a_one_time_buyer_is_alive_in_bg_nbd_and_may_be_gone_in_mbg_nbd() -> None:
    assert bg_nbd(*LIFE).p_alive([0], [0], [400])[0] == 1.0
    assert mbg_nbd(*LIFE).p_alive([0], [0], [400])[0] < 1.0
