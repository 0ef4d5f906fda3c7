"""Several workers: what they give does not depend on who they are, or whether they live."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.running import COMMAND, DAY
from tests.fleet.fleets import heavy, in_bytes, repository, scan, table, write
from tests.fleet.test_scan import wait_for_roots

REPOSITORIES = 6


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cluster")
    for number in range(REPOSITORIES):
        repository(folder / f"r{number}", 5)
    write(folder / "heavy" / "p.json", heavy())
    names = [*(f"r{number}" for number in range(REPOSITORIES)), "heavy", "missing"]
    return write(folder / "m.csv", "path,team\n" + "".join(f"{name},{name}\n" for name in names))


@pytest.fixture(scope="module")
def alone(manifest: Path) -> dict[str, bytes]:
    """What one worker of the command's own gives."""
    results = manifest.parent / "alone"
    assert scan(manifest, results, "--memory-limit", "64").code == 3
    return in_bytes(results)


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[str]:
    """A Dask scheduler with two workers, each a process of its own, that talk by TCP."""
    file = tmp_path / "scheduler.json"
    common = ["--scheduler-file", str(file), "--no-dashboard"]
    module = "distributed.cli.dask_"
    environment = os.environ | {"PIPEWARDEN_SELECT": "IAM001", "TF_VAR_x": "1"}
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", f"{module}{name}", *common, "--host", "127.0.0.1", *more],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=tmp_path,
            env=environment,
        )
        for name, more in (
            ("scheduler", ["--port", "0"]),
            ("worker", ["--nthreads", "1", "--no-nanny", "--name", "a"]),
            ("worker", ["--nthreads", "1", "--no-nanny", "--name", "b"]),
        )
    ]
    try:
        deadline = time.monotonic() + 60
        while not file.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        yield json.loads(file.read_text())["address"]
    finally:
        for process in processes:
            process.kill()
            process.wait()


def test_a_cluster_over_tcp_gives_the_same_bytes(
    manifest: Path, alone: dict[str, bytes], scheduler: str, tmp_path: Path
) -> None:
    assert scheduler.startswith("tcp://")
    results = tmp_path / "tcp"
    ran = scan(manifest, results, "--scheduler", scheduler, "--memory-limit", "64")
    assert ran.code == 3, ran.err
    assert in_bytes(results) == alone


def test_a_worker_that_is_killed_costs_nothing(
    manifest: Path, alone: dict[str, bytes], tmp_path: Path
) -> None:
    results = tmp_path / "killed"
    options = ["--workers", "2", "--memory-limit", "64"]
    process = subprocess.Popen(
        [COMMAND, "fleet", "scan", str(manifest), "-o", str(results), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"SOURCE_DATE_EPOCH": DAY},
    )
    # The worker is the parent of the warm process, which is the parent of a root's own.
    warm = wait_for_roots(process.pid)
    worker = int(Path(f"/proc/{warm}/stat").read_text().rpartition(")")[2].split()[1])
    assert worker != process.pid
    os.kill(worker, signal.SIGKILL)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 3, err
    assert "Traceback" not in err
    assert in_bytes(results) == alone
    assert len(table(results, "roots")) == 5 * REPOSITORIES + 2
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and Path(f"/proc/{warm}").exists():
        time.sleep(0.05)
    assert not Path(f"/proc/{warm}").exists()  # what it had started is gone with it


def test_a_scheduler_that_is_not_there_is_one_line(manifest: Path, tmp_path: Path) -> None:
    ran = scan(manifest, tmp_path / "r", "--scheduler", "tcp://127.0.0.1:9")
    assert ran.code == 3
    assert ran.err.startswith("no Dask scheduler answers at tcp://127.0.0.1:9")
    assert len(ran.err.splitlines()) == 1
