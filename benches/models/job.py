"""Fits one model with one library and scores every customer: a process of its own.

    python job.py lifetimes bg_nbd customers.parquet result.json

Each is used as its documentation shows, with its own defaults; time is in weeks. The result has the seconds of all cores
to fit and to score, and the parameters by the symbols of the papers.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow.parquet as parquet

warnings.filterwarnings("ignore")

WEEKS_AHEAD = 365 / 7

Fitted = dict[str, float]


def read(path: Path) -> pd.DataFrame:
    """The customers as lifetimes and those after it name their columns."""
    columns = ["customer_id", "repeat_days", "span_days", "tenure_days", "mean_repeat_spend"]
    table = parquet.read_table(path, columns=columns).to_pandas()
    return pd.DataFrame(
        {
            "customer_id": table["customer_id"],
            "frequency": table["repeat_days"].astype(float),
            "recency": table["span_days"] / 7,
            "T": table["tenure_days"] / 7,
            "monetary_value": table["mean_repeat_spend"].fillna(0.0),
        }
    )


def of_lifetimes(model: str, data: pd.DataFrame) -> tuple[Callable[[], Fitted], Callable[[], object]]:
    import lifetimes

    fitters = {
        "bg_nbd": lifetimes.BetaGeoFitter,
        "mbg_nbd": lifetimes.ModifiedBetaGeoFitter,
        "pareto_nbd": lifetimes.ParetoNBDFitter,
        "gamma_gamma": lifetimes.GammaGammaFitter,
    }
    fitter = fitters[model]()
    x, t_x, t = data["frequency"], data["recency"], data["T"]
    again = data[data["frequency"] > 0]

    def fit() -> Fitted:
        if model == "gamma_gamma":
            fitter.fit(again["frequency"], again["monetary_value"])
        else:
            fitter.fit(x, t_x, t)
        return {{"v": "gamma"}.get(name, name): float(value) for name, value in fitter.params_.items()}

    def score() -> object:
        if model == "gamma_gamma":
            return fitter.conditional_expected_average_profit(x, data["monetary_value"])
        alive = fitter.conditional_probability_alive(x, t_x, t)
        return alive, fitter.conditional_expected_number_of_purchases_up_to_time(WEEKS_AHEAD, x, t_x, t)

    return fit, score


def of_pymc_marketing(model: str, data: pd.DataFrame) -> tuple[Callable[[], Fitted], Callable[[], object]]:
    from pymc_marketing import clv

    models = {
        "bg_nbd": clv.BetaGeoModel,
        "mbg_nbd": clv.ModifiedBetaGeoModel,
        "pareto_nbd": clv.ParetoNBDModel,
        "gamma_gamma": clv.GammaGammaModel,
    }
    fitted = models[model]()
    again = data[data["frequency"] > 0]

    def fit() -> Fitted:
        fitted.fit(data=again if model == "gamma_gamma" else data, method="map", progressbar=False)
        found = fitted.idata.posterior
        symbols = {
            "pareto_nbd": ("r", "alpha", "s", "beta"),
            "gamma_gamma": ("p", "q", "v"),
        }.get(model, ("r", "alpha", "a", "b"))
        return {{"v": "gamma"}.get(name, name): float(found[name].mean()) for name in symbols}

    def score() -> object:
        if model == "gamma_gamma":
            return fitted.expected_customer_spend(data).values
        alive = fitted.expected_probability_alive(data).values
        return alive, fitted.expected_purchases(data, future_t=WEEKS_AHEAD).values

    return fit, score


def of_clvkit(model: str, data: pd.DataFrame) -> tuple[Callable[[], Fitted], Callable[[], object]]:
    from clvkit import CustomerBase
    from clvkit.clv import BGNBD, MBGNBD, GammaGamma

    # It has its own way from transactions to a summary; this one is made already, and given to it as it is.
    base = CustomerBase(
        data.set_index("customer_id"),
        time_unit="W",
        collapse="D",
        observation_period_end=pd.Timestamp("2026-01-01"),
        has_monetary=True,
        on_negative="net",
    )
    fitted = {"bg_nbd": BGNBD, "mbg_nbd": MBGNBD, "gamma_gamma": GammaGamma}[model]()

    def fit() -> Fitted:
        fitted.fit(base)
        return {str(name): float(value) for name, value in fitted.params_.items()}

    def score() -> object:
        if model == "gamma_gamma":
            return fitted.predict().to_pandas()
        return fitted.probability_alive().to_pandas(), fitted.predict(t=WEEKS_AHEAD).to_pandas()

    return fit, score


TOOLS = {"lifetimes": of_lifetimes, "pymc-marketing": of_pymc_marketing, "clvkit": of_clvkit}


def main() -> None:
    tool, model, path, out = sys.argv[1:]
    fit, score = TOOLS[tool](model, read(Path(path)))
    begun = time.process_time()
    parameters = fit()
    fitted = time.process_time()
    result = {"fit": fitted - begun, "parameters": parameters}
    # Written at once: scoring may fail, or take too long, where fitting did not.
    Path(out).write_text(json.dumps(result))
    score()
    result["score"] = time.process_time() - fitted
    Path(out).write_text(json.dumps(result))


if __name__ == "__main__":
    main()
