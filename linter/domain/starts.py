"""What starts a pipeline, and how many runs a month that makes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from linter.core.record import record


@record
class Runs:
    """Runs in a month. Where several numbers are possible the most frequent is expected."""

    low: Decimal
    expected: Decimal
    high: Decimal

    def __add__(self, other: Runs) -> Runs:
        return Runs(self.low + other.low, self.expected + other.expected, self.high + other.high)


MAX_NAMED = 10
"""Starts of one sort that a text for people names."""

NO_RUNS = Runs(Decimal(0), Decimal(0), Decimal(0))


@record
class Start:
    """One thing that starts a pipeline.

    Attributes:
        kind: ``schedule``; ``event`` for a rule that waits for events; ``call`` for a function,
            state machine or build of which nothing in the scan says when it runs.
        address: the schedule, rule or caller; ``path`` and ``line`` say where it is written.
        expression: the schedule's expression for people, ``""`` without one.
        enabled: ``None`` where that is not known.
        runs: ``None`` where it is not known how often it runs.
        because: why its runs are none, not known, or not certain; one clause, or ``""``.
        through: the function, state machine or build that it runs, and that starts the pipeline.
        parameters: what it passes by name; ``None`` where that cannot be seen.
        refused: parameters that it passes and the pipeline does not declare.
        label: what a caller is, for people: ``Lambda``.
        certain: whether it exists, is enabled and starts this pipeline, as far as that is known.
    """

    kind: str
    address: str
    path: str
    line: int
    expression: str = ""
    enabled: bool | None = True
    runs: Runs | None = None
    because: str = ""
    through: str = ""
    parameters: Mapping[str, Any] | None = None
    refused: tuple[str, ...] = ()
    label: str = ""
    certain: bool = True

    @property
    def never(self) -> bool:
        """Whether it certainly starts nothing: it is disabled, or over."""
        return self.enabled is False or (self.runs is not None and not self.runs.high)

    @property
    def described(self) -> str:
        """``rate(1 hour) in aws_scheduler_schedule.hourly``, for people."""
        text = f"{self.label} {self.address}".strip()
        if self.expression:
            text = f"{self.expression} in {text}"
        return f"{text} through {self.through} (derived)" if self.through else text

    @property
    def remarks(self) -> str:
        """Why its runs are what they are, and what AWS refuses, as a clause that follows a name."""
        refused = ""
        if self.refused:
            names = ", ".join(self.refused)
            refused = f"passes {names}, which the pipeline does not declare: SageMaker refuses it"
        return "; ".join(filter(None, (self.because, refused)))

    def to_json(self) -> dict[str, Any]:
        """Parameters by name only: a value may be a secret, and stands in the resource."""
        runs = self.runs
        return {
            "kind": self.kind,
            "address": self.address,
            "path": self.path,
            "line": self.line,
            "expression": self.expression or None,
            "enabled": self.enabled,
            "runs_per_month": None
            if runs is None
            else {
                "low": _plain(runs.low),
                "expected": _plain(runs.expected),
                "high": _plain(runs.high),
            },
            "because": self.because or None,
            "through": self.through or None,
            "parameters": None if self.parameters is None else list(self.parameters),
            "refused": list(self.refused),
            "certain": self.certain,
        }


@record
class Started:
    """What all starts of a pipeline amount to.

    ``runs`` is ``None`` where no schedule says how often it runs. ``detail`` says where the figure
    comes from, ``more`` what else starts the pipeline, how often being not known.
    """

    runs: Runs | None = None
    detail: str = ""
    more: str = ""

    @property
    def said(self) -> str:
        """One line for people, ``""`` where nothing is known to start the pipeline."""
        if self.runs is None:
            return self.detail
        return _listed((said_of(self.runs, self.detail, least=bool(self.more)), self.more))


def started(starts: Sequence[Start]) -> Started:
    """The sum of the schedules that count.

    A pipeline of which every start is disabled or over runs not at all: that is what AWS bills.
    """
    live = [s for s in starts if not s.never and s.runs is not None]
    unknown = [s for s in starts if not s.never and s.runs is None]
    silent = [s for s in starts if s.never]
    more = _some([f"{s.described} starts it too, {s.remarks or _UNKNOWN}" for s in unknown], "; ")
    idle = _some([f"{s.address} {s.remarks}" for s in silent], "; ")
    if live:
        total = NO_RUNS
        for start in live:
            assert start.runs is not None
            total += start.runs
        by = _some([s.described + (f" ({s.remarks})" if s.remarks else "") for s in live], " and ")
        return Started(total, _listed((f"by {by}", idle)), more)
    if unknown:
        detail = _some([f"{s.described} starts it, {s.remarks or _UNKNOWN}" for s in unknown], "; ")
        return Started(None, _listed((detail, idle)))
    if silent:
        return Started(NO_RUNS, f"nothing starts it: {idle}")
    return Started()


_UNKNOWN = "how often is not known"


def said_of(runs: Runs, detail: str, *, least: bool = False) -> str:
    """``730 runs a month by rate(1 hour) in aws_scheduler_schedule.hourly``."""
    low, expected, high = map(_rounded, (runs.low, runs.expected, runs.high))
    number = expected if low == high else f"{expected} ({low}–{high})"
    joint = " " if detail.startswith("by ") else ", "
    return f"{'at least ' if least else ''}{number} runs a month{joint}{detail}"


def _rounded(number: Decimal) -> str:
    """A number for people, with two decimals where it is not whole."""
    return f"{_plain(number.quantize(Decimal('0.01'))):f}"


def _plain(number: Decimal) -> Decimal:
    """Without trailing zeros and without an exponent."""
    whole = number.to_integral_value()
    return whole if whole == number else number.normalize()


def _some(clauses: Sequence[str], joint: str) -> str:
    """The first of many; ``starts`` has them all."""
    shown = list(clauses[:MAX_NAMED])
    if len(clauses) > MAX_NAMED:
        shown.append(f"{len(clauses) - MAX_NAMED} more")
    return joint.join(shown)


def _listed(clauses: Iterable[str]) -> str:
    return "; ".join(filter(None, clauses))
