"""A process that has everything imported and forks for each request: a cheap, separate process.

A Dask worker has threads, and a process with threads must not fork. This one has none: it reads
requests on standard input, forks a child with limits of its own for each, kills it when it takes
too long or too much memory, and writes what became of it. Importing costs once, not for each root.

A frame is four bytes of length, big-endian, and JSON or bytes.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import struct
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

Handler = Callable[[Mapping[str, Any]], bytes]
"""Answers a request in the child. What it raises is a crash of the child."""

DONE, TIME, MEMORY, CRASH = "done", "time", "memory", "crash"
_LOOK_EVERY = 0.02
"""Seconds between two looks at how much memory a child has."""
_MB = 1024 * 1024
_RESERVED = 1024 * _MB
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_OK, _NO_MEMORY, _RAISED = b"K", b"M", b"X"


def read_frame(stream: IO[bytes]) -> bytes | None:
    """The next frame; ``None`` at the end."""
    head = _exactly(stream, 4)
    return None if head is None else _exactly(stream, struct.unpack(">I", head)[0])


def write_frame(stream: IO[bytes], data: bytes) -> None:
    stream.write(struct.pack(">I", len(data)) + data)
    stream.flush()


def _exactly(stream: IO[bytes], count: int) -> bytes | None:
    parts = bytearray()
    while len(parts) < count:
        part = stream.read(count - len(parts))
        if not part:
            return None
        parts += part
    return bytes(parts)


def serve(handlers: Mapping[str, Handler], warm_up: Callable[[], None]) -> None:
    """Answer requests until standard input ends."""
    asked = os.fdopen(os.dup(0), "rb", buffering=0)
    answers = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1):
        os.dup2(nothing, stream)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warm_up()
    gc.collect()
    gc.freeze()
    gc.disable()
    while (frame := read_frame(asked)) is not None:
        request = json.loads(frame)
        outcome, body = run_apart(handlers[request["op"]], request, asked.fileno())
        write_frame(answers, json.dumps(outcome).encode())
        write_frame(answers, body)


def run_apart(
    handler: Handler, request: Mapping[str, Any], owner: int
) -> tuple[dict[str, Any], bytes]:
    """Answer one request in a child: what became of it, and the answer.

    ``owner`` is a descriptor that has something to read only when whoever asked is gone.
    """
    start = time.monotonic()
    here, there = os.pipe()
    # No thread runs in this process, so forking it is safe.
    child = os.fork()
    if child == 0:
        _in_child(handler, request, there)
    os.close(there)
    body, stopped = _gather(child, here, request, start, owner)
    os.close(here)
    _end(child)
    _, status, usage = os.wait4(child, 0)
    peak = int(usage.ru_maxrss / (1024 if sys.platform != "darwin" else _MB))
    kind, detail = _judged(stopped, body[:1], body[1:], status, request)
    seconds = time.monotonic() - start
    outcome = {
        "outcome": kind,
        "detail": detail,
        "seconds": round(seconds, 4),
        "cpu": round(usage.ru_utime + usage.ru_stime, 4),
        "peak_mb": peak,
    }
    return outcome, body[1:] if kind == DONE else b""


def _judged(
    stopped: str, mark: bytes, rest: bytes, status: int, request: Mapping[str, Any]
) -> tuple[str, str]:
    """What became of a child, and one line on it."""
    if stopped == TIME:
        return TIME, f"took longer than {request['seconds']:g} s and was stopped"
    if stopped == MEMORY or mark == _NO_MEMORY:
        return MEMORY, f"needed more than {request['megabytes']:g} MB and was stopped"
    if mark == _OK and os.WIFEXITED(status):
        return DONE, ""
    if mark == _RAISED:
        return CRASH, rest.decode("utf-8", "replace")[:500]
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number == signal.SIGXCPU:
            return TIME, f"took longer than {request['seconds']:g} s and was stopped"
        return CRASH, f"its process was ended by signal {number}"
    return CRASH, f"its process ended with {os.waitstatus_to_exitcode(status)} and no result"


def _gather(
    child: int, pipe: int, request: Mapping[str, Any], start: float, owner: int
) -> tuple[bytes, str]:
    """What the child writes until it ends, and why it was stopped before."""
    body = bytearray()
    deadline = start + request["seconds"]
    allowed = request["megabytes"] * _MB + _resident(os.getpid())
    watching = [pipe, owner]
    while True:
        left = deadline - time.monotonic()
        if left <= 0:
            return bytes(body), TIME
        ready, _, _ = select.select(watching, (), (), min(left, _LOOK_EVERY))
        if pipe in ready:
            part = os.read(pipe, 1 << 20)
            if not part:
                return bytes(body), ""
            body += part
        elif owner in ready:  # nobody asks while an answer is due: whoever asked is gone
            _end(child)
            os._exit(0)
        if _resident(child) > allowed:
            return bytes(body), MEMORY


def _resident(process: int) -> int:
    """Bytes of memory a process has; 0 where the system does not say it so."""
    try:
        with open(f"/proc/{process}/statm", "rb", buffering=0) as file:  # noqa: PTH123
            return int(file.read().split()[1]) * _PAGE
    except (OSError, ValueError, IndexError):
        return 0


def _end(child: int) -> None:
    """The child and what it started."""
    for kill in (os.killpg, os.kill):
        with suppress(OSError):
            kill(child, signal.SIGKILL)


def _in_child(handler: Handler, request: Mapping[str, Any], pipe: int) -> None:
    mark, data = _RAISED, b""
    try:
        os.setpgid(0, 0)
        _limit(request)
        data = handler(request)
        mark = _OK
    except MemoryError:
        mark = _NO_MEMORY
    except BaseException as error:
        data = f"{type(error).__name__}: {error}".replace("\n", " ").encode("utf-8", "replace")
    with suppress(BaseException):
        view = memoryview(mark + data)
        while view:
            view = view[os.write(pipe, view) :]
    os._exit(0)


def _limit(request: Mapping[str, Any]) -> None:
    """What the system itself enforces, should this process's parent be gone."""
    import resource

    seconds = int(request["seconds"]) + 2
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 2))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform != "linux":
        return
    pages = int(Path("/proc/self/statm").read_bytes().split()[0])
    # Allocators reserve addresses by the hundred megabytes; what is used is watched outside.
    most = int(pages * _PAGE + request["megabytes"] * _MB * 1.25 + _RESERVED)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    with suppress(Exception):
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
