"""Does any of 20 randomly started lifetimes fits of Pareto/NBD reach a higher likelihood than ours? It must not.

    python bench/pareto_optimum.py --customers 10000 --fits 20

The likelihood is recomputed for both sides by the published form with two hypergeometric functions.
"""

from __future__ import annotations

import argparse
import sys
import warnings

import numpy as np
from lifetimes import ParetoNBDFitter
from scipy.special import gammaln, hyp2f1

from keceng.models import ParetoNBD, ParetoParameters, SimulatedPurchases

TRUTH = ParetoParameters(r=0.55, alpha=10.6, s=0.6, beta=11.7)


def log_likelihood(params: tuple[float, ...], book: SimulatedPurchases) -> float:
    """Summed over customers (Fader & Hardie 2005, eqs 18–20)."""
    r, alpha, s, beta = params
    x = book.frequency
    n, high = r + x + s, max(alpha, beta)
    second = s + 1 if alpha >= beta else r + x

    def log_part(y: np.ndarray) -> np.ndarray:
        return np.asarray(
            np.log(hyp2f1(n, second, n + 1, abs(alpha - beta) / (high + y))) - n * np.log(high + y)
        )

    early, late = log_part(book.recency), log_part(book.T)
    left = np.log(s / n) + early + np.log(-np.expm1(np.minimum(late - early, -1e-300)))
    stayed = -(r + x) * np.log(alpha + book.T) - s * np.log(beta + book.T)
    common = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    return float((common + np.logaddexp(stayed, left)).sum())


def main() -> int:
    """Prints both sides; exit status 1 when lifetimes found a higher top."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--customers", type=int, default=10_000)
    parser.add_argument("--fits", type=int, default=20)
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # the peer's own, about its numpy
    rng = np.random.default_rng(7)
    ages = rng.integers(27, 39, options.customers).astype(float)
    book = ParetoNBD.simulate(TRUTH, customers=options.customers, T=ages, rng=rng)
    ours = log_likelihood(ParetoNBD.fit(book.frequency, book.recency, book.T).params, book)
    np.random.seed(0)  # the peer starts from numpy's global generator
    peers = []
    for _ in range(options.fits):
        fitter = ParetoNBDFitter().fit(book.frequency, book.recency, book.T)
        peers.append(log_likelihood(tuple(fitter.params_[name] for name in TRUTH._fields), book))
    worse = sum(peer < ours - 1e-3 for peer in peers)
    print(
        f"ours {ours:.6f}; best of {len(peers)} lifetimes fits {max(peers):.6f}; {worse} of them ended lower by over .001"
    )
    return int(max(peers) > ours + 1e-6)


if __name__ == "__main__":
    sys.exit(main())
