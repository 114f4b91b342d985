"""Makes the data set of one benchmark: `regulars demo`, then files by month if asked, and the last day held
back.

A data set is a project of `regulars` (pipelines/, sql/, reports/, data/) with two more things: `held/`, the
file of the last day, which "the next night" adds, and `.compare`, the settings that it was made with.

Run as a program of its own by compare.py, so that the memory that pyarrow takes here is not counted for
anyone.
"""

from __future__ import annotations

import argparse
import itertools
import shutil
import subprocess
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

# Rows a customer over three years at one line an order, as measured at 100,000 customers (580,818 rows).
ROWS_PER_CUSTOMER = 5.808
DAYS = 1095
GROUP_ROWS = 1_000_000
MARK = ".compare"
PROJECT = ("pipelines", "sql", "reports")


def make(regulars: Path, project: Path, millions: float, files: str, lines: int = 1) -> None:
    """Makes the data set, or keeps one that was made with the same settings; the project's files are always
    new.
    """
    customers = round(millions * 1e6 / ROWS_PER_CUSTOMER / lines)
    settings = f"customers={customers} days={DAYS} files={files}\n"
    if lines != 1:
        settings += f"lines={lines}\n"
    mark = project / MARK
    if project.exists() and (not mark.exists() or mark.read_text() != settings):
        raise SystemExit(f"{project} holds something else; remove it, or name another folder with --data")
    if not project.exists():
        build(regulars, project, customers, files, lines, settings)
    # The program may be newer than the data: its own queries are what is measured.
    for folder in PROJECT:
        shutil.rmtree(project / folder, ignore_errors=True)
    subprocess.run([regulars, "init", project], check=True, stderr=subprocess.DEVNULL)


def build(
    regulars: Path, project: Path, customers: int, files: str, lines: int, settings: str
) -> None:
    """Builds the data set beside its place, and moves it there when it is complete."""
    stage = project.with_name(project.name + ".unfinished")
    shutil.rmtree(stage, ignore_errors=True)
    stage.parent.mkdir(parents=True, exist_ok=True)
    demo: list[str | Path] = [
        regulars,
        "demo",
        stage,
        "--customers",
        str(customers),
        "--days",
        str(DAYS),
        "--lines",
        str(lines),
        "--data-only",
    ]
    subprocess.run(demo, check=True, stdout=subprocess.DEVNULL)
    transactions = stage / "data" / "transactions"
    (stage / "held").mkdir()
    last = max(transactions.glob("*.parquet"))
    last.rename(stage / "held" / last.name)
    if files == "month":
        by_month(transactions)
    (stage / MARK).write_text(settings)
    stage.rename(project)


def by_month(folder: Path) -> None:
    """Joins the files of the days into one a month, in their order."""
    days = sorted(folder.glob("????-??-??.parquet"))
    for month, files in itertools.groupby(days, key=lambda path: path.stem[:7]):
        parts = list(files)
        join(parts, folder / f"{month}.parquet")
        for part in parts:
            part.unlink()


def join(parts: list[Path], whole: Path) -> None:
    """Writes the rows of several files into one, a row group of about a million rows at a time, encoded as
    the generator encodes.
    """
    schema = pq.read_schema(parts[0])
    text = ["customer_id", "product_id", "category", "channel", "store_id"]
    numbers = ["line_no", "quantity", "unit_price", "discount", "amount", "cost"]
    with pq.ParquetWriter(
        whole,
        schema,
        compression="zstd",
        compression_level=1,
        use_dictionary=text + numbers,
        store_schema=True,
    ) as writer:
        waiting: list[pa.Table] = []
        rows = 0
        for part in parts:
            waiting.append(pq.read_table(part, schema=schema))
            rows += waiting[-1].num_rows
            if rows >= GROUP_ROWS:
                writer.write_table(pa.concat_tables(waiting), row_group_size=rows)
                waiting, rows = [], 0
        if waiting:
            writer.write_table(pa.concat_tables(waiting), row_group_size=rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--regulars", type=Path, required=True)
    parser.add_argument("--project", type=Path, required=True)
    parser.add_argument("--millions", type=float, required=True)
    parser.add_argument("--files", choices=["day", "month"], required=True)
    parser.add_argument("--lines", type=int, default=1)
    args = parser.parse_args()
    make(args.regulars, args.project, args.millions, args.files, args.lines)


if __name__ == "__main__":
    main()
