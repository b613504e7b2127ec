"""Data that cannot be fitted say so with a reason; rows that cannot be read are named; nothing ever ends as NaN."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keceng.models import BetaGeo, DidNotConverge, GammaGamma, ModifiedBetaGeo, NonConvergence, ParetoNBD
from keceng.vocabulary import KecengError

Model = type[BetaGeo] | type[ModifiedBetaGeo] | type[ParetoNBD]
MODELS = [BetaGeo, ModifiedBetaGeo, ParetoNBD]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        (([], [], []), NonConvergence.NO_CUSTOMERS),
        (([3], [10], [20]), NonConvergence.ONE_CUSTOMER),
        (([0, 0, 0], [0, 0, 0], [20, 30, 40]), NonConvergence.NO_REPEATS),
        (([3, 3, 3], [10, 10, 10], [20, 20, 20]), NonConvergence.ONE_PATTERN),
    ],
)
def test_data_without_variety_are_refused_with_the_reason(
    model: Model, columns: tuple[list[float], list[float], list[float]], reason: NonConvergence
) -> None:
    with pytest.raises(DidNotConverge) as error:
        model.fit(*columns)
    assert error.value.reason is reason
    assert (
        model.__name__[:4].lower() in error.value.problems[0].message.en.replace("/", "")
        or error.value.problems
    )


@pytest.mark.parametrize("model", MODELS)
def test_customers_who_all_buy_alike_leave_the_parameters_open(model: Model) -> None:
    # regular buyers differ less than Poisson: the likelihood rises until the rates are equal
    rng = np.random.default_rng(1)
    ages = rng.integers(100, 200, 300).astype(float)
    bought = np.floor(ages / 10)
    with pytest.raises(DidNotConverge) as error:
        model.fit(bought, bought * 10, ages)
    assert error.value.reason in {NonConvergence.BOUNDARY, NonConvergence.FLAT}


def test_every_unusable_row_is_named() -> None:
    with pytest.raises(KecengError) as error:
        BetaGeo.fit([1, -1, 1.5, 2, 0, 3, 1], [5, 5, 5, 30, 4, 0, float("nan")], [10, 10, 10, 20, 10, 10, 10])
    named = {(problem.place.column, problem.place.row) for problem in error.value.problems}
    assert named == {
        ("frequency", 2),
        ("frequency", 3),
        ("recency", 4),
        ("recency", 5),
        ("recency", 6),
        ("recency", 7),
    }


def test_a_thousand_unusable_rows_are_counted_not_listed() -> None:
    with pytest.raises(KecengError) as error:
        BetaGeo.fit([-1] * 1_000, [0] * 1_000, [10] * 1_000)
    assert len(error.value.problems) == 21
    assert "980 more" in error.value.problems[-1].message.en


def test_a_customer_without_history_teaches_nothing_but_is_scored() -> None:
    with pytest.raises(KecengError, match="T = 0"):
        BetaGeo.fit([1, 2, 0], [5, 7, 0], [10, 12, 0])
    fitted = BetaGeo.fit(*sample(400))
    assert fitted.p_alive([0], [0], [0])[0] == 1.0
    assert fitted.expected_purchases(365, [0], [0], [0])[0] > 0


@pytest.mark.parametrize("amount", [0.0, -5.0, float("nan"), float("inf")])
def test_an_amount_that_is_no_purchase_is_refused(amount: float) -> None:
    with pytest.raises(KecengError) as error:
        GammaGamma.fit([1, 2, 3], [10.0, amount, 12.0])
    assert [(p.place.column, p.place.row) for p in error.value.problems] == [("monetary_value", 2)]


@pytest.mark.parametrize(
    ("frequency", "amounts", "reason"),
    [
        ([0, 0], [0.0, 0.0], NonConvergence.NO_REPEATS),
        ([0, 2], [0.0, 5.0], NonConvergence.ONE_CUSTOMER),
        ([1, 2, 3], [5.0, 5.0, 5.0], NonConvergence.ONE_PATTERN),
    ],
)
def test_amounts_without_variety_are_refused(
    frequency: list[int], amounts: list[float], reason: NonConvergence
) -> None:
    with pytest.raises(DidNotConverge) as error:
        GammaGamma.fit(frequency, amounts)
    assert error.value.reason is reason


@pytest.mark.parametrize("weights", [[1, 0, 2], [1, 1.5, 2], [1, float("nan"), 2], [1, 2]])
def test_weights_are_counts(weights: list[float]) -> None:
    with pytest.raises(KecengError):
        BetaGeo.fit([1, 2, 0], [5, 7, 0], [10, 12, 11], weights)


def test_words_are_not_numbers() -> None:
    with pytest.raises(KecengError) as error:
        BetaGeo.fit(["many"], [1], [2])
    assert error.value.problems[0].place.column == "frequency"


@pytest.mark.parametrize("horizon", [0.0, -1.0, float("nan"), float("inf")])
def test_a_horizon_is_a_positive_span(horizon: float) -> None:
    with pytest.raises(KecengError):
        BetaGeo.fit(*sample(400)).expected_purchases(horizon, [1], [1], [2])


histories = st.lists(
    st.tuples(st.integers(0, 30), st.integers(1, 400), st.integers(0, 400)).map(
        lambda d: (d[0], d[1] if d[0] else 0, d[1] + d[2])
    ),
    min_size=0,
    max_size=40,
)


@settings(max_examples=60)
@given(rows=histories)
def test_any_book_is_fitted_with_finite_errors_or_refused(rows: list[tuple[int, int, int]]) -> None:
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], []]
    for model in (BetaGeo, ModifiedBetaGeo, ParetoNBD):
        try:
            fitted = model.fit(*columns)
        except DidNotConverge:
            continue
        assert np.isfinite([*fitted.params, *fitted.standard_errors, fitted.log_likelihood]).all()
        assert np.isfinite(fitted.expected_purchases(365, *columns)).all()


def test_an_ordinary_run_never_loads_the_compiler() -> None:
    program = "import sys, keceng.loop, keceng.cli.door; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def sample(customers: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    from keceng.models import BetaGeoParameters  # noqa: PLC0415

    drawn = BetaGeo.simulate(
        BetaGeoParameters(0.8, 20.0, 0.8, 2.5), customers=customers, T=200.0, rng=np.random.default_rng(2)
    )
    return drawn.frequency, drawn.recency, drawn.T
