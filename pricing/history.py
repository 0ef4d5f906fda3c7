"""What past executions took: a snapshot of an account, or a file of one's own.

JSON lines, one finished step execution a line::

    {"pipeline": "churn", "step": "Train", "type": "Training", "status": "Succeeded",
     "seconds": 812, "billable_seconds": 260, "instance_type": "ml.m5.xlarge",
     "instance_count": 1, "cache_hit": false, "started": "2026-09-01T10:00:00Z"}

``pipeline``, ``step`` and ``seconds`` (or ``cache_hit: true``) are needed; ``seconds`` is the
job's running time, ``billable_seconds`` what managed Spot billed. ``started`` tells how often the
pipeline runs, failed runs included.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from linter.core.record import entity, field, record
from pricing.ranges import Range
from pricing.yamlfile import FileProblem, UserFileError

MAX_SECONDS = 28 * 86_400
MAX_LINES = 2_000_000


_DAY = Decimal(86_400)
_MONTH = Decimal(730 * 3600)


@record
class PastRuns:
    """Runs in a month of 730 hours, and from what they were counted."""

    runs: Decimal
    detail: str


@record
class Measured:
    """What the history says of one step; ``seconds`` of runs that succeeded and were no hit.

    ``failed`` runs ended otherwise, ``attempts`` are all of them, retries included.
    """

    runs: int
    hits: int
    failed: int
    retries: int
    median: Decimal | None
    p90: Decimal | None
    spot_saving: Decimal | None


@entity
class _Runs:
    seconds: list[Decimal] = field(default_factory=list)
    billable: list[tuple[Decimal, Decimal]] = field(default_factory=list)
    hits: int = 0
    failed: int = 0
    retries: int = 0
    started: list[datetime] = field(default_factory=list)


@entity
class History:
    """Past runs by pipeline and step."""

    runs: dict[tuple[str, str], _Runs] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    """What could not be used, one line each."""
    billed: dict[str, dict[str, Decimal]] = field(default_factory=dict)
    """USD that AWS billed, by pipeline and month (``2026-10``)."""

    def hours(self, pipeline: str, step: str) -> Range | None:
        """Running hours of the runs that were no cache hit: least, mean, most."""
        found = self.runs.get((pipeline, step))
        if found is None or not found.seconds:
            return None
        times = found.seconds
        mean = sum(times, Decimal(0)) / len(times)
        return Range(min(times), min(max(mean, min(times)), max(times)), max(times)) / 3600

    def runs_per_month(self, pipeline: str, steps: Iterable[str]) -> PastRuns | None:
        """How often the pipeline ran, by the one of these steps that ran most often.

        ``steps`` are those that run once in a run. ``None`` without two starts that are a day
        apart: too little to tell a rhythm from.
        """
        times = max(
            (self.runs[key].started for name in steps if (key := (pipeline, name)) in self.runs),
            key=len,
            default=[],
        )
        if len(times) < 2:
            return None
        first, last = min(times), max(times)
        seconds = Decimal((last - first) // timedelta(seconds=1))
        if seconds < _DAY:
            return None
        runs = (len(times) - 1) * _MONTH / seconds
        detail = f"by history: {len(times)} runs from {first.date()} to {last.date()}"
        return PastRuns(runs.quantize(Decimal("0.000001")), detail)

    def hit_share(self, pipeline: str, step: str) -> Decimal | None:
        """The share of the step's runs that its cache answered."""
        found = self.runs.get((pipeline, step))
        if found is None or not (found.hits or found.seconds):
            return None
        return Decimal(found.hits) / (found.hits + len(found.seconds))

    def measured(self, pipeline: str, step: str) -> Measured | None:
        """Everything about a step that a report shows, ``None`` where it never ran."""
        found = self.runs.get((pipeline, step))
        if found is None:
            return None
        times = sorted(found.seconds)
        return Measured(
            len(times) + found.hits + found.failed,
            found.hits,
            found.failed,
            found.retries,
            _quantile(times, Decimal("0.5")),
            _quantile(times, Decimal("0.9")),
            self.spot_saving(pipeline, step),
        )

    def spot_saving(self, pipeline: str, step: str) -> Decimal | None:
        """The share of running time that managed Spot did not bill."""
        found = self.runs.get((pipeline, step))
        if found is None or not found.billable:
            return None
        ran = sum(seconds for seconds, _ in found.billable)
        paid = sum(billed for _, billed in found.billable)
        return max(Decimal(0), 1 - paid / ran) if ran else None


def _quantile(times: list[Decimal], share: Decimal) -> Decimal | None:
    """The value below which a share of sorted values lies, between two of them where needed."""
    if not times:
        return None
    at = share * (len(times) - 1)
    below = int(at)
    above = min(below + 1, len(times) - 1)
    return times[below] + (times[above] - times[below]) * (at - below)


def read_history(lines: Iterable[str], path: str) -> History:
    """Decode JSON lines. Raises :class:`~pricing.yamlfile.UserFileError` at the first bad one.

    Of runs that did not succeed only the start counts: they say nothing of how long the step
    takes.
    """
    history = History()
    for number, line in enumerate(lines, 1):
        if number > MAX_LINES:
            raise UserFileError([FileProblem(path, number, 1, "too many lines")])
        if not line.strip():
            continue
        try:
            record = json.loads(line, parse_float=Decimal, parse_int=Decimal)
        except (ValueError, RecursionError, ArithmeticError):
            # An exponent that no decimal has is an arithmetic error.
            raise UserFileError([FileProblem(path, number, 1, "not a JSON object")]) from None
        problem = _add(history, record)
        if problem:
            raise UserFileError([FileProblem(path, number, 1, problem)])
    return history


def read_history_path(path: str) -> History:
    """Read a file of JSON lines, or the folder of a snapshot or of a part of one.

    Raises :class:`~pricing.yamlfile.UserFileError`.
    """
    from pathlib import Path

    if Path(path).is_dir():
        from pricing.executions import billed, records

        history = History(billed=billed(path))
        for found in records(path, history.notes):
            problem = _add(history, found)
            if problem:
                raise UserFileError([FileProblem(path, 1, 1, problem)])
        return history
    try:
        with Path(path).open(encoding="utf-8-sig") as lines:
            return read_history(lines, path)
    except (OSError, UnicodeDecodeError) as error:
        reason = "not UTF-8 text" if isinstance(error, UnicodeDecodeError) else error.strerror
        raise UserFileError([FileProblem(path, 1, 1, f"cannot be read: {reason}")]) from None


def _add(history: History, record: Any) -> str:
    if not isinstance(record, dict):
        return "not a JSON object"
    pipeline, step = record.get("pipeline"), record.get("step")
    if not isinstance(pipeline, str) or not isinstance(step, str):
        return "pipeline and step must be text"
    started, problem = _moment(record.get("started"))
    if problem:
        return problem
    if started is not None:
        history.runs.setdefault((pipeline, step), _Runs()).started.append(started)
    if record.get("cache_hit") is True:
        history.runs.setdefault((pipeline, step), _Runs()).hits += 1
        return ""
    attempts = record.get("attempts")
    if attempts is not None and not (isinstance(attempts, Decimal | int) and attempts >= 0):
        return "attempts must be a whole number"
    runs = history.runs.setdefault((pipeline, step), _Runs())
    runs.retries += max(0, int(attempts or 1) - 1)
    if record.get("status", "Succeeded") != "Succeeded":
        runs.failed += 1
        return ""
    seconds, billable = record.get("seconds"), record.get("billable_seconds")
    if not isinstance(seconds, Decimal) or not 0 <= seconds <= MAX_SECONDS:
        return f"seconds must be a number from 0 to {MAX_SECONDS}"
    runs.seconds.append(seconds)
    if billable is not None:
        if not isinstance(billable, Decimal) or not 0 <= billable <= MAX_SECONDS:
            return f"billable_seconds must be a number from 0 to {MAX_SECONDS}"
        runs.billable.append((seconds, min(billable, seconds)))
    return ""


def _moment(value: Any) -> tuple[datetime | None, str]:
    """A start as time in UTC, and what is wrong with it."""
    if value is None:
        return None, ""
    try:
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC), ""
    except (TypeError, ValueError, OverflowError):
        return None, "started must be a time such as 2026-09-01T10:00:00Z"
