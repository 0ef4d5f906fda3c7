"""Timing whole commands against each other, in turn, in one run.

Ratios are taken pair by pair, so that a machine whose speed drifts does not favour either side.
Peers are installed from the package index into an environment of their own, never into ours.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PEERS_ENVIRONMENT = Path(
    os.environ.get("BENCHMARK_PEERS", Path(__file__).parent / ".peers")
).absolute()
PEER_PACKAGES = ("checkov", "parliament", "cloudsplaining")


@dataclass(frozen=True, slots=True)
class Run:
    """One finished run: wall seconds, CPU seconds, peak memory in MB, exit code."""

    wall: float
    cpu: float
    memory: float
    code: int


def once(command: Sequence[str], directory: Path | None = None) -> Run:
    """Run a command to its end with its output thrown away."""
    start = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=directory,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, process.returncode)


def pairs(
    ours: Sequence[str], theirs: Sequence[str], runs: int, directory: Path | None = None
) -> tuple[list[Run], list[Run]]:
    """Both commands in turn, after one uncounted run of each."""
    once(ours, directory)
    once(theirs, directory)
    a: list[Run] = []
    b: list[Run] = []
    for _ in range(runs):
        a.append(once(ours, directory))
        b.append(once(theirs, directory))
    return a, b


def describe(name: str, runs: Sequence[Run]) -> str:
    walls = sorted(run.wall for run in runs)
    codes = sorted({run.code for run in runs})
    return (
        f"{name:<34} wall {statistics.median(walls):8.3f} s ({walls[0]:.3f} to {walls[-1]:.3f})"
        f"  cpu {statistics.median(run.cpu for run in runs):8.3f} s"
        f"  memory {max(run.memory for run in runs):7.1f} MB  exit {codes}"
    )


def ratio(ours: Sequence[Run], theirs: Sequence[Run]) -> str:
    """How many times faster ours is, pair by pair: median and range.

    Raises ``SystemExit`` when a run of ours did no work (a usage error is fast).
    """
    if any(run.code not in (0, 1) for run in ours):
        raise SystemExit(f"pipewarden ended with {sorted({run.code for run in ours})}")
    values = sorted(b.wall / a.wall for a, b in zip(ours, theirs, strict=True))
    return (
        f"{'':<34} {statistics.median(values):.1f} times faster "
        f"({values[0]:.1f} to {values[-1]:.1f})"
    )


def our_command() -> list[str]:
    """The installed ``pipewarden`` of the environment that runs the benchmark."""
    beside = Path(sys.executable).with_name("pipewarden")
    found = str(beside) if beside.exists() else shutil.which("pipewarden")
    if found is None:
        raise SystemExit("pipewarden is not installed here: pip install -e .")
    return [found]


def peer(name: str) -> Path:
    """The path of a peer's command; installs the peers on first use."""
    command = PEERS_ENVIRONMENT / "bin" / name
    if not command.exists():
        print(f"installing {', '.join(PEER_PACKAGES)} into {PEERS_ENVIRONMENT} …", file=sys.stderr)
        venv.create(PEERS_ENVIRONMENT, with_pip=True)
        subprocess.run(
            [str(PEERS_ENVIRONMENT / "bin" / "pip"), "install", "-q", *PEER_PACKAGES], check=True
        )
    return command
