"""Times `regulars` against DuckDB and Polars on the same data, and checks that their tables agree.

README.md beside this file says what is measured and what is not.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from importlib import metadata
from pathlib import Path

from measure import Run, cores, default_regulars, machine, measured, read_through, say, sizes

# Only the standard library here: the peak memory of a child begins with what its parent held when it was
# started.

HERE = Path(__file__).resolve().parent
PEERS = {"DuckDB": "duckdb_tables.py", "Polars": "polars_tables.py"}
US = "regulars"
PHASES = ("full run", "the next night", "nothing new")
FULL, NEXT, SAME = PHASES


@dataclass
class DataSet:
    """A project with data, made by data.py."""

    millions: float
    files: str
    project: Path

    @property
    def transactions(self) -> Path:
        return self.project / "data" / "transactions"

    @property
    def held(self) -> Path:
        """The file of the last day, which the next night adds."""
        return next((self.project / "held").glob("*.parquet"))

    @property
    def last_day(self) -> date:
        return date.fromisoformat(self.held.stem)

    def as_of(self, phase: str) -> date:
        return self.last_day - timedelta(days=1) if phase == FULL else self.last_day

    def report(self, phase: str) -> Path:
        return self.project / "site" / "customer_value" / self.as_of(phase).isoformat()

    def tables(self, peer: str, phase: str) -> Path:
        return self.project / "peers" / peer.lower() / self.as_of(phase).isoformat()

    def add_last_day(self) -> None:
        shutil.copyfile(self.held, self.transactions / self.held.name)

    def remove_last_day(self) -> None:
        (self.transactions / self.held.name).unlink(missing_ok=True)


@dataclass
class Results:
    """What was measured on one data set."""

    data: DataSet
    size: str
    runs: dict[tuple[str, str], list[Run]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def add(self, phase: str, name: str, run: Run) -> None:
        self.runs.setdefault((phase, name), []).append(run)
        say(f"{phase}, {name}: {run.wall:.2f} s, CPU {run.cpu:.2f} s, {run.peak_mib:,.0f} MiB")

    def median(self, phase: str, name: str) -> float:
        return statistics.median(run.wall for run in self.runs[phase, name])


@dataclass(frozen=True)
class Bench:
    """How everything is run."""

    regulars: Path
    threads: int
    rounds: int

    def command(self, name: str, data: DataSet, phase: str) -> list[str | Path]:
        as_of = data.as_of(phase).isoformat()
        if name == US:
            pipeline = data.project / "pipelines" / "demo.yaml"
            return [self.regulars, "run", pipeline, "--as-of", as_of, "--threads", str(self.threads)]
        script, out = HERE / PEERS[name], data.tables(name, phase)
        where: list[str | Path] = [
            "--data",
            data.transactions,
            "--out",
            out,
            "--as-of",
            as_of,
            "--threads",
            str(self.threads),
        ]
        return [sys.executable, script, *where]

    def run(self, name: str, data: DataSet, phase: str) -> Run:
        """Runs a program from a clean state: nothing of its own is left of earlier runs, but for `regulars`
        the state of the run before where the next night or a repetition is what is measured.
        """
        if name != US:
            shutil.rmtree(data.tables(name, phase), ignore_errors=True)
        elif phase == FULL:
            for state in (".regulars", "site", "private"):
                shutil.rmtree(data.project / state, ignore_errors=True)
        read_through(data.transactions)
        return measured(self.command(name, data, phase), self.threads)

    def measure(self, data: DataSet) -> Results:
        """All rounds on a data set. The first also checks that the tables agree."""
        results = Results(data, size_of(data))
        names = [US, *PEERS]
        try:
            for number in range(self.rounds):
                shift = number % len(names)
                order = names[shift:] + names[:shift]
                data.remove_last_day()
                for phase in (FULL, NEXT):
                    if phase == NEXT:
                        data.add_last_day()
                    for name in order:
                        results.add(phase, name, self.run(name, data, phase))
                    if number == 0:
                        results.problems += disagreements(data, phase)
                results.add(SAME, US, self.run(US, data, SAME))
        finally:
            data.remove_last_day()
        return results


def disagreements(data: DataSet, phase: str) -> list[str]:
    """What agree.py finds, peer by peer. A process of its own, for the sake of this one's memory."""
    found = []
    for peer in PEERS:
        folders: list[str | Path] = ["--report", data.report(phase), "--peer", data.tables(peer, phase)]
        check = subprocess.run(
            [sys.executable, HERE / "agree.py", *folders], stderr=subprocess.PIPE, text=True
        )
        if check.returncode != 0:
            found.append(f"{data.millions:g} million rows, {phase}, {US} and {peer} differ:\n{check.stderr}")
            say(found[-1])
        else:
            say(f"{phase}: the tables of {US} and {peer} agree")
    return found


def size_of(data: DataSet) -> str:
    files = list(data.transactions.glob("*.parquet"))
    size = sum(path.stat().st_size for path in files) / 1e6
    return f"{len(files):,} files by {data.files}, {size:,.0f} MB"


def table(results: Results) -> Iterable[str]:
    """The Markdown table of a data set."""
    yield f"### {results.data.millions:g} million rows ({results.size})"
    yield ""
    ratios = " | ".join(f"÷ {peer}" for peer in PEERS)
    yield f"| run | program | median, s | min, s | CPU, s | peak, MiB | {ratios} |"
    yield "| --- | --- | ---: | ---: | ---: | ---: |" + " ---: |" * len(PEERS)
    for phase in PHASES:
        # A peer does everything again, whatever is new.
        base = NEXT if phase == SAME else phase
        for name in (US, *PEERS):
            runs = results.runs.get((phase, name))
            if runs is None:
                continue
            median = results.median(phase, name)
            least = min(run.wall for run in runs)
            cpu = statistics.median(run.cpu for run in runs)
            peak = max(run.peak_mib for run in runs)
            ratios = " | ".join(f"{median / results.median(base, peer):.2f}" for peer in PEERS)
            yield f"| {phase} | {name} | {median:.2f} | {least:.2f} | {cpu:.2f} | {peak:,.0f} | {ratios} |"
    yield ""


def conditions(bench: Bench) -> Iterable[str]:
    """What it ran on, and when."""
    peers = ", ".join(f"{name} {metadata.version(name.lower())}" for name in PEERS)
    yield from machine(bench.regulars, f"; {peers}")
    yield f"- {bench.threads} threads each; rounds: {bench.rounds}, in turns"
    yield ""


def made(args: argparse.Namespace, millions: float) -> DataSet:
    """The data set of a size, made now or earlier."""
    files = args.files or ("month" if millions >= 10 else "day")
    project = args.data.resolve() / f"{millions:g}m-{files}"
    say(f"data: {project}")
    settings = ["--project", project, "--millions", str(millions), "--files", files]
    subprocess.run([sys.executable, HERE / "data.py", "--regulars", args.regulars, *settings], check=True)
    return DataSet(millions, files, project)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--rows", type=sizes, default=[1.0, 10.0, 35.0], metavar="LIST", help="millions: 1,10,35"
    )
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="times that each is run: 3")
    parser.add_argument(
        "--regulars", type=Path, default=default_regulars(), metavar="PATH", help="the program"
    )
    parser.add_argument(
        "--data", type=Path, default=Path("compare-data"), metavar="DIR", help="for data sets"
    )
    parser.add_argument("--files", choices=["day", "month"], help="month from 10 million rows on, else day")
    parser.add_argument("--threads", type=int, default=cores(), metavar="N", help="for each program: all cores")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the Markdown here too")
    parser.add_argument("--check-only", action="store_true", help="run everything once, and print no times")
    args = parser.parse_args()
    if args.rounds < 1 or args.threads < 1:
        parser.error("--rounds and --threads are at least 1")
    if not args.regulars.is_file():
        parser.error(f"{args.regulars} is not there: cargo build --release, or name it with --regulars")
    args.regulars = args.regulars.resolve()
    return args


def main() -> None:
    args = arguments()
    bench = Bench(args.regulars, args.threads, 1 if args.check_only else args.rounds)
    lines = list(conditions(bench))
    problems: list[str] = []
    for millions in args.rows:
        results = bench.measure(made(args, millions))
        problems += results.problems
        lines += table(results)
    lines.append(
        "The tables do not agree." if problems else f"The tables of {US}, {' and '.join(PEERS)} agree."
    )
    if not args.check_only:
        print("\n".join(lines))
    if args.out and not args.check_only:
        args.out.write_text("\n".join(lines) + "\n")
    if args.check_only or problems:
        say(lines[-1])
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
