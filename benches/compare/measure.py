"""Runs a program and measures what it took: what `compare.py`, `shapes.py` and `../models/compare.py` share.

Only the standard library: the peak memory of a child begins with what its parent held when it was started.
"""

from __future__ import annotations

import argparse
import functools
import os
import platform
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent
WATCH_SECONDS = 0.02


@dataclass(frozen=True)
class Run:
    """One process: seconds of the clock, seconds of all cores, and the most memory that it held."""

    wall: float
    cpu: float
    peak_mib: float


class Overtime(Exception):
    """A program was ended, as it took longer than it was given."""


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def read_through(folder: Path) -> None:
    """Reads all files, so that every run finds them in memory as far as it holds them, whoever ran before."""
    for path in folder.iterdir():
        with path.open("rb") as file:
            while file.read(1 << 22):
                pass


def pinned(threads: int) -> functools.partial[None] | None:
    """What keeps a child on as many cores as it has threads; None where it has all, or cannot be kept."""
    if not hasattr(os, "sched_setaffinity"):
        return None
    own = sorted(os.sched_getaffinity(0))
    return functools.partial(os.sched_setaffinity, 0, own[:threads]) if threads < len(own) else None


class Watch(threading.Thread):
    """Looks again and again at the most memory that a process has held, as Linux has it under /proc.

    The figure that the system gives at the end would do, were it not that a process may set it back, as
    `regulars` does before each step for its own record. All programs are watched alike.
    """

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.status = Path(f"/proc/{pid}/status")
        self.over = threading.Event()
        self.peak_kib = 0

    def run(self) -> None:
        while not self.over.wait(WATCH_SECONDS):
            try:
                lines = self.status.read_text().splitlines()
            except OSError:
                return
            held = [int(line.split()[1]) for line in lines if line.startswith("VmHWM:")]
            self.peak_kib = max([self.peak_kib, *held])


def measured(command: list[str | Path], threads: int, limit: float | None = None) -> Run:
    """Runs a process to its end and takes its resources from the system. It is given so many seconds, where there is a
    limit.
    """
    with tempfile.TemporaryFile() as log:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=log, stderr=log, preexec_fn=pinned(threads))
        watch = Watch(process.pid)
        watch.start()
        alarm = threading.Timer(limit or threading.TIMEOUT_MAX, os.kill, (process.pid, signal.SIGKILL))
        if limit:
            alarm.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        alarm.cancel()
        watch.over.set()
        watch.join()
        process.returncode = os.waitstatus_to_exitcode(status)
        if limit and wall >= limit:
            raise Overtime
        if process.returncode != 0:
            log.seek(0)
            say(log.read().decode(errors="replace")[-4000:])
            raise SystemExit(f"{' '.join(map(str, command))} ended with {process.returncode}")
    # Linux counts in KiB, macOS in bytes.
    peak = usage.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    return Run(wall, usage.ru_utime + usage.ru_stime, max(peak, watch.peak_kib / 1024))


def cores() -> int:
    """How many cores there are for this process."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def machine(regulars: Path, others: str = "") -> Iterable[str]:
    """What it runs on, and when."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    version = subprocess.run([regulars, "--version"], check=True, capture_output=True, text=True)
    load = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    yield f"- {datetime.now(UTC):%Y-%m-%d %H:%M} UTC; load of the machine at that time: {load}"
    yield f"- {processor()}; {cores()} cores, {memory:.0f} GiB; {platform.system()} {platform.release()}"
    yield f"- {version.stdout.strip()}{others}; Python {platform.python_version()}"


def processor() -> str:
    """The processor's name, where the system tells it."""
    facts = Path("/proc/cpuinfo")
    lines = facts.read_text().splitlines() if facts.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def default_regulars() -> Path:
    target = os.environ.get("CARGO_TARGET_DIR") or HERE.parents[1] / "target"
    return Path(target) / "release" / "regulars"


def sizes(text: str) -> list[float]:
    try:
        millions = [float(part) for part in text.split(",")]
    except ValueError:
        millions = []
    if not millions or min(millions) <= 0:
        raise argparse.ArgumentTypeError("write millions of rows, such as 1,10,35")
    return millions
