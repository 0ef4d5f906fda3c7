"""SEC013: the key with which the SageMaker SDK signs functions that run as jobs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from linter.core.regex import lazy_regex
from linter.core.values import MISSING, Template, Unknown, dig, lookup
from linter.domain.jobs import FUNCTION, job_kind
from linter.domain.pipeline import Pipeline, Step
from linter.policy.helpers import fail, known_values, unknown
from linter.policy.model import Context, Outcome, Subject

NAME = "REMOTE_FUNCTION_SECRET_KEY"
_SYMMETRIC = lazy_regex(r"[0-9a-f]{64}")
_PUBLIC = "-----BEGIN PUBLIC KEY-----"


def is_signing_key(holder: Any, name: str, value: Any) -> bool:
    """Whether a variable, of a step or of something else, holds the SDK's key.

    The SDK makes a new one for each definition: it opens nothing, and is SEC013's alone.

    The name alone does not tell: in a job that is no function, with a value that the SDK does not
    generate, it is a secret like any other.
    """
    if name != NAME:
        return False
    known = isinstance(value, str) and _SYMMETRIC.fullmatch(value) is not None
    return known or (isinstance(holder, Step) and job_kind(holder) == FUNCTION)


def signing_key(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """Once per pipeline, at the first step that has it."""
    pipeline = subject.domain
    assert isinstance(pipeline, Pipeline)
    found: list[Step] = []
    for step in pipeline.steps:
        if step.type != "Training" and not isinstance(step.value.get("Type"), Unknown):
            continue
        environment = dig(step.arguments, "Environment")
        value = lookup(environment, NAME)
        at = (*step.path, "Arguments", "Environment")
        options = known_values(value)
        if any(_signs(step, option) for option in options):
            found.append(step)
        elif not options and isinstance(value, Unknown | Template):
            yield unknown(value, at if isinstance(environment, Unknown) else (*at, NAME))
    if not pipeline.steps_complete and isinstance(pipeline.definition, dict) and not found:
        yield unknown(pipeline.gaps, ("Steps",))
    if found:
        first = found[0]
        others = f" and {len(found) - 1} more" if len(found) > 1 else ""
        yield fail(
            (*first.path, "Arguments", "Environment", NAME),
            f"step {first.name}{others} carries the key with which the SDK signs the function that "
            "the job unpickles: whoever reads the definition and may write to its bucket can put "
            "code of their own there",
            sensitive=True,
        )


def _signs(step: Step, value: Any) -> bool:
    if value is MISSING or not isinstance(value, str) or value.lstrip().startswith(_PUBLIC):
        return False
    return bool(value) and is_signing_key(step, NAME, value)
