"""COST008: tuning jobs that let every candidate run to its end."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from linter.core.documents import Path
from linter.core.truth import Truth
from linter.core.values import MISSING, Choice, Template, Unknown, dig
from linter.domain.pipeline import Step
from linter.policy.helpers import as_number, equals, fail, kleene_or, unknown
from linter.policy.model import Context, Outcome, Subject

_CONFIG: Path = ("HyperParameterTuningJobConfig",)
_STOP: Path = (*_CONFIG, "TrainingJobEarlyStoppingType")
_LIMITS: Path = (*_CONFIG, "ResourceLimits")


def early_stopping(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """Without early stopping, unless all jobs run at the same time: then none can be compared."""
    step = subject.domain
    assert isinstance(step, Step)
    stop = dig(step.arguments, *_STOP)
    jobs = dig(step.arguments, *_LIMITS, "MaxNumberOfTrainingJobs")
    parallel = dig(step.arguments, *_LIMITS, "MaxParallelTrainingJobs")
    stops = equals(stop, "Auto") if stop is not MISSING and stop is not None else False
    at = ("Arguments", *_STOP)
    holds = kleene_or(stops, _all_at_once(jobs, parallel))
    if holds is None:
        yield unknown([stop, jobs, parallel], at)
    elif not holds:
        yield fail(at)


def _all_at_once(jobs: Any, parallel: Any) -> Truth:
    if any(isinstance(number, Unknown | Template | Choice) for number in (jobs, parallel)):
        return None
    most, wide = as_number(jobs), as_number(parallel)
    return most is not None and wide is not None and most <= wide
