"""SYN001: the definition as a whole."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from linter.core.documents import Path, Problem
from linter.core.sources import Location
from linter.core.values import MISSING, Template, Unknown, dig, lookup
from linter.domain.pipeline import BRANCH_KEYS, DEFINITION_VERSION, Pipeline
from linter.policy.helpers import display, fail, unknown
from linter.policy.model import Context, Outcome, Subject


def check(subject: Subject, context: Context) -> Iterable[Outcome]:
    pipeline = subject.domain
    assert isinstance(pipeline, Pipeline)
    for problem in _problems(pipeline, context):
        yield fail((), f"{subject.title}: {problem.message}", location=Location(problem.span))
    definition = pipeline.definition
    if not isinstance(definition, dict):
        return  # SYN012 says why it is not known
    version = lookup(definition, "Version")
    if isinstance(version, Unknown | Template):
        yield unknown(version, ("Version",))
    elif version is MISSING or version is None:
        yield fail(("Version",), f"{subject.title} has no Version; write {DEFINITION_VERSION!r}")
    elif version != DEFINITION_VERSION:
        yield fail(
            ("Version",),
            f"{subject.title} has Version {display(version)}; the only one is "
            f"{DEFINITION_VERSION!r}",
        )
    steps = lookup(definition, "Steps")
    if isinstance(steps, Unknown):
        yield unknown(steps, ("Steps",))
    elif steps is MISSING or steps is None:
        yield fail(("Steps",), f"{subject.title} has no Steps", detail="Steps")
    elif not isinstance(steps, list):
        yield fail(("Steps",), f"{subject.title}: Steps is not a list")
    else:
        yield from _not_steps(subject, pipeline, steps, ("Steps",))
        for step in pipeline.steps:
            for branch in BRANCH_KEYS.get(step.type, ()):
                inner = dig(step.raw, "Arguments", branch)
                at = (*step.path, "Arguments", branch)
                if isinstance(inner, list):
                    yield from _not_steps(subject, pipeline, inner, at)
                elif not isinstance(inner, Unknown) and inner is not MISSING:
                    yield fail(at, f"step {step.name}: {branch} is not a list of steps")


def _not_steps(
    subject: Subject, pipeline: Pipeline, entries: list[Any], at: Path
) -> Iterable[Outcome]:
    """Entries of a list of steps that are none; they are neither linted nor priced."""
    for index, entry in enumerate(entries):
        if isinstance(entry, dict | Unknown):
            continue
        meant = ""
        if isinstance(entry, str) and entry in pipeline.steps_by_name:
            meant = f"; put step {entry} itself there, for a name runs nothing"
        yield fail(
            (*at, index),
            f"{subject.title}: {display(entry)} in {at[-1]} is not a step{meant}",
            detail=f"{at[-1]} {index}",
        )


def _problems(pipeline: Pipeline, context: Context) -> Iterable[Problem]:
    yield from context.project.definition_problems(pipeline)
