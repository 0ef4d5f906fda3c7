"""Schedules, rules and pipes of EventBridge, and what they run, read from their resources."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from linter.core.documents import Document, Path
from linter.core.record import record
from linter.core.values import MISSING, Rest, Unknown, dig, lookup

RULES = ("aws_cloudwatch_event_rule", "AWS::Events::Rule")
SCHEDULES = ("aws_scheduler_schedule", "AWS::Scheduler::Schedule")
PIPES = ("aws_pipes_pipe", "AWS::Pipes::Pipe")
TARGETS = ("aws_cloudwatch_event_target",)
"""Terraform's targets of rules, which are resources of their own."""


@record
class Trigger:
    """A schedule, a rule with a schedule or an event pattern, or a pipe.

    Members are as the resource gives them, ``MISSING`` where it does not: ``expression`` (what has
    none waits for events), ``state`` (``ENABLED``, a pipe's ``RUNNING`` …), ``flag`` (Terraform's
    older ``is_enabled``), ``start`` and ``end``. ``place`` is the path of the expression, or of
    the pattern of the events it waits for.
    """

    document: Document
    expression: Any
    state: Any
    place: Path
    flag: Any = MISSING
    start: Any = MISSING
    end: Any = MISSING
    pattern: Any = MISSING

    @property
    def is_rule(self) -> bool:
        return self.document.type in RULES


@record
class Target:
    """What a trigger runs: the ARN, the input's path, the parameters that it passes by name.

    ``parameters`` is ``None`` where they cannot be read; ``for_pipeline`` says that it is a
    target with settings that only pipelines have.
    """

    document: Document
    arn: Any
    input: Path
    parameters: dict[str, Any] | None
    for_pipeline: bool = False


def triggers_of(document: Document) -> Iterator[Trigger]:
    """The trigger that a resource of :data:`RULES`, :data:`SCHEDULES` or :data:`PIPES` is.

    A rule with a schedule and an event pattern is two.
    """
    terraform = document.type.startswith("aws_")

    def get(name: str) -> Any:
        return given(document.value, name if terraform else _camel(name))

    place = ("schedule_expression" if terraform else "ScheduleExpression",)
    if document.type in RULES:
        flag = get("is_enabled") if terraform else MISSING
        expression, pattern = get("schedule_expression"), get("event_pattern")
        if expression is not MISSING:
            yield Trigger(document, expression, get("state"), place, flag)
        if expression is MISSING or pattern is not MISSING:
            place = ("event_pattern" if terraform else "EventPattern",)
            yield Trigger(document, MISSING, get("state"), place, flag, pattern=pattern)
    elif document.type in PIPES:
        yield Trigger(document, MISSING, get("desired_state"), ())
    else:
        expression, start, end = (
            get(name) for name in ("schedule_expression", "start_date", "end_date")
        )
        yield Trigger(document, expression, get("state"), place, start=start, end=end)


def events_named(pattern: Any) -> str:
    """The events of a pattern for people: ``aws.s3 Object Created``; ``""`` for what says none."""
    if isinstance(pattern, str):
        import json

        try:
            pattern = json.loads(pattern)
        except (ValueError, RecursionError):
            return ""
    words: list[str] = []
    for key in ("source", "detail-type"):
        found = lookup(pattern, key)
        words += [w for w in found if isinstance(w, str)] if isinstance(found, list) else []
    return " ".join(words)[:200]


def events_of(function: Document) -> Iterator[Trigger]:
    """The schedules among the events of a function or state machine of the serverless model."""
    events = lookup(function.value, "Events")
    for name, event in events.items() if isinstance(events, dict) else ():
        kind = lookup(event, "Type")
        if kind in ("Schedule", "ScheduleV2"):
            key = "Schedule" if kind == "Schedule" else "ScheduleExpression"
            properties = lookup(event, "Properties")
            yield Trigger(
                function,
                given(properties, key),
                given(properties, "State"),
                ("Events", name, "Properties", key),
                given(properties, "Enabled"),
                given(properties, "StartDate"),
                given(properties, "EndDate"),
            )


def targets_of(document: Document) -> Iterator[Target]:
    """The targets that a resource names itself; a Terraform rule has none."""
    value = document.value
    if document.type == "aws_scheduler_schedule":
        block = dig(value, "target", 0)
        listed = dig(block, "sagemaker_pipeline_parameters", 0, "pipeline_parameter")
        yield _target(document, given(block, "arn"), ("target", 0, "input"), listed)
    elif document.type == "AWS::Scheduler::Schedule":
        block = lookup(value, "Target")
        listed = dig(block, "SageMakerPipelineParameters", "PipelineParameterList")
        yield _target(document, given(block, "Arn"), ("Target", "Input"), listed)
    elif document.type == "AWS::Events::Rule":
        entries = lookup(value, "Targets")
        for index, block in enumerate(entries if isinstance(entries, list) else ()):
            listed = dig(block, "SageMakerPipelineParameters", "PipelineParameterList")
            path = ("Targets", index, "Input")
            yield _target(document, given(block, "Arn"), path, listed, events=True)
    elif document.type == "aws_pipes_pipe":
        block = dig(value, "target_parameters", 0, "sagemaker_pipeline_parameters", 0)
        listed = given(block, "pipeline_parameter")
        yield _target(document, given(value, "target"), (), listed, events=True)
    elif document.type == "AWS::Pipes::Pipe":
        block = dig(value, "TargetParameters", "SageMakerPipelineParameters")
        listed = given(block, "PipelineParameterList")
        yield _target(document, given(value, "Target"), (), listed, events=True)
    elif document.type in TARGETS:
        listed = dig(value, "sagemaker_pipeline_target", 0, "pipeline_parameter_list")
        yield _target(document, given(value, "arn"), ("input",), listed, events=True)


def _target(
    document: Document, arn: Any, path: Path, listed: Any, *, events: bool = False
) -> Target:
    own = isinstance(listed, list) and bool(listed)
    return Target(document, arn, path, _passed(listed, events=events), own)


def given(value: Any, name: str) -> Any:
    """A member; ``null`` is the same as none."""
    found = lookup(value, name)
    return MISSING if found is None else found


def passed_parameters(entries: Any) -> dict[str, Any] | None:
    """``[{Name, Value}]`` by name, ``None`` where it is not known; ``Value.$`` is known later."""
    return _passed(entries)


def _passed(entries: Any, *, events: bool = False) -> dict[str, Any] | None:
    """Parameters by name; ``events`` for values that may be paths into an event."""
    if entries is MISSING or entries is None:
        return {}
    if not isinstance(entries, list):
        return None
    found: dict[str, Any] = {}
    for entry in entries:
        if isinstance(entry, Rest):
            return None
        name = _either(entry, "name", "Name")
        if not isinstance(name, str):
            return None
        value = _either(entry, "value", "Value")
        if value is MISSING or (events and isinstance(value, str) and value.startswith("$.")):
            value = Unknown(f"parameter {name} is known only when it is started")
        found[name] = value
    return found


def _either(entry: Any, first: str, second: str) -> Any:
    found = lookup(entry, first)
    return lookup(entry, second) if found is MISSING else found


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))
