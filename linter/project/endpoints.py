"""Endpoints, their configurations and what scales them, joined by name or by reference."""

from __future__ import annotations

from typing import Any

from linter.core.documents import Document
from linter.core.values import Unknown, lookup, references_of
from linter.project.model import Project

TARGETS = {
    "aws_appautoscaling_target": ("service_namespace", "resource_id"),
    "AWS::ApplicationAutoScaling::ScalableTarget": ("ServiceNamespace", "ResourceId"),
}
"""Resource type of a scalable target → its members for the service and for what is scaled."""

_ENDPOINTS = {
    "aws_sagemaker_endpoint": ("name", "endpoint_config_name"),
    "AWS::SageMaker::Endpoint": ("EndpointName", "EndpointConfigName"),
}
_CONFIGS = {
    "aws_sagemaker_endpoint_configuration": "name",
    "AWS::SageMaker::EndpointConfig": "EndpointConfigName",
}


def configuration_of(endpoint: Document, project: Project) -> Document | None:
    """The configuration that an endpoint names, where it is in the scan."""
    value = lookup(endpoint.value, _ENDPOINTS[endpoint.type][1])
    for document in project.find_all(references_of(value), endpoint.module):
        if document.type in _CONFIGS:
            return document
    for config in project.beside(endpoint, *_CONFIGS):
        if isinstance(value, str) and lookup(config.value, _CONFIGS[config.type]) == value:
            return config
    return None


def scaled_by(target: Document, project: Project) -> list[Document] | None:
    """The endpoints that a scalable target is for; ``None`` when that cannot be told.

    Targets of other services are for none.
    """
    service, resource = (lookup(target.value, key) for key in TARGETS[target.type])
    if isinstance(service, str) and service != "sagemaker":
        return []
    found = [
        document
        for document in project.find_all(references_of(resource), target.module)
        if document.type in _ENDPOINTS
    ]
    if found:
        return found
    parts = resource.split("/") if isinstance(resource, str) else []
    if parts and parts[0] != "endpoint":
        return []
    if len(parts) > 1:
        return [e for e in project.beside(target, *_ENDPOINTS) if _name(e) == parts[1]]
    return None


def _name(endpoint: Document) -> Any:
    value = lookup(endpoint.value, _ENDPOINTS[endpoint.type][0])
    return None if isinstance(value, Unknown) else value
