"""SYN006: step names must be unique and well formed."""

from __future__ import annotations

from collections.abc import Iterable

from linter.core.regex import lazy_regex
from linter.domain.pipeline import Pipeline, Step
from linter.policy.helpers import fail
from linter.policy.model import Context, Outcome, Subject

_NAME = lazy_regex(r"[A-Za-z0-9_-]{1,64}")


def check(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    pipeline = subject.domain
    assert isinstance(pipeline, Pipeline)
    seen: dict[str, Step] = {}
    for step in pipeline.steps:
        at = (*step.path, "Name")
        if not isinstance(step.value.get("Name"), str):
            continue
        if step.name in seen:
            yield fail(
                at, f"the step name {step.name} is used twice in one pipeline", detail=step.name
            )
        elif not _NAME.fullmatch(step.name):
            yield fail(at, f"{step.name!r} is not a valid step name", detail=step.name)
        seen.setdefault(step.name, step)
