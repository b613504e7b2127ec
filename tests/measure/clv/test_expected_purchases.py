"""Expected purchases against arbitrary precision, where double precision is hardest."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.measure.clv.known_models import bg_nbd, mbg_nbd, pareto_nbd

TOLERANCE = 1e-10
SMALLEST_NORMAL = mpmath.mpf(10) ** -290

History = tuple[float, float, float]
Point = tuple[tuple[float, float, float, float], History, float]


def exact_beta_geometric(point: Point, *, late_dropout: bool) -> mpmath.mpf:
    """The published closed form (Fader, Hardie & Lee 2005, eq. 10; MBG with b + 1) at 80 digits."""
    with mpmath.workdps(80):
        (r, alpha, a, b), (x, t_x, age), t = point
        r, alpha, a, b, x, t_x, age, t = (mpmath.mpf(number) for number in (r, alpha, a, b, x, t_x, age, t))
        if a == 1:
            a += mpmath.mpf(10) ** -40
        stays = b + x if late_dropout else b + x + 1
        c = a + stays - 1
        shrink = (alpha + age) / (alpha + age + t)
        z = t / (alpha + age + t)
        # Euler's transformation of ₂F₁(r + x, b + x; c; z), itself exact, so that mpmath stays quick at x = 10,000
        hypergeometric = shrink ** (a - 1 - r - x) * mpmath.hyp2f1(c - r - x, a - 1, c, z)
        bought = c / (a - 1) * (1 - shrink ** (r + x) * hypergeometric)
        may_be_gone = x > 0 or not late_dropout
        gone = a / (stays - 1) * ((alpha + age) / (alpha + t_x)) ** (r + x) if may_be_gone else 0
        return bought / (1 + gone)


def hard_points(count: int) -> list[Point]:
    rng = np.random.default_rng(2005)
    points: list[Point] = []
    near_one = [1.0, 1 + 1e-6, 1 - 1e-6, 1 + 1e-4, 1 - 1e-3]
    while len(points) < count:
        a = rng.choice([*near_one, *(10 ** rng.uniform(-2, 2, 3))])
        params = (10 ** rng.uniform(-2, 1.5), 10 ** rng.uniform(-2, 3), float(a), 10 ** rng.uniform(-1.5, 2))
        x = float(rng.choice([0, 1, 2, 10, 100, 1_000, 10_000]))
        age = 10 ** rng.uniform(-3, 5)
        t_x = 0.0 if x == 0 else age * float(rng.choice([1.0, 0.999, rng.uniform(0.5, 1)]))
        point = (params, (x, t_x, age), 10 ** rng.uniform(-2, 5))
        if exact_beta_geometric(point, late_dropout=True) > SMALLEST_NORMAL:
            points.append(point)
    return points


POINTS = hard_points(200)


def test_bg_nbd_agrees_with_arbitrary_precision_on_200_hard_points() -> None:
    for point in POINTS:
        params, (x, t_x, age), t = point
        exact = exact_beta_geometric(point, late_dropout=True)
        ours = bg_nbd(*params).expected_purchases(t, [x], [t_x], [age])[0]
        assert abs(ours - exact) <= TOLERANCE * exact, point


def test_mbg_nbd_agrees_with_arbitrary_precision_on_200_hard_points() -> None:
    for point in POINTS:
        params, (x, t_x, age), t = point
        exact = exact_beta_geometric(point, late_dropout=False)
        ours = mbg_nbd(*params).expected_purchases(t, [x], [t_x], [age])[0]
        assert abs(ours - exact) <= TOLERANCE * exact or exact < SMALLEST_NORMAL, point


def test_a_equal_to_one_is_the_limit_from_both_sides() -> None:
    history = ([3.0], [100.0], [120.0])
    at, below, above = (
        bg_nbd(0.5, 20.0, a, 3.0).expected_purchases(365.0, *history)[0] for a in (1.0, 1 - 1e-9, 1 + 1e-9)
    )
    assert at == pytest.approx((below + above) / 2, rel=1e-14)
    assert above < at < below


def test_pareto_agrees_with_arbitrary_precision() -> None:
    rng = np.random.default_rng(1987)
    for _ in range(60):
        r, alpha, beta = 10 ** rng.uniform(-1.5, 1), 10 ** rng.uniform(-1, 3), 10 ** rng.uniform(-1, 3)
        s = float(rng.choice([1.0, 1 + 1e-6, 10 ** rng.uniform(-1.5, 1)]))
        x, age, t = (
            float(rng.choice([0, 1, 10, 1_000, 10_000])),
            10 ** rng.uniform(-2, 4),
            10 ** rng.uniform(-1, 4),
        )
        t_x = 0.0 if x == 0 else age * float(rng.choice([1.0, 0.999, 0.99]))
        model = pareto_nbd(r, alpha, s, beta)
        exact_alive, exact_bought = exact_pareto((r, alpha, s, beta), (x, t_x, age), t)
        if exact_alive < SMALLEST_NORMAL:
            continue
        assert model.p_alive([x], [t_x], [age])[0] == pytest.approx(float(exact_alive), rel=TOLERANCE)
        bought = model.expected_purchases(t, [x], [t_x], [age])[0]
        assert bought == pytest.approx(float(exact_alive * exact_bought), rel=TOLERANCE)


def exact_pareto(
    params: tuple[float, float, float, float], history: History, horizon: float
) -> tuple[mpmath.mpf, mpmath.mpf]:
    """P(alive) by the defining integral and purchases if alive by the published form, at 40 digits."""
    with mpmath.workdps(40):
        r, alpha, s, beta = (mpmath.mpf(p) for p in params)
        x, t_x, age = (mpmath.mpf(h) for h in history)
        if s == 1:
            s += mpmath.mpf(10) ** -25

        def density(y: mpmath.mpf) -> mpmath.mpf:
            return (
                ((alpha + age) / (alpha + y)) ** (r + x) * ((beta + age) / (beta + y)) ** s * s / (beta + y)
            )

        # the mass sits within multiples of α/(r + x) and of the smaller scale behind t_x
        steps = sorted({(alpha + t_x) / (r + x), min(alpha, beta) + t_x})
        marks = [
            t_x,
            *sorted({t_x + k * step for step in steps for k in (1, 4, 16, 64) if t_x + k * step < age}),
            age,
        ]
        gone = mpmath.quad(density, marks) if t_x < age else mpmath.mpf(0)
        shrink = (beta + age) / (beta + age + mpmath.mpf(horizon))
        bought = (r + x) * (beta + age) / ((alpha + age) * (s - 1)) * (1 - shrink ** (s - 1))
        return 1 / (1 + gone), bought


histories = st.integers(0, 10_000).flatmap(
    lambda x: st.tuples(
        st.just(float(x)), st.floats(1e-3, 1e5), st.floats(1e-3, 1.0) if x else st.just(0.0)
    ).map(lambda drawn: (drawn[0], drawn[1] * drawn[2], drawn[1]))
)
shapes = st.floats(0.01, 100)
scales = st.floats(1e-3, 1e4)


@given(history=histories, r=shapes, alpha=scales, a=shapes, b=shapes, horizon=st.floats(1e-3, 1e5))
def test_every_history_has_a_finite_forecast_between_nothing_and_never_leaving(
    history: History, r: float, alpha: float, a: float, b: float, horizon: float
) -> None:
    x, t_x, age = history
    for model in (bg_nbd(r, alpha, a, b), mbg_nbd(r, alpha, a, b)):
        bought = model.expected_purchases(horizon, [x], [t_x], [age])[0]
        alive = model.p_alive([x], [t_x], [age])[0]
        # whoever never leaves buys (r + x)·t/(α + age)
        assert 0 <= bought <= alive * (r + x) * horizon / (alpha + age) * (1 + 1e-12)
        assert model.expected_purchases(2 * horizon, [x], [t_x], [age])[0] >= bought * (1 - 1e-12)


@given(history=histories, r=shapes, alpha=scales, s=shapes, beta=scales, horizon=st.floats(1e-3, 1e5))
def test_pareto_forecasts_are_finite_too(
    history: History, r: float, alpha: float, s: float, beta: float, horizon: float
) -> None:
    x, t_x, age = history
    model = pareto_nbd(r, alpha, s, beta)
    bought = model.expected_purchases(horizon, [x], [t_x], [age])[0]
    assert 0 <= bought <= (r + x) * horizon / (alpha + age) * (1 + 1e-12)
    assert 0 <= model.p_alive([x], [t_x], [age])[0] <= 1
