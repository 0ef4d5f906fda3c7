"""One line on the terminal about what is going on, when it takes longer than a second."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from linter.core.tally import TALLY
from linter.reports.style import columns

AFTER = 1.0
"""Seconds of work before anything is shown."""

_EVERY = 0.25
_ERASE = "\r\x1b[K"


_UNITS = {"reading": "files", "linting": "rules", "pricing": "pipelines"}
"""What each stage counts."""


@contextmanager
def progress(stage: str, *, quiet: bool = False) -> Iterator[None]:
    """Show how far ``stage`` is, at which rate, and take the line away at the end.

    Only where standard error is a terminal, never in CI. A timer of the system calls back: short
    work costs two system calls, and no thread is started.
    """
    if quiet or not _wanted():
        yield
        return
    import signal

    start = time.monotonic()
    shown = False

    def tick(_: int, __: FrameType | None) -> None:
        nonlocal shown
        shown = True
        words = progress_words(stage, TALLY.done, TALLY.of, time.monotonic() - start)
        # A line that wraps is not erased whole.
        _write(f"{_ERASE}{words[: max(columns(sys.stderr) - 1, 1)]}")

    try:
        before = signal.signal(signal.SIGALRM, tick)
    except ValueError:  # not the main thread
        yield
        return
    outer = signal.setitimer(signal.ITIMER_REAL, AFTER, _EVERY)
    try:
        with TALLY.afresh():
            yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, *outer)
        if shown:
            _write(_ERASE)


def progress_words(stage: str, done: int, of: int, seconds: float) -> str:
    """``linting … 120 of 268 rules, 96/s, 1 s``; only the seconds where nothing is counted yet."""
    if not done or stage not in _UNITS:
        return f"{stage} … {seconds:.0f} s"
    count = f"{done:,} of {of:,}" if of >= done else f"{done:,}"
    return f"{stage} … {count} {_UNITS[stage]}, {done / seconds:,.0f}/s, {seconds:.0f} s"


def _wanted() -> bool:
    environment = os.environ
    if environment.get("CI") or environment.get("TERM") == "dumb" or os.name != "posix":
        return False
    return bool(getattr(sys.stderr, "isatty", lambda: False)())


def _write(text: str) -> None:
    with suppress(OSError, ValueError):  # a terminal that is gone is no reason to stop
        getattr(sys.stderr, "draw", sys.stderr.write)(text)
        sys.stderr.flush()
