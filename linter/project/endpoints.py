"""Endpoints, their configurations and what scales them, joined by name or by reference."""

from __future__ import annotations

from typing import Any

from linter.core.documents import Document
from linter.core.values import lookup
from linter.project.model import Project
from linter.project.named import named

TARGETS = {
    "aws_appautoscaling_target": ("service_namespace", "resource_id"),
    "AWS::ApplicationAutoScaling::ScalableTarget": ("ServiceNamespace", "ResourceId"),
}
"""Resource type of a scalable target → its members for the service and for what is scaled."""

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


def models_of(config: Document, name: Any, project: Project) -> list[Document]:
    """The models in the scan that a variant's model name stands for."""
    return named(project, name, config, *MODELS)


def scaled_by(target: Document, project: Project) -> list[Document] | None:
    """The endpoints that a scalable target is for; ``None`` when that cannot be told.

    Targets of other services are for none.
    """
    service, resource = (lookup(target.value, key) for key in TARGETS[target.type])
    if isinstance(service, str) and service != "sagemaker":
        return []
    found = [d for d in project.linked(resource, target) if d.type in ENDPOINTS]
    if found:
        return found
    parts = resource.split("/") if isinstance(resource, str) else []
    if parts and parts[0] != "endpoint":
        return []
    if len(parts) > 1:
        return named(project, parts[1], target, *ENDPOINTS)
    return None
