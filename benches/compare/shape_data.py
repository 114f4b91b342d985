"""Makes the data set of one shape: the rows of a base data set in other files, and a pipeline over them.

Run as a program of its own by shapes.py, so that the memory that pyarrow takes here is not counted for anyone.
"""

from __future__ import annotations

import argparse
import itertools
import json
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

# What the pipeline maps. The files of all shapes have these; "wide" has others besides.
USED = ("customer_id", "transaction_id", "line_no", "occurred_at", "amount", "quantity")
WIDE_COLUMNS = 50
SMALL_FILES = 10_000
ROW_GROUPS = 1_000
GROUP_ROWS = 1_000_000
FACTS = "shape.json"
QUERIES = ("receipts", "customer_day", "customer_summary", "customer_rank", "concentration")

PIPELINE = """\
# Only what every shape has: six columns of the files, one history, one row a customer.
name: shape
as_of: 2026-10-30
timezone: Asia/Shanghai
currency: CNY

sources:
  transactions:
    path: data/transactions/
    columns:
      customer_id: customer_id
      transaction_id: transaction_id
      occurred_at: occurred_at
      amount: amount
      quantity: quantity
      line_no: line_no
    quarantine:
      no_customer: customer_id IS NULL
      no_time: occurred_at IS NULL
      time_outside: occurred_at >= timestamp '2099-01-01T00:00:00Z'
      no_amount: amount IS NULL
      amount_zero: amount = 0
      sale_below_zero: amount < 0 AND transaction_id LIKE 'T%'
      duplicate: { repeated: [transaction_id, line_no] }
    checks:
      - not_null: [customer_id, transaction_id, occurred_at, amount]
      - unique: [transaction_id, line_no]

steps:
  receipts: { sql: sql/receipts.sql, incremental: true, keep: false }
  customer_day: { sql: sql/customer_day.sql, keep: false, by_day: day }
  customer_summary: { sql: sql/customer_summary.sql }
  customer_rank: { sql: sql/customer_rank.sql }
  concentration: { sql: sql/concentration.sql }

report:
  sections: [concentration, method]
"""


def made(shape: str, base: Path, project: Path, plain: bool) -> None:
    """Makes the data set, or keeps the one that is there; the pipeline is always new."""
    if not (project / FACTS).exists():
        stage = project.with_name(project.name + ".unfinished")
        shutil.rmtree(stage, ignore_errors=True)
        (stage / "data" / "transactions").mkdir(parents=True)
        write(shape, base, stage / "data" / "transactions", plain)
        files = list((stage / "data" / "transactions").iterdir())
        facts = {
            "rows": sum(pq.read_metadata(file).num_rows for file in files),
            "files": len(files),
            "bytes": sum(file.stat().st_size for file in files),
        }
        (stage / FACTS).write_text(json.dumps(facts))
        stage.rename(project)
    for folder in ("pipelines", "sql"):
        shutil.rmtree(project / folder, ignore_errors=True)
        (project / folder).mkdir()
    (project / "pipelines" / "shape.yaml").write_text(PIPELINE)
    for query in QUERIES:
        shutil.copyfile(base / "sql" / f"{query}.sql", project / "sql" / f"{query}.sql")


def write(shape: str, base: Path, folder: Path, plain: bool) -> None:
    sources = sorted((base / "data" / "transactions").glob("*.parquet"))
    rows = sum(pq.read_metadata(source).num_rows for source in sources)
    if shape == "wide":
        for number, source in enumerate(sources):
            table = widened(pq.read_table(source, columns=list(USED)), number)
            one_file(folder / source.name, table.schema, [table], plain)
    elif shape == "files":
        share = -(-rows // SMALL_FILES)
        for number, piece in enumerate(pieces(sources, share)):
            one_file(folder / f"{number:05}.parquet", piece.schema, [piece], plain)
    elif shape == "large":
        parts = enumerate(pieces(sources, GROUP_ROWS))
        wide = (widened(piece, number) for number, piece in parts)
        first = next(wide)
        one_file(folder / "all.parquet", first.schema, itertools.chain([first], wide), plain)
    elif shape in ("single", "groups"):
        share = -(-rows // ROW_GROUPS) if shape == "groups" else GROUP_ROWS
        parts = pieces(sources, share)
        first = next(parts)
        one_file(folder / "all.parquet", first.schema, itertools.chain([first], parts), plain)
    else:
        for source in sources:
            table = pq.read_table(source, columns=list(USED))
            one_file(folder / source.name, table.schema, [table], plain)


def one_file(path: Path, schema: pa.Schema, tables: Iterable[pa.Table], plain: bool) -> None:
    """Writes a file with a row group a table, encoded as the generator encodes, or not at all."""
    counted = [name for name in ("customer_id", "line_no", "quantity", "amount") if not plain]
    more = [field.name for field in schema if field.name not in USED and not plain]
    with pq.ParquetWriter(
        path,
        schema,
        compression="none" if plain else "zstd",
        compression_level=None if plain else 1,
        use_dictionary=counted + more,
    ) as writer:
        for table in tables:
            writer.write_table(table, row_group_size=max(table.num_rows, 1))


def pieces(sources: list[Path], rows: int) -> Iterator[pa.Table]:
    """The rows of some files, in order, so many at a time."""
    waiting: list[pa.Table] = []
    held = 0
    for source in sources:
        with pq.ParquetFile(source) as file:
            for group in range(file.num_row_groups):
                table = file.read_row_group(group, columns=list(USED))
                while held + table.num_rows >= rows:
                    take = rows - held
                    yield pa.concat_tables([*waiting, table.slice(0, take)])
                    table, waiting, held = table.slice(take), [], 0
                if table.num_rows:
                    waiting.append(table)
                    held += table.num_rows
    if waiting:
        yield pa.concat_tables(waiting)


def widened(table: pa.Table, seed: int) -> pa.Table:
    """With columns of many types that nothing reads, some with NULLs."""
    for number in range(WIDE_COLUMNS - table.num_columns):
        chance = pc.random(table.num_rows, initializer=seed * WIDE_COLUMNS + number)
        if number % 3 == 0:
            chance = pc.if_else(pc.less(chance, 0.05), None, chance)
        table = table.append_column(f"other_{number:02}", other(number, chance))
    return table


def other(number: int, chance: pa.Array) -> pa.Array:
    """A column of one of nine kinds, made of numbers from 0 to 1."""
    whole = pc.cast(pc.floor(pc.multiply(chance, 1e6)), pa.int64())
    few = pc.cast(pc.floor(pc.multiply(chance, 12.0)), pa.int64())
    match number % 9:
        case 0:
            return whole
        case 1:
            return chance
        case 2:
            return pc.cast(few, pa.string())
        case 3:
            text = pc.cast(whole, pa.string())
            return pc.binary_join_element_wise("reference", text, pc.utf8_reverse(text), "-")
        case 4:
            return pc.cast(pc.cast(few, pa.int32()), pa.decimal128(12, 2))
        case 5:
            return pc.cast(pc.cast(few, pa.int32()), pa.date32())
        case 6:
            return pc.cast(whole, pa.timestamp("us", "UTC"))
        case 7:
            return pc.less(chance, 0.5)
        case _:
            return pc.cast(few, pa.int32())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shape", required=True)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--project", type=Path, required=True)
    parser.add_argument("--plain", action="store_true")
    args = parser.parse_args()
    made(args.shape, args.base, args.project, args.plain)


if __name__ == "__main__":
    main()
