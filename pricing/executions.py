"""What a snapshot of an account says of past executions, as records of a history.

A job is billed from its start to its end, not while it waits for instances: for training jobs
``TrainingTimeInSeconds`` and, under managed Spot, ``BillableTimeInSeconds``
(https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeTrainingJob.html); for
processing and transform jobs the time between ``…StartTime`` and ``…EndTime``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from linter.account.kinds import JOBS
from linter.account.snapshot import COSTS, EXECUTION, objects_in
from linter.core.regex import lazy_regex
from pricing.yamlfile import FileProblem, UserFileError

_TIMES = (
    ("TrainingStartTime", "TrainingEndTime"),
    ("ProcessingStartTime", "ProcessingEndTime"),
    ("TransformStartTime", "TransformEndTime"),
)
_SHOWN = 4
MAX_SECONDS = 28 * 86_400
"""The longest that a job may run."""
_AMOUNT = lazy_regex(r"-?\d{1,12}(\.\d{1,12})?")


def records(path: str, notes: list[str]) -> Iterator[dict[str, Any]]:
    """One record for each finished step of each execution below a snapshot's folder.

    ``notes`` is told what the snapshot leaves open.

    Raises :class:`~pricing.yamlfile.UserFileError` where there is none, or where a pipeline of one
    name ran in several accounts or regions: which of them is meant has to be said.
    """
    folder = Path(path)
    places: dict[str, set[str]] = defaultdict(set)
    found = []
    for execution in objects_in(folder, EXECUTION):
        pipeline = str(execution["Properties"].get("PipelineName", ""))
        places[pipeline].add(f"{execution.get('Account')}/{execution.get('Region')}")
        found.append((pipeline, execution["Observed"]))
    if not found:
        raise UserFileError([FileProblem(path, 1, 1, "the folder contains no pipeline executions")])
    several = {name: where for name, where in places.items() if len(where) > 1}
    if several:
        name, where = min(several.items())
        shown = ", ".join(sorted(where)[:_SHOWN])
        reason = f"pipeline {name} ran in {len(where)} places ({shown}): name one of these folders"
        raise UserFileError([FileProblem(path, 1, 1, reason)])
    gone: dict[str, int] = defaultdict(int)
    for pipeline, observed in found:
        yield from _of_execution(pipeline, observed, gone)
    for pipeline, count in sorted(gone.items()):
        notes.append(
            f"{count} runs of steps of {pipeline} have no job record in the snapshot:"
            " their time is not known"
        )


def _of_execution(
    pipeline: str, observed: dict[str, Any], gone: dict[str, int]
) -> Iterator[dict[str, Any]]:
    steps = observed.get("Steps")
    for step in steps if isinstance(steps, list) else ():
        status = step.get("StepStatus") if isinstance(step, dict) else None
        if status not in ("Succeeded", "Failed", "Stopped"):
            continue
        job = step.get("Job") if isinstance(step.get("Job"), dict) else {}
        metadata = step.get("Metadata") if isinstance(step.get("Metadata"), dict) else {}
        record: dict[str, Any] = {
            "pipeline": pipeline,
            "step": str(step.get("StepName", "")),
            "status": status,
            "attempts": _whole(step.get("AttemptCount"), 1),
        }
        started = step.get("StartTime") or observed.get("CreationTime")
        if started:
            record["started"] = started
        if step.get("CacheHitResult"):
            yield record | {"cache_hit": True}
            continue
        seconds = _seconds(job)
        if status == "Succeeded" and seconds is None:
            if JOBS.keys() & metadata.keys():
                gone[pipeline] += 1
            continue
        if seconds is not None:
            record["seconds"] = seconds
        billable = _whole(job.get("BillableTimeInSeconds"), -1)
        if job.get("EnableManagedSpotTraining") and billable >= 0:
            record["billable_seconds"] = Decimal(billable)
        yield record


def _seconds(job: dict[str, Any]) -> Decimal | None:
    """How long a job ran; of a tuning job, how long one of its training jobs ran on average."""
    listed = job.get("Trials")
    trials = [
        length
        for trial in (listed if isinstance(listed, list) else ())
        if isinstance(trial, dict)
        and trial.get("TrainingJobStatus") == "Completed"
        and (length := _length(trial.get("TrainingStartTime"), trial.get("TrainingEndTime")))
        is not None
    ]
    if trials:
        return sum(trials, Decimal(0)) / len(trials)
    stated = _whole(job.get("TrainingTimeInSeconds"), -1)
    if stated >= 0:
        return Decimal(stated)
    for start, end in _TIMES:
        length = _length(job.get(start), job.get(end))
        if length is not None:
            return length
    return None


def _whole(value: Any, otherwise: int) -> int:
    """A count or a time as AWS gives it; a file may have been edited."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and 0 <= value <= MAX_SECONDS else otherwise


def _length(start: Any, end: Any) -> Decimal | None:
    """Seconds between two times, ``None`` where one is missing or the clocks disagree."""
    try:
        length = datetime.fromisoformat(str(end)) - datetime.fromisoformat(str(start))
        seconds = Decimal(int(length.total_seconds()))
    except (ValueError, TypeError, OverflowError):
        return None
    return seconds if seconds >= 0 else None


def billed(path: str) -> dict[str, dict[str, Decimal]]:
    """USD that AWS billed by pipeline and month, where the snapshot holds it."""
    found: dict[str, dict[str, Decimal]] = defaultdict(dict)
    for costs in objects_in(Path(path), COSTS):
        months = costs["Properties"].get("Months")
        for month, pipelines in months.items() if isinstance(months, dict) else ():
            for name, amount in pipelines.items() if isinstance(pipelines, dict) else ():
                if _AMOUNT.fullmatch(str(amount)):
                    before = found[name].get(month, Decimal(0))
                    found[name][month] = before + Decimal(str(amount))
    return found
