"""Times `regulars` on the same rows in files of different shapes: wide, many, large, in small row groups.

README.md beside this file says what each shape is.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from measure import Run, cores, default_regulars, machine, measured, read_through, say, sizes

HERE = Path(__file__).resolve().parent
BASE = "base"
SHAPES = {
    BASE: "a file a month",
    "wide": "50 columns, 6 of them used",
    "files": "10,000 files",
    "single": "one file",
    "large": "one file of 50 columns",
    "groups": "one file of 1,000 row groups",
    "lines": "a file a month, 20 lines an order",
}
LINES = 20
# The day before the demo shop's last, whose file is held back.
AS_OF = "2026-10-30"


@dataclass(frozen=True)
class Facts:
    """What a data set is, as shape_data.py counted it."""

    rows: int
    files: int
    bytes: int


@dataclass
class Measured:
    """The runs on one data set."""

    shape: str
    project: Path
    runs: list[Run] = field(default_factory=list)

    @property
    def facts(self) -> Facts:
        return Facts(**json.loads((self.project / "shape.json").read_text()))

    @property
    def source(self) -> dict[str, Any]:
        """What the last run has on record of its source."""
        manifest = json.loads((self.project / "site" / "shape" / AS_OF / "manifest.json").read_text())
        return next(source for source in manifest["sources"] if source["source"] == "transactions")

    @property
    def wall(self) -> float:
        return statistics.median(run.wall for run in self.runs)

    @property
    def cpu(self) -> float:
        return statistics.median(run.cpu for run in self.runs)

    def beside(self, base: Measured) -> tuple[float, float]:
        """The time and the CPU of a row as multiples of those of the base."""
        rows = base.facts.rows / self.facts.rows
        return self.wall / base.wall * rows, self.cpu / base.cpu * rows


@dataclass(frozen=True)
class Bench:
    """How everything is made and run."""

    regulars: Path
    data: Path
    threads: int
    rounds: int
    plain: bool

    def project(self, shape: str, millions: float) -> Path:
        """The data set of a shape, made now or earlier."""
        lines = LINES if shape == "lines" else 1
        source = self.data / (f"{millions:g}m-month" + (f"-{lines}-lines" if lines > 1 else ""))
        project = self.data / (f"{millions:g}m-shape-{shape}" + ("-plain" if self.plain else ""))
        say(f"data: {project}")
        common: list[str | Path] = ["--regulars", self.regulars, "--millions", str(millions)]
        settings = ["--project", source, "--files", "month", "--lines", str(lines)]
        subprocess.run([sys.executable, HERE / "data.py", *common, *settings], check=True)
        make: list[str | Path] = ["--shape", shape, "--base", source, "--project", project]
        plain = ["--plain"] if self.plain else []
        subprocess.run([sys.executable, HERE / "shape_data.py", *make, *plain], check=True)
        return project

    def run(self, project: Path) -> Run:
        """Runs the pipeline with nothing left of earlier runs."""
        for state in (".regulars", "site", "private"):
            shutil.rmtree(project / state, ignore_errors=True)
        read_through(project / "data" / "transactions")
        pipeline = project / "pipelines" / "shape.yaml"
        as_of = ["--as-of", AS_OF, "--threads", str(self.threads)]
        return measured([self.regulars, "run", pipeline, *as_of], self.threads)

    def measure(self, millions: float, shapes: list[str]) -> list[Measured]:
        """All rounds, the shapes in turns: what else the machine does then slows all alike."""
        results = [Measured(shape, self.project(shape, millions)) for shape in shapes]
        for _ in range(self.rounds):
            for result in results:
                run = self.run(result.project)
                say(f"{result.shape}: {run.wall:.2f} s, CPU {run.cpu:.2f} s, {run.peak_mib:,.0f} MiB")
                result.runs.append(run)
        return results


def table(results: list[Measured]) -> Iterable[str]:
    """The Markdown table of one size."""
    base = next((result for result in results if result.shape == BASE), None)
    yield (
        "| shape | rows | files | MB | s | CPU, s | peak, MiB | transactions, s | of which "
        "| time a row ÷ base | CPU a row ÷ base |"
    )
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- | ---: | ---: |"
    for result in results:
        facts, source = result.facts, result.source
        peak = max(run.peak_mib for run in result.runs)
        seconds = source["seconds"]
        phases = ", ".join(f"{phase} {took:.2f}" for phase, took in source["phases"].items())
        time, cpu = (f"{ratio:.2f}" for ratio in result.beside(base)) if base else ("", "")
        yield (
            f"| {SHAPES[result.shape]} | {facts.rows:,} | {facts.files:,} | {facts.bytes / 1e6:,.0f} "
            f"| {result.wall:.2f} | {result.cpu:.2f} | {peak:,.0f} | {seconds:.2f} | {phases} "
            f"| {time} | {cpu} |"
        )
    yield ""


def shapes(text: str) -> list[str]:
    found = text.split(",")
    if unknown := [shape for shape in found if shape not in SHAPES]:
        raise argparse.ArgumentTypeError(f"{unknown[0]} is none of {', '.join(SHAPES)}")
    return found


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=sizes, default=[1.0], metavar="LIST", help="millions: 1")
    usual = [shape for shape in SHAPES if shape != "large"]
    parser.add_argument("--shapes", type=shapes, default=usual, metavar="LIST", help=",".join(SHAPES))
    parser.add_argument("--plain", action="store_true", help="files without compression and dictionaries")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="times that each is run: 3")
    parser.add_argument(
        "--regulars", type=Path, default=default_regulars(), metavar="PATH", help="the program"
    )
    parser.add_argument(
        "--data", type=Path, default=Path("compare-data"), metavar="DIR", help="for data sets"
    )
    parser.add_argument("--threads", type=int, default=cores(), metavar="N", help="all cores")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the Markdown here too")
    args = parser.parse_args()
    if args.rounds < 1 or args.threads < 1:
        parser.error("--rounds and --threads are at least 1")
    if not args.regulars.is_file():
        parser.error(f"{args.regulars} is not there: cargo build --release, or name it with --regulars")
    return args


def main() -> None:
    args = arguments()
    bench = Bench(args.regulars.resolve(), args.data.resolve(), args.threads, args.rounds, args.plain)
    lines = [*machine(bench.regulars), f"- {bench.threads} threads; rounds: {bench.rounds}", ""]
    for millions in args.rows:
        lines += table(bench.measure(millions, args.shapes))
    print("\n".join(lines))
    if args.out:
        args.out.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
