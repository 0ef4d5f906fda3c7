"""SYN013, SYN014, SYN015: what the readers could not read or evaluate."""

from __future__ import annotations

from collections.abc import Iterable

from linter.core.sources import Location
from linter.policy.helpers import fail, unknown
from linter.policy.model import Context, Outcome, Severity, Subject


def syn013(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    return _of(context, "SYN013")


def syn014(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    return _of(context, "SYN014")


def syn015(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    return _of(context, "SYN015")


def _of(context: Context, rule: str) -> Iterable[Outcome]:
    for problem in context.project.problems:
        if problem.rule == rule and problem.undecided:
            yield unknown(
                problem.message,
                location=Location(problem.span),
                detail=f"{problem.span.path} {problem.address} {problem.message}",
            )
        elif problem.rule == rule:
            hint = f" {problem.hint}" if problem.hint else ""
            yield fail(
                (),
                f"{problem.message}.{hint}",
                location=Location(problem.span),
                severity=Severity.INFO if problem.notice else None,
                detail=f"{problem.span.path} {problem.address} {problem.message}",
            )
