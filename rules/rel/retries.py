"""REL003: retry policies that multiply what a step costs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from linter.core.documents import Path
from linter.core.values import MISSING, dig, lookup
from linter.domain.instances import parse
from linter.domain.pipeline import Step
from linter.policy.helpers import as_number, fail, is_set, known_values, select, unknown
from linter.policy.model import Context, Outcome, Subject

_INTERNAL = "SageMaker.JOB_INTERNAL_ERROR"
_DEFAULT_LIMIT = 86_400
"""Seconds that AWS lets a training job run where nothing is stated."""

_DEFAULT_ATTEMPTS = 5


def multiplied(subject: Subject, context: Context) -> Iterable[Outcome]:
    """REL003: long GPU jobs that start again from nothing, and sums that were not agreed."""
    step = subject.domain
    assert isinstance(step, Step)
    repeated = list(_repeated(step))
    if not repeated:
        return
    limit = Decimal(str(context.parameters["max_usd"]))
    if limit:
        worst = None if context.costs is None else context.costs.worst_step(step)
        if worst is None:
            yield unknown("the step has no price in this run", repeated[0][0])
        elif worst > limit:
            yield fail(
                repeated[0][0],
                f"{subject.title} may cost {worst:,.2f} USD with every retry; {limit:,.2f} is what "
                "a step may cost",
            )
            return
    if step.type == "Training":
        yield from _long(subject, step, repeated, context.parameters["long_hours"])


def _long(
    subject: Subject, step: Step, repeated: list[tuple[Path, Any]], hours: float
) -> Iterator[Outcome]:
    """A GPU job of hours that keeps nothing when it fails."""
    if is_set(step.get("CheckpointConfig", "S3Uri")) is not False:
        return
    gpus = [
        kind
        for path in ("$.InstanceType", "$.InstanceGroups[*].InstanceType")
        for match in select(step.get("ResourceConfig"), path)
        for kind in known_values(match.value)
        if isinstance(kind, str) and (instance := parse(kind)) is not None and instance.accelerated
    ]
    stated = step.get("StoppingCondition", "MaxRuntimeInSeconds")
    seconds = [_DEFAULT_LIMIT] if stated in (MISSING, None) else known_values(stated)
    longest = max((n for n in map(as_number, seconds) if n is not None), default=None)
    if not gpus or (longest is not None and longest < hours * 3600):
        return
    for path, attempts in repeated:
        numbers = [n for n in map(as_number, known_values(attempts)) if n is not None]
        if longest is None or not numbers:
            yield unknown(stated if longest is None else attempts, path)
        elif max(numbers) >= 1:
            yield fail(
                path,
                f"{subject.title} starts its job of up to {longest / 3600:g} hours on {gpus[0]} "
                f"again from the beginning, up to {max(numbers):g} times: it has no checkpoint",
            )


def _repeated(step: Step) -> Iterator[tuple[Path, Any]]:
    """(place, number of attempts) of the policies that start a failed job again."""
    policies = lookup(step.value, "RetryPolicies")
    for index, policy in enumerate(policies if isinstance(policies, list) else ()):
        kinds = lookup(policy, "ExceptionType")
        if _INTERNAL not in (kinds if isinstance(kinds, list) else [kinds]):
            continue
        attempts = dig(policy, "MaxAttempts")
        if attempts is not MISSING and attempts is not None:
            yield ("RetryPolicies", index, "MaxAttempts"), attempts
        elif lookup(policy, "ExpireAfterMin") is MISSING:
            yield ("RetryPolicies", index), _DEFAULT_ATTEMPTS
