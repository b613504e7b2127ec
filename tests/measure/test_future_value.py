"""Future value: the blend tells the total, keeps the order of better forecasts, and gives way to a clearly better one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keceng.measure import BLEND, fit_future_value, fit_log_pool

Amounts = np.ndarray[tuple[int], np.dtype[np.float64]]


def draw(customers: int, seed: int) -> tuple[dict[str, Amounts], Amounts]:
    """Two forecasts, each right but for noise of its own, and what came."""
    rng = np.random.default_rng(seed)
    truth = rng.lognormal(3.0, 1.2, customers)
    forecasts = {name: truth * rng.lognormal(0.0, 0.8, customers) for name in ("one", "other")}
    return forecasts, truth * rng.gamma(2.0, 0.5, customers)


def test_the_blend_beats_each_of_two_noisy_forecasts_on_other_customers() -> None:
    fitted = fit_future_value(*draw(4_000, 1))
    assert fitted.chosen == BLEND
    forecasts, came = draw(4_000, 2)
    loss = {
        name: float(np.abs(np.log(value) - np.log(came)).mean())
        for name, value in {BLEND: fitted.predict(forecasts), **forecasts}.items()
    }
    assert loss[BLEND] < min(loss["one"], loss["other"])
    assert fitted.predict(forecasts).sum() == pytest.approx(came.sum(), rel=0.1)


def test_the_total_of_the_day_it_was_learnt_on_is_met() -> None:
    forecasts, came = draw(300, 3)
    came[::7] = -20.0
    for carrier in (BLEND, "one"):
        assert fit_future_value(forecasts, came, carrier).predict(forecasts).sum() == pytest.approx(
            came.sum()
        )


def test_the_carrier_takes_its_level_to_another_day() -> None:
    forecasts, came = draw(300, 4)
    fitted = fit_future_value(forecasts, came, "one")
    later = {"one": forecasts["one"] * 2, "other": forecasts["other"] * 50}
    assert fitted.predict(later).sum() == pytest.approx(2 * came.sum())


def test_a_clearly_better_forecast_is_taken_alone() -> None:
    # too few to unlearn equal weights, and two forecasts that know nothing
    rng = np.random.default_rng(5)
    came = rng.lognormal(3.0, 1.5, 40)
    forecasts = {
        "right": came * 2,
        "noise": rng.lognormal(3.0, 4.0, 40),
        "worse": rng.lognormal(3.0, 4.0, 40),
    }
    fitted = fit_future_value(forecasts, came)
    assert fitted.chosen == "right"
    assert "right alone was best" in fitted.sentence.en
    np.testing.assert_array_equal(np.argsort(fitted.predict(forecasts)), np.argsort(came))


@given(st.integers(0, 10_000), st.floats(0.01, 100))
def test_more_in_every_forecast_is_never_less_in_the_pool(seed: int, factor: float) -> None:
    forecasts, came = draw(60, seed)
    pool = fit_log_pool(forecasts, came * factor)
    assert all(weight >= 0 for weight in pool.weights.values())
    better = {name: np.sort(forecast) for name, forecast in forecasts.items()}
    assert (np.diff(pool.predict(better)) >= 0).all()


def test_with_hardly_any_customers_the_weights_stay_near_equal() -> None:
    forecasts, came = draw(3, 6)
    pool = fit_log_pool(forecasts, came)
    assert all(weight == pytest.approx(0.5, abs=0.1) for weight in pool.weights.values())


def test_what_cannot_be_told_is_refused() -> None:
    forecasts, came = draw(5, 7)
    with pytest.raises(ValueError, match="positive total"):
        fit_log_pool(forecasts, -came)
