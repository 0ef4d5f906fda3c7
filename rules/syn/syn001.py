"""SYN001: the definition as a whole."""

from __future__ import annotations

from collections.abc import Iterable

from linter.core.documents import Problem
from linter.core.sources import Location
from linter.core.values import MISSING, Template, Unknown, lookup
from linter.domain.pipeline import DEFINITION_VERSION, Pipeline
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


def _problems(pipeline: Pipeline, context: Context) -> Iterable[Problem]:
    yield from context.project.definition_problems(pipeline)
