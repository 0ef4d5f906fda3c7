"""The worker's side of :mod:`linter.fleet.warm`: one warm process for each thread that asks."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from linter.core.record import record
from linter.fleet.warm import CRASH, read_frame, write_frame

PROGRAM = "linter.cli.fleet_child"
"""The module that answers: it does for one root what the commands do, with their settings."""
_GRACE = 30.0
"""Seconds beyond the limit after which the warm process itself is given up."""
_FOR_START = 60.0

_local = threading.local()


@record
class Answer:
    """What became of a request: ``outcome`` is one of :mod:`linter.fleet.warm`'s words."""

    outcome: str
    detail: str
    seconds: float
    cpu: float
    """Seconds of a processor that its process took."""
    peak_mb: int
    body: bytes


def ask(op: str, request: Mapping[str, Any], *, seconds: float, megabytes: float) -> Answer:
    """Run a request in a process of its own, with limits. Never raises for what it does."""
    body = json.dumps({**request, "op": op, "seconds": seconds, "megabytes": megabytes}).encode()
    process = _warm_process()
    started, process.started = process.started, True
    try:
        assert process.stdin is not None and process.stdout is not None
        write_frame(process.stdin, body)
        wait = seconds + _GRACE + (0 if started else _FOR_START)
        ready, _, _ = select.select([process.stdout], (), (), wait)
        head = read_frame(process.stdout) if ready else None
        rest = None if head is None else read_frame(process.stdout)
    except OSError:
        head = rest = None
    if head is None or rest is None:
        _forget(process)
        return Answer(CRASH, "its process, or the one that starts it, was ended", 0.0, 0.0, 0, b"")
    said = json.loads(head)
    return Answer(
        said["outcome"], said["detail"], said["seconds"], said["cpu"], said["peak_mb"], rest
    )


class _Warm(subprocess.Popen[bytes]):
    started = False
    """Whether it has been asked before, and is warm."""


def _warm_process() -> _Warm:
    process: _Warm | None = getattr(_local, "process", None)
    if process is None or process.poll() is not None:
        keep = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PIPEWARDEN_", "TF_VAR_"))
        }
        # -P: what lies in the working directory is never imported.
        process = _Warm(
            [sys.executable, "-P", "-m", PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=keep,
            start_new_session=True,
        )
        _local.process = process
    return process


def _forget(process: _Warm) -> None:
    with suppress(OSError):
        process.kill()
    with suppress(Exception):
        process.wait(5)
    _local.process = None
