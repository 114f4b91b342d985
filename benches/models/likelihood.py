"""The log-likelihoods of the papers, by which all tools' parameters are judged: one function for each model.

Nothing here is shared with any of the tools. Time is in weeks.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as parquet
from scipy.special import betaln, gammaln

Parameters = dict[str, float]


class Customers:
    """The distinct (x, tₓ, T) with their numbers, and the repeat buyers' mean spends."""

    def __init__(self, path: Path) -> None:
        names = ["repeat_days", "span_days", "tenure_days", "mean_repeat_spend"]
        x, t_x, t, spend = (parquet.read_table(path, columns=[name])[name].to_numpy() for name in names)
        cells, weight = np.unique(np.column_stack([x, t_x, t]).astype(np.int64), axis=0, return_counts=True)
        self.x, self.t_x, self.t = cells[:, 0] * 1.0, cells[:, 1] / 7, cells[:, 2] / 7
        self.weight = weight * 1.0
        self.spends, self.spend = x[x > 0] * 1.0, spend[x > 0]


def log_likelihood(model: str, customers: Customers, parameters: Parameters) -> float:
    """Of all customers together. Not a number where the parameters are none."""
    with np.errstate(all="ignore"):
        if model == "gamma_gamma":
            return float(np.sum(gamma_gamma(customers, **parameters)))
        of_one = {"bg_nbd": bg_nbd, "mbg_nbd": mbg_nbd, "pareto_nbd": pareto_nbd}[model]
        return float(np.sum(customers.weight * of_one(customers, **parameters)))


def purchases(customers: Customers, r: float, alpha: float) -> np.ndarray:
    """ln [Γ(r+x)/Γ(r) αʳ]."""
    return gammaln(r + customers.x) - gammaln(r) + r * np.log(alpha)


def bg_nbd(customers: Customers, r: float, alpha: float, a: float, b: float) -> np.ndarray:
    """Fader, Hardie and Lee (2005), equation 6."""
    x, t_x, t = customers.x, customers.t_x, customers.t
    alive = betaln(a, b + x) - (r + x) * np.log(alpha + t)
    # Who never bought again has no dropout to be explained; any x above 0 will do in the term that is left out.
    some = np.maximum(x, 1)
    dead = np.where(x > 0, betaln(a + 1, b + some - 1) - (r + x) * np.log(alpha + t_x), -np.inf)
    return purchases(customers, r, alpha) - betaln(a, b) + np.logaddexp(alive, dead)


def mbg_nbd(customers: Customers, r: float, alpha: float, a: float, b: float) -> np.ndarray:
    """Batislam, Denizel and Filiztekin (2007); Hoppe and Wagner (2007)."""
    x, t_x, t = customers.x, customers.t_x, customers.t
    alive = betaln(a, b + x + 1) - (r + x) * np.log(alpha + t)
    dead = betaln(a + 1, b + x) - (r + x) * np.log(alpha + t_x)
    return purchases(customers, r, alpha) - betaln(a, b) + np.logaddexp(alive, dead)


def pareto_nbd(customers: Customers, r: float, alpha: float, s: float, beta: float) -> np.ndarray:
    """Fader and Hardie (2005), "A Note on Deriving the Pareto/NBD Model and Related Expressions", equation 18."""
    x, t_x, t = customers.x, customers.t_x, customers.t
    whole = r + s + x
    larger, other = (alpha, s + 1 + 0 * x) if alpha >= beta else (beta, r + x)

    def ln_term(at: np.ndarray) -> np.ndarray:
        return ln_2f1(whole, other, whole + 1, abs(alpha - beta) / (larger + at)) - whole * np.log(
            larger + at
        )

    ln_alive = -(r + x) * np.log(alpha + t) - s * np.log(beta + t)
    last, end = ln_term(t_x), ln_term(t)
    # The time of death lies after the last purchase; for one who is just in, there is none.
    ln_dead = np.where(end < last, np.log(s) - np.log(whole) + last + np.log1p(-np.exp(end - last)), -np.inf)
    return purchases(customers, r, alpha) + s * np.log(beta) + np.logaddexp(ln_alive, ln_dead)


def ln_2f1(a: np.ndarray, b: np.ndarray, c: np.ndarray, z: np.ndarray) -> np.ndarray:
    """ln ₂F₁(a, b; c; z) for positive a, b, c and 0 ≤ z < 1, by its series, of which all terms are positive."""
    total, term, scale = np.ones_like(z), np.ones_like(z), np.zeros_like(z)
    for n in range(200_000):
        term = term * ((a + n) * (b + n) / ((c + n) * (n + 1)) * z)
        total = total + term
        if n % 64 == 63:
            # Long sums leave the range of a double.
            scale += np.log(total)
            term, total = term / total, np.ones_like(z)
            if np.max(term) < 1e-18:
                return scale
    return np.full_like(z, np.nan)


def gamma_gamma(customers: Customers, p: float, q: float, gamma: float) -> np.ndarray:
    """Fader and Hardie (2013), equation 1a, of mean spend z over x purchases."""
    x, z = customers.spends, customers.spend
    return (
        gammaln(p * x + q)
        - gammaln(p * x)
        - gammaln(q)
        + q * np.log(gamma)
        + (p * x - 1) * np.log(z)
        + p * x * np.log(x)
        - (p * x + q) * np.log(gamma + x * z)
    )
