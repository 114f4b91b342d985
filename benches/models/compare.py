"""Times `regulars` against other tools on the same models and customers, and says who found the maximum.

README.md beside this file says what is measured and what is not.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "compare"))

from measure import Overtime, Run, cores, default_regulars, machine, measured, read_through, say  # noqa: E402

# Only the standard library in this process: the peak memory of a child begins with what its parent held when it was
# started.

US = "regulars"
PEERS = ("lifetimes", "pymc-marketing", "clvkit")
MODELS = {
    "bg_nbd": "BG/NBD",
    "mbg_nbd": "MBG/NBD",
    "gamma_gamma": "Gamma-Gamma",
    "pareto_nbd": "Pareto/NBD",
}
# What a tool has no model for.
LACKING = {("clvkit", "pareto_nbd")}
# The step that fits Gamma-Gamma too, from which its parameters are taken.
WITH_SPEND = "bg_nbd"

PIPELINE = """\
name: {model}
as_of: 2026-10-31
sources:
  customers: {{ path: data/customers.parquet }}
steps:
  predicted: {{ model: {model}, from: customers, with: {{ horizon_days: [365], unit_days: 7 }} }}
"""

Parameters = dict[str, float]


@dataclass
class Entry:
    """One tool on one model: the best of its rounds, or why there is none."""

    runs: list[Run] = field(default_factory=list)
    fits: list[float] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    steps: list[float] = field(default_factory=list)
    parameters: Parameters = field(default_factory=dict)
    log_likelihood: float | None = None
    failure: str | None = None


@dataclass(frozen=True)
class Bench:
    """How everything is run."""

    regulars: Path
    rounds: int
    minutes: float
    folder: Path

    @property
    def customers(self) -> Path:
        return self.folder / "data" / "customers.parquet"

    def fitted(self, model: str) -> str:
        """The table of what a run of ours fitted."""
        tables = self.folder / "private" / model / "2026-10-31" / "tables"
        return str(tables / "predicted_fit.parquet")

    def run_us(self, model: str, entry: Entry) -> None:
        """A pipeline of this one model, from nothing. Its step is fit and scores together, and Gamma-Gamma too."""
        for state in (".regulars", "site", "private"):
            shutil.rmtree(self.folder / state, ignore_errors=True)
        pipeline = self.folder / "pipelines" / f"{model}.yaml"
        pipeline.parent.mkdir(exist_ok=True)
        pipeline.write_text(PIPELINE.format(model=model))
        run = measured([self.regulars, "run", pipeline], cores(), 60 * self.minutes)
        report = self.folder / "site" / model / "2026-10-31"
        step = json.loads((report / "manifest.json").read_text())["steps"][0]
        entry.runs.append(run)
        entry.steps.append(step["seconds"])
        entry.parameters = self.ask("estimates", self.fitted(model), model)

    def run_peer(self, tool: str, model: str, entry: Entry) -> None:
        result = self.folder / "result.json"
        result.unlink(missing_ok=True)
        command = [sys.executable, HERE / "job.py", tool, model, self.customers, result]
        try:
            entry.runs.append(measured(command, cores(), 60 * self.minutes))
        finally:
            # It may have come to the fit, and not to the scores.
            found = json.loads(result.read_text()) if result.exists() else {}
            entry.fits += [found["fit"]] if "fit" in found else []
            entry.parameters = found.get("parameters", entry.parameters)
        entry.scores.append(found["score"])

    def run(self, tool: str, model: str, entry: Entry) -> None:
        """Once; a tool that failed or took too long is not asked again."""
        if entry.failure:
            return
        read_through(self.customers.parent)
        try:
            if tool == US:
                self.run_us(model, entry)
            else:
                self.run_peer(tool, model, entry)
        except Overtime:
            entry.failure = f"> {self.minutes:g} min"
        except SystemExit as end:
            entry.failure = "failed"
            say(str(end))
        run = entry.runs[-1] if entry.runs else None
        took = (
            run
            and f"CPU {run.cpu:.2f} s, clock {run.wall:.2f} s, {run.peak_mib:,.0f} MiB; {entry.parameters}"
        )
        say(f"{MODELS[model]}, {tool}: {entry.failure or took}")

    def ask(self, what: str, *arguments: str) -> dict:
        """What ask.py answers: a process of its own, for the sake of this one's memory."""
        command = [sys.executable, HERE / "ask.py", what, *arguments]
        return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)

    def judge(self, entries: dict[tuple[str, str], Entry]) -> None:
        """The log-likelihood of everyone's parameters, by one and the same function."""
        known = {key: entry for key, entry in entries.items() if entry.parameters}
        question = json.dumps([[model, entry.parameters] for (_, model), entry in known.items()])
        answer = self.ask("judge", str(self.customers), question)
        for entry, value in zip(known.values(), answer["values"], strict=True):
            entry.log_likelihood = value

    def measure(self) -> dict[tuple[str, str], Entry]:
        """All rounds: in each, one model after the other, and in turns who is first."""
        tools = [US, *PEERS]
        entries = {(tool, model): Entry() for model in MODELS for tool in tools}
        for lacking in LACKING:
            entries[lacking].failure = "no such model"
        for number in range(self.rounds):
            shift = number % len(tools)
            for model in MODELS:
                for tool in tools[shift:] + tools[:shift]:
                    if (tool, model) != (US, "gamma_gamma"):
                        self.run(tool, model, entries[tool, model])
        self.run_us(WITH_SPEND, Entry())
        entries[US, "gamma_gamma"].parameters = self.ask("estimates", self.fitted(WITH_SPEND), "gamma_gamma")
        self.judge(entries)
        return entries


def seconds(values: list[float]) -> str:
    return f"{min(values):.2f}" if values else ""


def table(entries: dict[tuple[str, str], Entry]) -> Iterable[str]:
    """The Markdown table of one number of customers."""
    yield "| model | tool | fit | score | CPU, s | clock, s | peak, MiB | ln L below the best | parameters |"
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |"
    for model, title in MODELS.items():
        values = [entry.log_likelihood for (_, of), entry in entries.items() if of == model]
        best = max(value for value in values if value is not None)
        for (tool, of), entry in entries.items():
            if of != model:
                continue
            cpu = entry.failure or seconds([run.cpu for run in entry.runs]) or "with each of the others"
            clock = seconds([run.wall for run in entry.runs])
            peak = f"{max(run.peak_mib for run in entry.runs):,.0f}" if entry.runs else ""
            below = f"{best - entry.log_likelihood:.3f}" if entry.log_likelihood is not None else ""
            found = ", ".join(f"{name} {value:.5g}" for name, value in entry.parameters.items())
            parts = f"{seconds(entry.fits)} | {seconds(entry.scores)}"
            if entry.steps:
                parts = f"step {seconds(entry.steps)} |"
            yield f"| {title} | {tool} | {parts} | {cpu} | {clock} | {peak} | {below} | {found} |"
    yield ""


def made(folder: Path, customers: int) -> Path:
    """The customers of a number, made now or earlier."""
    place = folder.resolve() / f"{customers}"
    if not (place / "data" / "customers.parquet").exists():
        say(f"{customers:,} customers: {place}")
        out = place / "data"
        command = [sys.executable, HERE / "customers.py", "--customers", str(customers), "--out", out]
        subprocess.run(command, check=True)
    return place


def numbers(text: str) -> list[int]:
    try:
        found = [int(part) for part in text.split(",")]
    except ValueError:
        found = []
    if not found or min(found) <= 0:
        raise argparse.ArgumentTypeError("write numbers of customers, such as 100000,1000000")
    return found


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--customers", type=numbers, default=[100_000, 1_000_000], metavar="LIST", help="100000,1000000"
    )
    parser.add_argument("--rounds", type=int, default=2, metavar="N", help="times that each is run: 2")
    parser.add_argument(
        "--minutes", type=float, default=10.0, metavar="N", help="given to each run of a tool: 10"
    )
    parser.add_argument("--binary", type=Path, default=default_regulars(), metavar="PATH", help="the program")
    parser.add_argument(
        "--data", type=Path, default=Path("compare-models-data"), metavar="DIR", help="for data sets"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="writes the Markdown there too")
    return parser.parse_args()


def main() -> None:
    args = arguments()
    peers = ", ".join(f"{name} {metadata.version(name)}" for name in PEERS)
    lines = [*machine(args.binary, f"; {peers}"), f"- best of {args.rounds} rounds, in turns", ""]
    for customers in args.customers:
        bench = Bench(args.binary.resolve(), args.rounds, args.minutes, made(args.data, customers))
        entries = bench.measure()
        about = bench.ask("about", str(bench.customers))
        lines += [f"### {customers:,} customers ({about['cells']:,} distinct histories)", "", *table(entries)]
        text = "\n".join(lines)
        print(text, flush=True)
        if args.out:
            args.out.write_text(text)


if __name__ == "__main__":
    main()
