"""SYN003, SYN004, SYN005, SYN010: steps' arguments against the service's request shapes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from weakref import WeakKeyDictionary

from linter.core.reads import note, unwatched
from linter.core.values import MISSING, Choice, Template, Unknown, lookup
from linter.domain.pipeline import Step
from linter.domain.shapes import IssueKind, ShapeIssue, Unread, check_arguments, enum_values
from linter.policy.helpers import fail, unknown
from linter.policy.model import Confidence, Context, Outcome, Severity, Subject

_checked: WeakKeyDictionary[Step, tuple[list[ShapeIssue], list[Unread]]] = WeakKeyDictionary()
"""What is wrong with a step's arguments, and what could not be told; four rules ask."""


def _issues(
    subject: Subject, *kinds: IssueKind
) -> Iterator[tuple[tuple[str | int, ...], ShapeIssue]]:
    step = subject.domain
    assert isinstance(step, Step)
    if lookup(step.value, "Arguments") is MISSING or isinstance(step.arguments, Unknown):
        return  # SYN002 says that there are none
    checked = _checked.get(step)
    if checked is None:
        unread: list[Unread] = []
        with unwatched():
            issues = check_arguments(step.type, step.raw.get("Arguments"), step.arguments, unread)
        checked = _checked[step] = (issues, unread)
    for one in checked[1]:
        values = IssueKind.WRONG_TYPE in kinds
        if one.container or values or (one.boolean and IssueKind.TEXT_FOR_SCALAR in kinds):
            note(one.value)
    for issue in checked[0]:
        if issue.kind in kinds:
            yield ("Arguments", *issue.path), issue


def _is_instance_type(issue: ShapeIssue) -> bool:
    return issue.shape.endswith("InstanceType")


def unknown_keys(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    for at, issue in _issues(subject, IssueKind.UNKNOWN_KEY):
        certain = bool(issue.suggestions)
        yield fail(
            at,
            f"{subject.title}: {issue.message}",
            key=True,
            detail=str(at[-1]),
            severity=None if certain else Severity.LOW,
            confidence=None if certain else Confidence.MEDIUM,
        )


def wrong_values(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    kinds = (
        IssueKind.WRONG_TYPE,
        IssueKind.NOT_IN_ENUM,
        IssueKind.OUT_OF_RANGE,
        IssueKind.MISSING,
        IssueKind.TEXT_FOR_SCALAR,
    )
    for at, issue in _issues(subject, *kinds):
        if issue.kind is IssueKind.NOT_IN_ENUM and _is_instance_type(issue):
            continue  # SYN005
        if issue.kind is IssueKind.TEXT_FOR_SCALAR:
            if issue.message.endswith("a boolean belongs"):
                continue  # SYN010
            yield fail(at, f"{subject.title}: {at[-1]}: {issue.message}", severity=Severity.LOW)
        elif issue.kind is IssueKind.MISSING:
            yield fail(at, f"{subject.title}: {issue.message}", detail=str(at[-1]))
        else:
            yield fail(at, f"{subject.title}: {at[-1]}: {issue.message}")


def allowed_values(subject: Subject, at: tuple[str | int, ...]) -> tuple[str, ...] | None:
    """For a fix: the values that the service takes at a place that has another.

    Empty where a number stands in quotes; ``None`` where neither is what is wrong.
    """
    for place, issue in _issues(subject, IssueKind.NOT_IN_ENUM, IssueKind.TEXT_FOR_SCALAR):
        if place == at and not issue.message.endswith("a boolean belongs"):
            return enum_values(issue.shape) if issue.kind is IssueKind.NOT_IN_ENUM else ()
    return None


def instance_types(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    step = subject.domain
    assert isinstance(step, Step)
    for at, issue in _issues(subject, IssueKind.NOT_IN_ENUM):
        if _is_instance_type(issue):
            yield fail(
                at,
                f"{subject.title} asks for an instance type that {step.type} jobs do not have: "
                f"{issue.message}",
            )
    for path, value in subject.nodes:
        if not path or path[-1] != "InstanceType":
            continue
        options = value.values if isinstance(value, Choice) else (value,)
        if any(isinstance(option, Unknown | Template) for option in options):
            yield unknown(value, path)


def flags_as_text(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    for at, issue in _issues(subject, IssueKind.TEXT_FOR_SCALAR):
        if issue.message.endswith("a boolean belongs"):
            yield fail(at, f"{subject.title}: {at[-1]}: {issue.message}")
    for path, value in subject.raw_nodes:
        if value is not None or len(path) < 2 or path[0] != "Arguments":
            continue
        if str(path[-1]).startswith(("Enable", "Disable")):
            yield fail(path, f"{subject.title}: {path[-1]} is null, which leaves it off")
