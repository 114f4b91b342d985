"""Makes customer summaries: people who buy and leave as Pareto/NBD says, and spend as Gamma-Gamma says.

    python customers.py --customers 100000 --out folder

A shop that has been open for three years, as of the last of its days. A cohort came in each month; purchases of one
day count once, as in the table `customer_summary`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet

# In weeks; in money.
RATES = (0.8, 7.0)
LIVES = (0.7, 13.0)
SPEND = (3.0, 4.0, 40.0)
MONTHS = 36
MONTH_DAYS = 30.4375
SEED = 20261122
# Made and dropped so many customers at a time.
PART = 100_000


def summaries(customers: int, chance: np.random.Generator) -> dict[str, np.ndarray]:
    """The columns that a model step reads, but for the id."""
    r, alpha = RATES
    s, beta = LIVES
    # Cohorts grow by 2 % a month; within one, days are alike.
    growth = 1.02 ** np.arange(MONTHS)
    cohort = chance.choice(MONTHS, customers, p=growth / growth.sum())
    age_months = MONTHS - cohort - chance.random(customers)
    tenure = np.floor(age_months * MONTH_DAYS).astype(np.int64)
    rate = chance.gamma(r, 1 / alpha, customers) / 7
    life = chance.exponential(1, customers) / chance.gamma(s, 1 / beta, customers) * 7
    # Both ends of a customer's time lie somewhere within their days.
    start = chance.random(customers)
    end = np.minimum(start + life, tenure + 1)
    # Purchases in the time alive are Poisson, and each falls anywhere in it.
    counts = chance.poisson(rate * (end - start))
    owner = np.repeat(np.arange(customers), counts)
    day = np.floor(start[owner] + chance.random(len(owner)) * (end - start)[owner]).astype(np.int64)
    days = np.unique(owner * (MONTHS * 40) + day)
    owner, day = np.divmod(days, MONTHS * 40)
    owner, day = owner[day > 0], day[day > 0]
    x = np.bincount(owner, minlength=customers)
    last = np.zeros(customers, np.int64)
    np.maximum.at(last, owner, day)
    before = np.zeros_like(day)
    before[1:] = np.where(owner[1:] == owner[:-1], day[:-1], 0)
    ln_gaps = np.bincount(owner, np.log(day - before), minlength=customers)
    p, q, gamma = SPEND
    bought = np.maximum(x, 1)
    spend = chance.gamma(p * bought, 1 / chance.gamma(q, 1 / gamma, customers)) / bought
    spend = np.maximum(np.round(spend, 2), 0.01)
    return {
        "active_days": x + 1,
        "repeat_days": x,
        "span_days": last,
        "tenure_days": tenure,
        "mean_repeat_spend": np.where(x > 0, spend, np.nan),
        "ln_gaps": np.where(x > 0, ln_gaps, np.nan),
    }


def table(columns: dict[str, np.ndarray], first: int) -> pa.Table:
    count = len(columns["repeat_days"])
    ids = pa.array([f"C{number:09}" for number in range(first, first + count)])
    arrays = {name: pa.array(values, from_pandas=True) for name, values in columns.items()}
    return pa.table({"customer_id": ids, **arrays})


def make(customers: int, out: Path) -> None:
    """`customers.parquet` with the columns of `customer_summary`."""
    out.mkdir(parents=True, exist_ok=True)
    chance = np.random.default_rng(SEED)
    part = out / "customers.parquet.part"
    writer = None
    for first in range(0, customers, PART):
        rows = table(summaries(min(PART, customers - first), chance), first)
        writer = writer or parquet.ParquetWriter(part, rows.schema, compression="zstd")
        writer.write_table(rows)
    if writer:
        writer.close()
    # A file of this name is a whole one.
    part.rename(out / "customers.parquet")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    make(args.customers, args.out)
