"""Children with limits: what hangs, eats memory or dies is stopped and said."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from linter.fleet.warm import CRASH, DONE, MEMORY, TIME, run_apart


@pytest.fixture
def owner() -> Iterator[int]:
    """A descriptor that has nothing to read as long as the test lasts."""
    here, there = os.pipe()
    yield here
    os.close(here)
    os.close(there)


def _request(**more: Any) -> dict[str, Any]:
    return {"seconds": 30, "megabytes": 200, **more}


def _hang(_: Mapping[str, Any]) -> bytes:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        time.sleep(60)


def _eat(_: Mapping[str, Any]) -> bytes:
    held = []
    while True:
        held.append(bytearray(os.urandom(1024)) * 1024)


def _eat_at_once(_: Mapping[str, Any]) -> bytes:
    return bytes(4 * 1024 * 1024 * 1024)


def _die(_: Mapping[str, Any]) -> bytes:
    os.kill(os.getpid(), signal.SIGKILL)
    return b""


def _leave(_: Mapping[str, Any]) -> bytes:
    os._exit(7)


def _raise(_: Mapping[str, Any]) -> bytes:
    raise ValueError("of no\nuse")


def _answer(request: Mapping[str, Any]) -> bytes:
    return b"x" * request["size"]


def test_an_answer_comes_back_whole(owner: int) -> None:
    outcome, body = run_apart(_answer, _request(size=3_000_000), owner)
    assert (outcome["outcome"], body) == (DONE, b"x" * 3_000_000)
    assert outcome["peak_mb"] > 0


def test_what_hangs_is_stopped(owner: int) -> None:
    outcome, _ = run_apart(_hang, _request(seconds=0.3), owner)
    assert outcome["outcome"] == TIME
    assert outcome["detail"] == "took longer than 0.3 s and was stopped"


@pytest.mark.parametrize("eat", [_eat, _eat_at_once])
def test_what_eats_memory_is_stopped(owner: int, eat: Any) -> None:
    outcome, _ = run_apart(eat, _request(), owner)
    assert outcome["outcome"] == MEMORY
    assert outcome["detail"] == "needed more than 200 MB and was stopped"


@pytest.mark.parametrize(
    ("end", "words"),
    [(_die, "signal 9"), (_leave, "ended with 7"), (_raise, "ValueError: of no use")],
)
def test_what_dies_is_said(owner: int, end: Any, words: str) -> None:
    outcome, body = run_apart(end, _request(), owner)
    assert outcome["outcome"] == CRASH
    assert words in outcome["detail"]
    assert body == b""


def test_a_warm_process_that_is_killed_is_replaced() -> None:
    from linter.fleet import isolation

    sent = {"directory": str(Path.cwd()), "paths": ["pyproject.toml"], "options": {}}
    first = isolation.ask("scan", sent, seconds=60, megabytes=500)
    assert first.outcome == DONE
    process = isolation._warm_process()
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert isolation.ask("scan", sent, seconds=60, megabytes=500).outcome == DONE
    isolation._forget(isolation._warm_process())
