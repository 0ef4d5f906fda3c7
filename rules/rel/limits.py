"""REL016: limits of the service that a definition exceeds.

Lengths and the size are those of botocore's service model. The numbers of steps and parameters are
service quotas, of which AWS raises the first on request.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from linter.core.values import lookup
from linter.domain.pipeline import Pipeline
from linter.policy.helpers import fail, unknown
from linter.policy.model import Context, Outcome, Subject

MAX_DEFINITION = 1_048_576
MAX_NAME = 256
MAX_KEY = 256


def exceeded(subject: Subject, context: Context) -> Iterable[Outcome]:
    """REL016: more steps or parameters, longer names, a larger text than the service takes."""
    pipeline = subject.domain
    assert isinstance(pipeline, Pipeline)
    most = context.parameters["max_steps"]
    if len(pipeline.steps) > most:
        yield fail(
            ("Steps",),
            f"{subject.title} has {len(pipeline.steps)} steps, and the quota is {most}",
            key=True,
            detail="steps",
        )
    elif not pipeline.steps_complete and isinstance(pipeline.definition, dict):
        hidden = [value for _, value in pipeline.unknown_steps]
        yield unknown(hidden or "not all of its steps are known", ("Steps",), key=True)
    most = context.parameters["max_parameters"]
    if len(pipeline.parameters) > most:
        yield fail(
            ("Parameters",),
            f"{subject.title} has {len(pipeline.parameters)} parameters, and the quota is {most}",
            key=True,
            detail="parameters",
        )
    if isinstance(pipeline.name, str) and len(pipeline.name) > MAX_NAME:
        yield fail(
            (),
            f"the name of a pipeline has {len(pipeline.name)} characters, and {MAX_NAME} are taken",
            detail="name",
        )
    size = _least_size(pipeline.definition)
    if size > MAX_DEFINITION:
        yield fail(
            (),
            f"the definition of {subject.title} has {size:,} characters, and {MAX_DEFINITION:,} "
            "are taken: put it into S3",
            detail="size",
        )
    yield from _long_keys(pipeline)


def _least_size(definition: Any) -> int:
    """Characters of the definition as compact JSON, without what is not known."""
    if not isinstance(definition, dict):
        return 0
    try:
        return len(json.dumps(definition, separators=(",", ":"), default=lambda _: None))
    except (RecursionError, ValueError):
        return 0


def _long_keys(pipeline: Pipeline) -> Iterator[Outcome]:
    for step in pipeline.steps:
        table = lookup(step.arguments, "HyperParameters") if step.type == "Training" else None
        for key in table if isinstance(table, dict) else ():
            if len(key) > MAX_KEY:
                yield fail(
                    (*step.path, "Arguments", "HyperParameters", key),
                    f"step {step.name} has a hyperparameter whose name has {len(key)} characters, "
                    f"and {MAX_KEY} are taken",
                    key=True,
                )
