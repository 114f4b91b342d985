"""Answers what compare.py asks of tables, as JSON.

python ask.py estimates predicted_fit.parquet bg_nbd
python ask.py judge customers.parquet '[["bg_nbd", {"r": 0.2, "alpha": 4.4, "a": 0.8, "b": 2.4}]]'
python ask.py about customers.parquet
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pyarrow.parquet as parquet
from likelihood import Customers, log_likelihood


def estimates(path: str, model: str) -> dict[str, float]:
    rows = parquet.read_table(path, columns=["model", "parameter", "estimate"]).to_pylist()
    # k is 1 in all models here, and no parameter of the papers.
    own = [row for row in rows if row["model"] == model and row["parameter"] not in (None, "k")]
    return {row["parameter"]: row["estimate"] for row in own}


def judge(path: str, question: str) -> dict[str, list[float]]:
    customers = Customers(Path(path))
    return {"values": [log_likelihood(model, customers, values) for model, values in json.loads(question)]}


def about(path: str) -> dict[str, int]:
    return {"cells": len(Customers(Path(path)).x)}


if __name__ == "__main__":
    what, *arguments = sys.argv[1:]
    print(json.dumps({"estimates": estimates, "judge": judge, "about": about}[what](*arguments)))
