"""What a peer is asked to do, as it stands on its command line."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path

# The tables that every peer writes; customer_day is made too, and kept nowhere, as in pipelines/demo.yaml.
TABLES = (
    "customer_summary",
    "customer_rank",
    "concentration",
    "lorenz",
    "rfm",
    "rfm_bins",
    "monthly",
    "cohorts",
    "churn",
    "churn_summary",
    "cells",
)


@dataclass(frozen=True)
class Job:
    """The tables of `files` as of a date, to be written to `out` with so many threads."""

    files: list[Path]
    out: Path
    as_of: date
    threads: int

    @property
    def midnight(self) -> datetime:
        """The end of the as-of date in Asia/Shanghai: UTC+8, without summer time, since 1991."""
        return datetime.combine(self.as_of + timedelta(days=1), time(), timezone(timedelta(hours=8)))

    def table(self, name: str) -> Path:
        return self.out / f"{name}.parquet"

    def done(self, customer_days: int) -> None:
        """Leaves the number of rows of customer_day for the check."""
        (self.out / "rows.json").write_text(json.dumps({"customer_day": customer_days}))


def read() -> Job:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True, help="the folder of the transactions' files")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--as-of", type=date.fromisoformat, required=True)
    parser.add_argument("--threads", type=int, required=True)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    return Job(sorted(args.data.glob("*.parquet")), args.out, args.as_of, args.threads)
