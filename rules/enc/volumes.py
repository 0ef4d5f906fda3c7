"""ENC001, ENC003: volumes of jobs and the keys they are encrypted with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from linter.core.documents import Path
from linter.core.values import MISSING, Choice, Template, Unknown, dig, lookup
from linter.domain.instances import parse
from linter.domain.pipeline import Step
from linter.policy.helpers import fail, is_set, unknown
from linter.policy.model import Context, Outcome, Subject


def training(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    yield from _volume(subject, ("ResourceConfig",))


def processing(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    yield from _volume(subject, ("ProcessingResources", "ClusterConfig"))


def _volume(subject: Subject, path: Path) -> Iterable[Outcome]:
    step = subject.domain
    assert isinstance(step, Step)
    resources = dig(step.arguments, *path)
    if resources is MISSING or resources is None:
        return  # nothing says that there is an instance; the shape rules name what is missing
    at = ("Arguments", *path)
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
    groups = [lookup(resources, name) for name in ("InstanceGroups", "InstancePreferences")]
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
