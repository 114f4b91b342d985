"""The tables by DuckDB: runs duckdb_tables.sql, and writes what it made as Parquet."""

from __future__ import annotations

from pathlib import Path

import duckdb

import job

# Money by a whole number, to six decimals, rounded half up by size: DuckDB itself divides decimals as
# doubles.
EXACT_QUOTIENT = """
create temp macro exact_quotient(money, number) as
    (
        (sign(money)::hugeint * (((abs(money) * 100)::hugeint * 20000 + number) // nullif(2 * number, 0)))::decimal(38, 0)
        * 0.000001::decimal(7, 6)
    )::decimal(38, 6)
"""


def main() -> None:
    task = job.read()
    con = duckdb.connect(config={"threads": task.threads})
    con.execute("set preserve_insertion_order = false")
    con.execute("set variable files = ?", [[str(path) for path in task.files]])
    con.execute("set variable as_of = ?", [task.as_of])
    con.execute("set variable midnight = ?", [task.midnight])
    con.execute(EXACT_QUOTIENT)
    con.execute(Path(__file__).with_suffix(".sql").read_text())
    # The tables were made in the order in which they are written. Two threads that copy them would else mix
    # it up.
    con.execute("set preserve_insertion_order = true")
    for table in job.TABLES:
        path = str(task.table(table)).replace("'", "''")
        con.execute(f"copy {table} to '{path}' (format parquet, compression zstd, compression_level 1)")
    task.done(con.table("customer_day").shape[0])


if __name__ == "__main__":
    main()
