"""CDNOW's published fits (Fader, Hardie & Lee 2005; Fader & Hardie 2013), and the same optimum as lifetimes 0.11.3."""

from __future__ import annotations

import csv
import warnings

import numpy as np
import pytest

from keceng.models import (
    BetaGeo,
    GammaGamma,
    ModifiedBetaGeo,
    ParetoNBD,
    PurchaseHistories,
    Terms,
    choose_valuation,
    predict_clv,
)
from tests.real_data import real_file

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the peer is older than its libraries
    from lifetimes import BetaGeoFitter, GammaGammaFitter, ModifiedBetaGeoFitter


@pytest.fixture(scope="module")
def summary() -> PurchaseHistories:
    path = real_file("cdnow", "cdnow_customers_summary_with_transactions.csv")
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return PurchaseHistories(
        *(np.array([float(row[name]) for row in rows]) for name in ("x", "t_x", "T", "zbar"))
    )


def test_bg_nbd_prints_the_published_figures(summary: PurchaseHistories) -> None:
    fitted = BetaGeo.fit(summary.frequency, summary.recency, summary.T, time_unit="weeks")
    assert [f"{p:.3f}" for p in fitted.params] == ["0.243", "4.414", "0.793", "2.426"]
    assert f"{fitted.log_likelihood:.1f}" == "-9582.4"
    assert fitted.customers == 2357


def test_pareto_nbd_prints_the_published_figures(summary: PurchaseHistories) -> None:
    fitted = ParetoNBD.fit(summary.frequency, summary.recency, summary.T, time_unit="weeks")
    assert np.array(fitted.params) == pytest.approx([0.553, 10.578, 0.606, 11.669], abs=0.0015)
    assert f"{fitted.log_likelihood:.1f}" == "-9595.0"


def test_gamma_gamma_prints_the_published_figures(summary: PurchaseHistories) -> None:
    fitted = GammaGamma.fit(summary.frequency, summary.monetary_value)
    assert np.array(fitted.params) == pytest.approx([6.25, 3.74, 15.45], abs=0.01)
    assert f"{fitted.log_likelihood:.2f}" == "-4055.92"
    assert fitted.customers == 946


def test_a_forecast_is_that_of_the_authors_spreadsheet(summary: PurchaseHistories) -> None:
    # customer 1: two repeats, the last at week 30.43 of 38.86; 1.226 expected in the next 39 weeks
    fitted = BetaGeo.fit(summary.frequency, summary.recency, summary.T, time_unit="weeks")
    assert fitted.expected_purchases(39, [2], [30.43], [38.86])[0] == pytest.approx(1.226, abs=0.0005)


def test_a_second_run_gives_the_same_bits(summary: PurchaseHistories) -> None:
    for model in (BetaGeo, ModifiedBetaGeo, ParetoNBD):
        runs = {repr(model.fit(summary.frequency, summary.recency, summary.T)) for _ in range(3)}
        assert len(runs) == 1
    assert len({repr(GammaGamma.fit(summary.frequency, summary.monetary_value)) for _ in range(3)}) == 1


@pytest.mark.filterwarnings("ignore")
def test_the_optimum_is_that_of_lifetimes(summary: PurchaseHistories) -> None:
    columns = (summary.frequency, summary.recency, summary.T)
    for ours, peer in ((BetaGeo, BetaGeoFitter), (ModifiedBetaGeo, ModifiedBetaGeoFitter)):
        theirs = peer().fit(*columns)
        assert np.array(ours.fit(*columns).params) == pytest.approx(theirs.params_.to_numpy(), rel=1e-4)
    repeaters = summary.frequency > 0
    amounts = np.asarray(summary.monetary_value)[repeaters]
    spend = GammaGammaFitter().fit(summary.frequency[repeaters], amounts)
    fitted = GammaGamma.fit(summary.frequency, summary.monetary_value)
    assert np.array(fitted.params) == pytest.approx(spend.params_.to_numpy(), rel=1e-4)


@pytest.mark.filterwarnings("ignore")
def test_scores_are_those_of_lifetimes(summary: PurchaseHistories) -> None:
    columns = (summary.frequency, summary.recency, summary.T)
    ours, peer = BetaGeo.fit(*columns, time_unit="weeks"), BetaGeoFitter().fit(*columns)
    peer.params_[:] = list(ours.params)
    expected = peer.conditional_expected_number_of_purchases_up_to_time(39, *columns)
    assert ours.expected_purchases(39, *columns) == pytest.approx(np.asarray(expected), rel=1e-10)
    alive = peer.conditional_probability_alive(*columns)
    assert ours.p_alive(*columns) == pytest.approx(np.asarray(alive), rel=1e-12)


def test_the_lifetime_models_are_allowed_on_cdnow_and_bound_each_value(summary: PurchaseHistories) -> None:
    assert choose_valuation(summary, time_unit="weeks").reasons == ()
    model = BetaGeo.fit(summary.frequency, summary.recency, summary.T, time_unit="weeks")
    spend = GammaGamma.fit(summary.frequency, summary.monetary_value)
    terms = Terms(horizon_days=365, discount_rate=0.1, margin=0.3)
    prediction = predict_clv(model, spend, summary, terms)
    worth = model.clv(spend, summary, horizon_days=365, discount_rate=0.1, margin=0.3)
    assert prediction.clv == pytest.approx(worth, rel=1e-12)
    low, high = prediction.interval(0.8)
    assert (low <= high).all()
    assert np.isfinite(high).all()
