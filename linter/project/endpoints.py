"""Endpoints, their configurations and what scales them, joined by name or by reference."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from linter.core.documents import Document
from linter.core.values import lookup, possible_values
from linter.project.model import Project
from linter.project.named import named

TARGETS = {
    "aws_appautoscaling_target": ("service_namespace", "resource_id"),
    "AWS::ApplicationAutoScaling::ScalableTarget": ("ServiceNamespace", "ResourceId"),
}
"""Resource type of a scalable target → its members for the service and for what is scaled."""
SCHEDULED_ACTION = "aws_appautoscaling_scheduled_action"
"""What scales by the clock; CloudFormation has it in the target."""
_SCALING = {**TARGETS, SCHEDULED_ACTION: ("service_namespace", "resource_id")}

ENDPOINTS = {
    "aws_sagemaker_endpoint": "endpoint_config_name",
    "AWS::SageMaker::Endpoint": "EndpointConfigName",
}
"""Resource type of an endpoint → its member for its configuration."""
CONFIGURATIONS = ("aws_sagemaker_endpoint_configuration", "AWS::SageMaker::EndpointConfig")
MODELS = ("aws_sagemaker_model", "AWS::SageMaker::Model")


def configurations_of(endpoint: Document, project: Project) -> list[Document]:
    """The configurations in the scan that an endpoint names: one, or those it may be one of."""
    value = lookup(endpoint.value, ENDPOINTS[endpoint.type])
    return named(project, value, endpoint, *CONFIGURATIONS)


def may_be_configured_elsewhere(endpoint: Document, project: Project) -> bool:
    """Whether an endpoint's configuration is one of several that are not all in the scan."""
    possible = possible_values(lookup(endpoint.value, ENDPOINTS[endpoint.type]))
    return len(possible) > 1 and not all(
        named(project, value, endpoint, *CONFIGURATIONS) for value in possible
    )


def models_of(config: Document, name: Any, project: Project) -> list[Document]:
    """The models in the scan that a variant's model name stands for."""
    return named(project, name, config, *MODELS)


_of_configuration: WeakKeyDictionary[Project, dict[int, list[tuple[Document, bool]]]] = (
    WeakKeyDictionary()
)


def endpoints_of(config: Document, project: Project) -> list[tuple[Document, bool]]:
    """The endpoints that are, or may be, of a configuration: (endpoint, whether it is certain)."""
    found = _of_configuration.get(project)
    if found is None:
        found = _of_configuration[project] = {}
        for endpoint in project.of_type(*ENDPOINTS):
            configs = configurations_of(endpoint, project)
            for one in configs:
                found.setdefault(id(one), []).append((endpoint, len(configs) == 1))
    return found.get(id(config), [])


_Scaled = tuple[dict[int, list[tuple[Document, bool]]], list[Document]]
_scaled: WeakKeyDictionary[Project, dict[tuple[str, ...], _Scaled]] = WeakKeyDictionary()


def scaling_of(
    endpoint: Document, project: Project, *types: str
) -> tuple[list[Document], list[Document]]:
    """What of some types scales an endpoint, and what may: it is not known what that scales."""
    tables = _scaled.setdefault(project, {})
    if types not in tables:
        by_endpoint: dict[int, list[tuple[Document, bool]]] = {}
        anything: list[Document] = []
        for item in project.of_type(*types):
            endpoints = scaled_by(item, project)
            if endpoints is None:
                anything.append(item)
            for one in endpoints or ():
                by_endpoint.setdefault(id(one), []).append((item, len(endpoints or ()) == 1))
        tables[types] = (by_endpoint, anything)
    by_endpoint, anything = tables[types]
    own = by_endpoint.get(id(endpoint), [])
    possible = [item for item, certain in own if not certain]
    return [item for item, certain in own if certain], [*possible, *anything]


def scaled_by(target: Document, project: Project) -> list[Document] | None:
    """The endpoints that a scalable target is for; ``None`` when that cannot be told.

    Targets of other services are for none.
    """
    service, resource = (lookup(target.value, key) for key in _SCALING[target.type])
    if isinstance(service, str) and service != "sagemaker":
        return []
    linked = project.linked(resource, target)
    found = [d for d in linked if d.type in ENDPOINTS]
    if found:
        return found
    targets = [d for d in linked if d.type in TARGETS]
    if target.type not in TARGETS and len(targets) == 1:
        return scaled_by(targets[0], project)
    parts = resource.split("/") if isinstance(resource, str) else []
    if parts and parts[0] != "endpoint":
        return []
    if len(parts) > 1:
        return named(project, parts[1], target, *ENDPOINTS)
    return None
