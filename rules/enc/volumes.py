"""ENC001, ENC003, ENC005, ENC006, ENC010: keys of jobs' volumes and of what they store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from linter.core.documents import Path
from linter.core.values import MISSING, Choice, Template, Unknown, dig, lookup
from linter.domain.instances import parse
from linter.domain.pipeline import Step
from linter.policy.helpers import fail, is_set, unknown
from linter.policy.model import Context, Outcome, Subject
from rules.enc.outputs import without_key


def training(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """ENC001."""
    yield from _volume(_job(subject), _base(subject), ("ResourceConfig",))


def processing(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """ENC003, of steps and of jobs that a template declares."""
    yield from _volume(_job(subject), _base(subject), ("ProcessingResources", "ClusterConfig"))


def checks(subject: Subject, context: Context) -> Iterable[Outcome]:
    """ENC010: the volume of the check's job, and where its report is stored."""
    job, base = _job(subject), _base(subject)
    yield from _volume(job, base, ("ProcessingResources", "ClusterConfig"))
    yield from _output(subject, context, job, base, "ProcessingOutputConfig")


def transform(subject: Subject, context: Context) -> Iterable[Outcome]:
    """ENC005: where predictions are stored, and the volumes they are made on."""
    job, base = _job(subject), _base(subject)
    yield from _output(subject, context, job, base, "TransformOutput", or_absent=True)
    yield from _volume(job, base, ("TransformResources",))


def tuning(subject: Subject, context: Context) -> Iterable[Outcome]:
    """ENC006: volumes and outputs of every kind of training job that a tuning job starts."""
    job, base = _job(subject), _base(subject)
    single = lookup(job, "TrainingJobDefinition")
    several = lookup(job, "TrainingJobDefinitions")
    found: list[tuple[Any, Path]] = [(single, (*base, "TrainingJobDefinition"))]
    if isinstance(several, list):
        at = (*base, "TrainingJobDefinitions")
        found.extend((item, (*at, index)) for index, item in enumerate(several))
    for definition, at in found:
        for name in ("ResourceConfig", "HyperParameterTuningResourceConfig"):
            yield from _volume(definition, at, (name,))
        yield from _output(subject, context, definition, at, "OutputDataConfig")


def _job(subject: Subject) -> Any:
    """The request of a step or resource."""
    step = subject.domain
    return step.arguments if isinstance(step, Step) else subject.value


def _base(subject: Subject) -> Path:
    return ("Arguments",) if isinstance(subject.domain, Step) else ()


_LOCATIONS = {
    "OutputDataConfig": "$.S3OutputPath",
    "TransformOutput": "$.S3OutputPath",
    "ProcessingOutputConfig": "$.Outputs[*].S3Output.S3Uri",
}
"""Member that says what is stored → where, below it."""


def _output(
    subject: Subject, context: Context, job: Any, base: Path, name: str, *, or_absent: bool = False
) -> Iterator[Outcome]:
    """The key of what is stored in S3; ``or_absent``: also where nothing is said of storing."""
    output = lookup(job, name)
    if not or_absent and (output is MISSING or output is None):
        return
    message = f"{subject.title} stores its output in S3 without a customer managed KMS key"
    at = (*base, name, "KmsKeyId")
    yield from without_key(subject, context, output, "KmsKeyId", at, _LOCATIONS[name], message)


def _volume(job: Any, base: Path, path: Path) -> Iterator[Outcome]:
    resources = dig(job, *path)
    if resources is MISSING or resources is None:
        return  # nothing says that there is an instance; the shape rules name what is missing
    at = (*base, *path)
    key = lookup(resources, "VolumeKmsKeyId")
    has_key = is_set(key)
    if has_key:
        return
    types = list(_instance_types(resources))
    if types and all(_local(value) for value in types):
        return
    certain = any(_local(value) is False for value in types)
    if has_key is False and certain:
        yield fail((*at, "VolumeKmsKeyId"))
        return
    why: Any = (
        key
        if has_key is None
        else next(
            (value for value in types if isinstance(value, Unknown | Template)),
            "the instance type is not known",
        )
    )
    yield unknown(why, (*at, "VolumeKmsKeyId"))


def _instance_types(resources: Any) -> Iterator[Any]:
    """Every instance type the job may run on, each value of a choice on its own."""
    single = lookup(resources, "InstanceType")
    groups = [
        lookup(resources, name)
        for name in ("InstanceGroups", "InstancePreferences", "InstanceConfigs")
    ]
    values = [single] if single is not MISSING else []
    for group in groups:
        if isinstance(group, list):
            values.extend(lookup(item, "InstanceType") for item in group)
        elif isinstance(group, Unknown):
            values.append(group)
    for value in values:
        if isinstance(value, Choice):
            yield from value.values
        else:
            yield value


def _local(value: Any) -> bool | None:
    """Whether a type has local disks and so no volume to encrypt; ``None`` when not known."""
    if not isinstance(value, str):
        return None
    instance = parse(value)
    return False if instance is None else instance.local_storage
