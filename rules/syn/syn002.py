"""SYN002: every step has a name, a known type and arguments."""

from __future__ import annotations

from collections.abc import Iterable

from linter.core.values import MISSING, Choice, Template, Unknown, lookup
from linter.domain.pipeline import Pipeline, Step
from linter.domain.shapes import source, step_types
from linter.policy.helpers import display, fail, unknown
from linter.policy.model import Context, Outcome, Severity, Subject

_WITHOUT_ARGUMENTS = frozenset({"Lambda", "Callback", "Fail", "Cleanup"})


def check(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    pipeline = subject.domain
    assert isinstance(pipeline, Pipeline)
    for step in pipeline.steps:
        shown = f"step {step.name}" if step.name else f"step {step.index + 1}"
        name = lookup(step.value, "Name")
        if name is MISSING or name is None:
            yield fail((*step.path, "Name"), f"{shown} has no Name", detail="Name")
        yield from _type(step, shown)
        arguments = lookup(step.value, "Arguments")
        if (arguments is MISSING or arguments is None) and step.type not in _WITHOUT_ARGUMENTS:
            yield fail((*step.path, "Arguments"), f"{shown} has no Arguments", detail="Arguments")


def _type(step: Step, shown: str) -> Iterable[Outcome]:
    at = (*step.path, "Type")
    value = lookup(step.value, "Type")
    if value is MISSING or value is None:
        yield fail(at, f"{shown} has no Type", detail="Type")
    elif isinstance(value, Unknown | Template | Choice):
        yield unknown(value, at)
    elif not isinstance(value, str):
        yield fail(at, f"{shown} has a Type that is not a text")
    elif value not in step_types():
        from difflib import get_close_matches

        near = get_close_matches(value, step_types(), 1, 0.6)
        if near:
            yield fail(at, f"{shown} has the unknown type {value!r}; did you mean {near[0]}?")
        else:
            yield fail(
                at,
                f"{shown} has the type {display(value)}, which {source()} does not know",
                severity=Severity.MEDIUM,
            )
