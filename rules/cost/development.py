"""COST020, COST021, COST037: what runs around the clock where nobody is served."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from linter.core.documents import Document
from linter.core.reads import may_be_anything, note
from linter.core.values import MISSING, Template, Unknown, lookup
from linter.domain.instances import parse
from linter.policy.helpers import as_number, contains, fail, is_set, known_values, select, unknown
from linter.policy.model import Context, Outcome, Subject
from linter.project.endpoints import ENDPOINTS, SCHEDULED_ACTION, endpoints_of, scaling_of
from linter.project.environments import is_non_production, unread_environment

_NAMES = {
    "terraform": {
        "variants": "production_variants",
        "type": "instance_type",
        "count": "initial_instance_count",
        "minimum": "managed_instance_scaling[*].min_instance_count",
        "queue": "async_inference_config",
    },
    "cloudformation": {
        "variants": "ProductionVariants",
        "type": "InstanceType",
        "count": "InitialInstanceCount",
        "minimum": "ManagedInstanceScaling.MinInstanceCount",
        "queue": "AsyncInferenceConfig",
    },
}


def _in_development(subject: Subject, context: Context) -> bool:
    document = subject.domain
    assert isinstance(document, Document)
    words = context.parameters["environments"]
    unread = unread_environment(document, context.project)
    if unread is not None:
        note(unread)
        return False
    return is_non_production(document, context.project, words)


def always_on(subject: Subject, context: Context) -> Iterable[Outcome]:
    """COST020: instances that wait for requests of a development environment."""
    names = _NAMES[subject.kind]
    if not _in_development(subject, context):
        return
    scheduled = _scheduled(subject.domain, context)
    if scheduled is True:
        return
    served = _served(subject.domain, context)
    if served is False:
        return
    if is_set(lookup(subject.value, names["queue"])) is not False:
        return
    for index, variant in _variants(subject):
        at = (names["variants"], index, names["type"])
        kind = lookup(variant, names["type"])
        if kind is MISSING or kind is None or _sleeps(variant, names["minimum"]):
            continue
        kinds = [parse(text) for text in known_values(kind) if isinstance(text, str)]
        if not kinds:
            yield unknown(kind, at)
        elif not any(item is None or item.accelerated for item in kinds):
            sleeps = _may_sleep(variant, names["minimum"])
            if scheduled is not False:
                yield unknown(_BY_CLOCK, at)
            elif served is not True:
                yield unknown(served, at)
            else:
                yield fail(at) if sleeps is None else unknown(sleeps, at)


def several_instances(subject: Subject, context: Context) -> Iterable[Outcome]:
    """COST021: redundancy that a development environment does not need."""
    if not _in_development(subject, context):
        return
    names = _NAMES[subject.kind]
    for index, variant in _variants(subject):
        value = lookup(variant, names["count"])
        if value is MISSING or value is None:
            continue
        at = (names["variants"], index, names["count"])
        counts = [as_number(item) for item in known_values(value)]
        if not counts:
            yield unknown(value, at)
        elif any(count is not None and count > context.parameters["max_count"] for count in counts):
            yield fail(at)


def standing(subject: Subject, context: Context) -> Iterable[Outcome]:
    """COST037: a tracking server or cluster of a development environment."""
    if _in_development(subject, context):
        yield fail()


def _variants(subject: Subject) -> Iterator[tuple[int, dict[str, Any]]]:
    items = lookup(subject.value, _NAMES[subject.kind]["variants"])
    for index, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, dict):
            yield index, item


def _sleeps(variant: dict[str, Any], minimum: str) -> bool:
    """Whether a variant may scale to no instance at all."""
    return any(
        as_number(item) == 0
        for match in select(variant, f"$.{minimum}")
        for item in known_values(match.value)
    )


def _may_sleep(variant: dict[str, Any], minimum: str) -> Any:
    """What is not known of the least number of instances, which may be none."""
    found = (match.value for match in select(variant, f"$.{minimum}"))
    return next((value for value in found if isinstance(value, Unknown)), None)


def _served(config: Any, context: Context) -> Any:
    """Whether an endpoint runs with a configuration, or what is not known of that.

    Where the scan has no endpoint at all, they are made elsewhere.
    """
    assert isinstance(config, Document)
    certain = [one for _, one in endpoints_of(config, context.project)]
    if certain:
        return any(certain) or _ENDPOINT
    others = [e for e in context.project.of_type(*ENDPOINTS) if e.root == config.root]
    if not others:
        return True
    names = (lookup(endpoint.value, ENDPOINTS[endpoint.type]) for endpoint in others)
    return next((name for name in names if isinstance(name, Unknown)), False)


_BY_CLOCK = "which endpoint is scaled or stopped by the clock is not known"
_ENDPOINT = "which configuration an endpoint runs with is not known"
_SCHEDULES = {
    "aws_scheduler_schedule": "$.target[*].arn",
    "AWS::Scheduler::Schedule": "$.Target.Arn",
}
_CLOCKS = (SCHEDULED_ACTION, "AWS::ApplicationAutoScaling::ScalableTarget")


def _by_clock(item: Document) -> bool:
    key = "service_namespace" if item.type == SCHEDULED_ACTION else "ServiceNamespace"
    if lookup(item.value, key) != "sagemaker":
        return False
    return item.type == SCHEDULED_ACTION or bool(is_set(lookup(item.value, "ScheduledActions")))


def _scheduled(config: Any, context: Context) -> bool | None:
    """Whether something in the scan stops or scales a configuration's endpoints by the clock."""
    assert isinstance(config, Document)
    endpoints = endpoints_of(config, context.project)
    verdict: bool | None = False
    for endpoint, certain in endpoints:
        scaling, possible = scaling_of(endpoint, context.project, *_CLOCKS)
        if any(map(_by_clock, scaling)):
            if certain:
                return True
            verdict = None
        elif any(map(_by_clock, possible)):
            verdict = None
    if not endpoints and any(map(_by_clock, context.project.of_type(*_CLOCKS))):
        verdict = None
    for kind, path in _SCHEDULES.items():
        for document in context.project.of_type(kind):
            targets = [match.value for match in select(document.value, path)]
            # What such a schedule calls SageMaker for stands in its input; most stop what is idle.
            if any("sagemaker" in str(v) for v in targets if isinstance(v, str | Template)):
                return True
            if not targets or any(map(_may_call_sagemaker, targets)):
                verdict = None
    return verdict


def _may_call_sagemaker(target: Any) -> bool:
    """Whether what a schedule calls is not known, and may stop an endpoint."""
    if not isinstance(target, Unknown | Template) or not may_be_anything(target.references):
        return False
    return contains(target, "sagemaker") is not False
