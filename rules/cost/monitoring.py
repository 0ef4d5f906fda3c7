"""COST027: monitoring that looks every hour from a large machine."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from linter.core.documents import Document
from linter.core.regex import lazy_regex
from linter.core.values import MISSING, lookup
from linter.domain.instances import parse
from linter.policy.helpers import fail, known_values, select, unknown
from linter.policy.model import Context, Outcome, Subject
from linter.project.named import JOB_DEFINITIONS, named

_SCHEDULE = {
    "terraform": (
        ("monitoring_schedule_config", 0, "schedule_config", 0, "schedule_expression"),
        "$.monitoring_schedule_config[*].monitoring_job_definition_name",
        "$.monitoring_schedule_config[*].monitoring_job_definition[*].monitoring_resources[*]"
        ".cluster_config[*].instance_type",
    ),
    "cloudformation": (
        ("MonitoringScheduleConfig", "ScheduleConfig", "ScheduleExpression"),
        "$.MonitoringScheduleConfig.MonitoringJobDefinitionName",
        "$.MonitoringScheduleConfig.MonitoringJobDefinition.MonitoringResources.ClusterConfig"
        ".InstanceType",
    ),
}
_HOURLY = lazy_regex(r"\s*cron\(\s*\S+\s+(\S+)\s")
_SIZES = {"medium": 0.25, "large": 0.5, "xlarge": 1.0, "metal": 48.0}


def hourly_on_large(subject: Subject, context: Context) -> Iterable[Outcome]:
    """COST027: an hourly schedule whose job runs on more than the ceiling's instance."""
    document = subject.domain
    assert isinstance(document, Document)
    at, name_path, inline_path = _SCHEDULE[subject.kind]
    value: Any = subject.value
    for key in at:
        value = lookup(value, key)
    if value is MISSING or value is None:
        return
    texts = [text for text in known_values(value) if isinstance(text, str)]
    if texts and not any(_every_hour(text) for text in texts):
        return
    kinds = [match.value for match in select(subject.value, inline_path)]
    for match in select(subject.value, name_path):
        own = _kinds_of(match.value, document, context)
        if len({kind for kind in own if isinstance(kind, str)}) > 1:
            yield unknown(f"which job definition {subject.title} is of is not known", at)
            return
        kinds += own
    kinds = [kind for kind in kinds if kind is not MISSING and kind is not None]
    large = [
        text
        for kind in kinds
        for text in known_values(kind)
        if isinstance(text, str) and _size(text) > context.parameters["max_xlarge"]
    ]
    if not kinds:
        yield unknown("the job definition of the schedule is not in the scan", at)
    elif not large:
        undecided = next((kind for kind in kinds if not known_values(kind)), None)
        if undecided is not None:
            yield unknown(undecided, at)
    elif not texts:
        yield unknown(value, at)
    else:
        yield fail(at, f"{subject.title} starts a monitoring job on {large[0]} every hour")


def _every_hour(text: str) -> bool:
    """``cron(0 * ? * * *)``; the service takes hourly, daily and every so many hours."""
    match = _HOURLY.match(text)
    return match is not None and match[1] in ("*", "0/1", "*/1", "0-23", "0-23/1")


def _size(instance_type: str) -> float:
    """How many times an ``xlarge``; an accelerated instance is larger than any."""
    instance = parse(instance_type)
    if instance is None:
        return 0.0
    if instance.accelerated:
        return float("inf")
    times = re.fullmatch(r"(\d+)xlarge", instance.size)
    return float(times[1]) if times else _SIZES.get(instance.size.partition("-")[0], 0.0)


def _kinds_of(name: Any, schedule: Document, context: Context) -> list[Any]:
    """Instance types of the job definition that a schedule names."""
    return [
        match.value
        for document in named(context.project, name, schedule, *JOB_DEFINITIONS)
        for path in (
            "$.job_resources[*].cluster_config[*].instance_type",
            "$.JobResources.ClusterConfig.InstanceType",
        )
        for match in select(document.value, path)
    ]
