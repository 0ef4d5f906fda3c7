"""COST018, COST019: endpoints that do not follow their traffic."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from linter.core.documents import Document
from linter.core.values import MISSING, lookup
from linter.policy.helpers import as_number, fail, is_set, known_values, starts_with, unknown
from linter.policy.model import Context, Outcome, Severity, Subject
from linter.project.endpoints import TARGETS, configurations_of, scaled_by, scaling_of

_VARIANTS = {
    "aws_sagemaker_endpoint_configuration": (
        "production_variants",
        "instance_type",
        "managed_instance_scaling",
        "async_inference_config",
    ),
    "AWS::SageMaker::EndpointConfig": (
        "ProductionVariants",
        "InstanceType",
        "ManagedInstanceScaling",
        "AsyncInferenceConfig",
    ),
}
_COUNT = {
    "aws_sagemaker_endpoint_configuration": "initial_instance_count",
    "AWS::SageMaker::EndpointConfig": "InitialInstanceCount",
}


def endpoint_without_scaling(subject: Subject, context: Context) -> Iterable[Outcome]:
    """COST018: instances that are billed at night for the traffic of the day."""
    endpoint = subject.domain
    assert isinstance(endpoint, Document)
    configs = configurations_of(endpoint, context.project)
    having = [_has_instances(config) for config in configs]
    if not any(having):
        return
    undecided: Any = None
    if not all(having):
        undecided = f"which configuration {subject.title} is of is not known"
    targets, possible = scaling_of(endpoint, context.project, *TARGETS)
    if targets:
        return
    if possible:
        undecided = f"what {possible[0].address} scales is not known"
    if undecided is not None:
        yield unknown(undecided)
    else:
        single = all(_is_one_instance(config) for config in configs)
        yield fail(severity=Severity.INFO if single else None)


def _is_one_instance(config: Document) -> bool:
    """Whether a configuration has a single instance: scaling can add to it, and save nothing."""
    variants, _, _, _ = _VARIANTS[config.type]
    items = lookup(config.value, variants)
    count = _COUNT[config.type]
    found = [lookup(item, count) for item in items] if isinstance(items, list) else []
    return len(found) == 1 and {as_number(one) for one in known_values(found[0])} == {1}


def _has_instances(config: Document) -> bool:
    """Whether a variant has instances that do not scale by themselves."""
    variants, kind, managed, _ = _VARIANTS[config.type]
    items = lookup(config.value, variants)
    return any(
        is_set(lookup(item, kind)) is not False and is_set(lookup(item, managed)) is False
        for item in (items if isinstance(items, list) else ())
        if isinstance(item, dict)
    )


def floor(subject: Subject, context: Context) -> Iterable[Outcome]:
    """COST019: instances that are kept whatever the traffic is, or the queue is empty."""
    target = subject.domain
    assert isinstance(target, Document)
    terraform = subject.kind == "terraform"
    dimension = lookup(target.value, "scalable_dimension" if terraform else "ScalableDimension")
    key = "min_capacity" if terraform else "MinCapacity"
    minimum = lookup(target.value, key)
    if minimum is MISSING or not starts_with(dimension, "sagemaker:"):
        return
    values = [as_number(value) for value in known_values(minimum)]
    highest = max((value for value in values if value is not None), default=None)
    if highest is None:
        yield unknown(minimum, (key,))
        return
    queued = _asynchronous(target, context) if highest > 0 else None
    if isinstance(queued, str):
        yield unknown(queued, (key,))
    elif queued is not None:
        yield fail(
            (key,),
            f"{subject.title} keeps instances of the asynchronous endpoint {queued.address} "
            "running while its queue is empty",
        )
    elif highest > context.parameters["max_floor"]:
        yield fail((key,))


def _asynchronous(target: Document, context: Context) -> Document | str | None:
    """The asynchronous endpoint that a target is for; the reason where that is not known."""
    endpoints = scaled_by(target, context.project) or []
    queues = [
        is_set(lookup(config.value, _VARIANTS[config.type][3])) is True
        for endpoint in endpoints
        for config in configurations_of(endpoint, context.project)
    ]
    if not any(queues):
        return None
    return endpoints[0] if all(queues) else f"which endpoint {target.address} scales is not known"
