"""A guard for what must end: input on which a careless program runs for minutes or for ever.

It is no measure of speed (those are in ``benchmarks/``): its bound is far above what is needed, and
counts the processor's time only, so that a busy machine does not trip it.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

CPU_SECONDS = 300.0


class Hanging(BaseException):
    """Not an ``Exception``, which the program under test might take for its own."""


@contextmanager
def ends(cpu_seconds: float = CPU_SECONDS) -> Iterator[None]:
    """Fail when what is inside takes more processor time."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise Hanging(f"still running after {cpu_seconds:g} s of processor time")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, cpu_seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def calls_of(work: Callable[[], object]) -> int:
    """How many calls of functions some work takes: the same on every machine, busy or not."""
    count = 0

    def seen(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count
