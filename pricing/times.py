"""How long jobs take when nobody says: assumptions, and AWS's limits.

The assumptions are the project's own and are reported as such with every figure. The limits are
AWS's, with their sources in ``docs/cost-model.md``.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from linter.core.values import MISSING, dig
from linter.domain.jobs import job_kind
from linter.domain.pipeline import Step
from pricing.ranges import Range

DAY = 86_400

LIMITS = {
    # StoppingCondition: "The default value is 1 day" (botocore's documentation).
    "Training": DAY,
    # The same words stand in CloudFormation's page on a processing job's StoppingCondition.
    "Processing": DAY,
    # AWS Lambda quotas: a function runs for at most 900 seconds.
    "Lambda": 900,
}
"""Seconds after which AWS ends a job that states no limit of its own."""

ASSUMED_MINUTES: dict[str, tuple[str, str, str]] = {
    "Processing": ("5", "15", "60"),
    "Training": ("10", "30", "240"),
    "Tuning": ("5", "20", "120"),
    "Transform": ("5", "15", "60"),
    "AutoML": ("5", "15", "60"),
    "ClarifyCheck": ("5", "15", "60"),
    "QualityCheck": ("5", "10", "30"),
    "EMR": ("10", "30", "120"),
    "EMRServerless": ("10", "30", "120"),
    "Lambda": ("0.01", "0.05", "1"),
    "repack": ("3", "5", "10"),
    "notebook": ("5", "15", "60"),
    "function": ("2", "10", "60"),
}
"""Minutes of one job: low, expected, high. Tuning and AutoML: of one of their training jobs."""


def assumed_minutes(step: Step) -> Range | None:
    """The assumption for a step, ``None`` for a type that takes no billed time."""
    found = ASSUMED_MINUTES.get(job_kind(step))
    return None if found is None else Range(*(Decimal(text) for text in found))


_LIMIT_PATHS: dict[str, tuple[tuple[str, ...], ...]] = {
    "Training": (("StoppingCondition", "MaxRuntimeInSeconds"),),
    "Processing": (("StoppingCondition", "MaxRuntimeInSeconds"),),
    "ClarifyCheck": (("StoppingCondition", "MaxRuntimeInSeconds"),),
    "QualityCheck": (("StoppingCondition", "MaxRuntimeInSeconds"),),
    "Transform": (),
    "Lambda": (),
}


def stated_limit(step: Step, number: Callable[[Any], Range | None]) -> Decimal | None:
    """Seconds of the step's own stopping condition (the greatest it may be), or ``None``."""
    for path in _LIMIT_PATHS.get(step.type, ()):
        value = dig(step.arguments, *path)
        if value is MISSING:
            continue
        found = number(value)
        if found is not None and found.high > 0:
            return found.high
    return None


def default_limit(step: Step) -> Decimal | None:
    """Seconds after which AWS ends the job without a stated limit, where that is known."""
    kind = "Processing" if step.type in ("ClarifyCheck", "QualityCheck") else step.type
    seconds = LIMITS.get(kind)
    return None if seconds is None else Decimal(seconds)
