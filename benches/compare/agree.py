"""Compares the tables of a peer with those that `regulars` published: every column of every row, in the same
order.

Whole numbers, dates, text, truth values and money must be equal; doubles may differ by a billionth of their
size. Ends with 1 where anything differs, and says which table, which column, and a few of the rows.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import polars as pl

import job

TOLERANCE = 1e-9
# What only models and values need, and no peer computes.
FOR_VALUES = ("ln_gaps", "costed_revenue", "cost")
SHOWN = 5


def kind(dtype: pl.DataType) -> str:
    """What a column holds, whatever the width in which it is stored."""
    if dtype.is_integer():
        return "whole number"
    if dtype.is_float():
        return "double"
    if dtype.is_decimal():
        return "money"
    return "text" if dtype == pl.String else str(dtype)


def comparable(column: pl.Series, other: pl.Series) -> pl.Series:
    """The column in a type that holds both exactly."""
    if column.dtype.is_integer():
        return column.cast(pl.Int64)
    if column.dtype.is_float():
        return column.cast(pl.Float64)
    if isinstance(column.dtype, pl.Decimal) and isinstance(other.dtype, pl.Decimal):
        return column.cast(pl.Decimal(38, max(column.dtype.scale, other.dtype.scale)))
    return column


def differing(ours: pl.Series, theirs: pl.Series) -> pl.Series:
    """Which rows differ."""
    a, b = comparable(ours, theirs), comparable(theirs, ours)
    if a.dtype != pl.Float64:
        return a.ne_missing(b)
    nulls = a.is_null() != b.is_null()
    scale = pl.DataFrame({"a": a.abs(), "b": b.abs()}).max_horizontal()
    return nulls | ~((a - b).abs() <= TOLERANCE * scale).fill_null(True)


def compare(name: str, ours: pl.DataFrame, theirs: pl.DataFrame) -> list[str]:
    """What is different in a table."""
    if ours.height != theirs.height:
        return [f"{name}: {ours.height} rows, but {theirs.height}"]
    if set(ours.columns) != set(theirs.columns):
        return [
            f"{name}: columns {sorted(set(ours.columns) ^ set(theirs.columns))} are in one of the two only"
        ]
    problems = []
    key = ours.columns[0]
    for column in ours.columns:
        a, b = ours[column], theirs[column]
        if kind(a.dtype) != kind(b.dtype):
            problems.append(f"{name}.{column}: {kind(a.dtype)} ({a.dtype}), but {kind(b.dtype)} ({b.dtype})")
            continue
        wrong = differing(a, b)
        if count := wrong.sum():
            rows = pl.DataFrame({"row": range(ours.height)}, schema={"row": pl.Int64}).with_columns(
                ours[key].alias(f"key {key}"), a.alias("regulars"), b.alias("peer")
            )
            shown = "\n".join(f"    {row}" for row in rows.filter(wrong).head(SHOWN).iter_rows(named=True))
            problems.append(f"{name}.{column}: {count} of {ours.height} rows differ\n{shown}")
    return problems


def tables_of(report: Path) -> Path:
    """The tables of a published report: they lie beside the site, for the owner alone."""
    site = report.parents[1]
    return site.parent / "private" / report.relative_to(site) / "tables"


def published(report: Path, table: str) -> pl.DataFrame:
    """A table as `regulars` has it; the cells are not published, and counted here from its customers."""
    if table != "cells":
        return pl.read_parquet(tables_of(report) / f"{table}.parquet").drop(FOR_VALUES, strict=False)
    summary = pl.scan_parquet(tables_of(report) / "customer_summary.parquet").filter(
        pl.col("active_days") > 0
    )
    cell = {"x": "repeat_days", "t_x": "span_days", "t": "tenure_days"}
    keys = [pl.col(column).alias(name) for name, column in cell.items()]
    return summary.group_by(keys).agg(customers=pl.len().cast(pl.Int64)).sort(list(cell)).collect()


def fitted_cells(report: Path, cells: pl.DataFrame) -> list[str]:
    """Whether the model of `regulars` was fitted on as many customers and cells as the peer counted."""
    fit = (
        pl.read_parquet(tables_of(report) / "clv_fit.parquet")
        .filter(pl.col("model") == "bg_nbd")
        .row(0, named=True)
    )
    ours, theirs = (fit["customers"], fit["cells"]), (cells["customers"].sum(), cells.height)
    return [] if ours == theirs else [f"cells: the model has customers and cells {ours}, the peer {theirs}"]


def customer_days(report: Path, out: Path) -> list[str]:
    """Whether customer_day, which nobody keeps, had the same number of rows."""
    steps = json.loads((report / "manifest.json").read_text())["steps"]
    ours = next(step["rows"] for step in steps if step["name"] == "customer_day")
    theirs = json.loads((out / "rows.json").read_text())["customer_day"]
    return [] if ours == theirs else [f"customer_day: {ours} rows, but {theirs}"]


def agree(report: Path, out: Path) -> list[str]:
    """All that is different between a report and the tables of a peer."""
    problems = customer_days(report, out)
    for table in job.TABLES:
        theirs = pl.read_parquet(out / f"{table}.parquet")
        problems += compare(table, published(report, table), theirs)
        if table == "cells":
            problems += fitted_cells(report, theirs)
    return problems


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--report", type=Path, required=True, help="the folder that `regulars` published")
    parser.add_argument("--peer", type=Path, required=True, help="the folder of the peer's tables")
    args = parser.parse_args()
    problems = agree(args.report, args.peer)
    for problem in problems:
        print(problem, file=sys.stderr)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
