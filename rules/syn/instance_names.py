"""SYN005 of resources: instance types that no list of the service model has."""

from __future__ import annotations

from collections.abc import Iterable

from linter.core.values import MISSING
from linter.domain.shapes import enum_values
from linter.policy.helpers import fail, known_values, select, unknown
from linter.policy.model import Context, Outcome, Subject
from linter.policy.suggest import nearest

_HOSTING = ("ProductionVariantInstanceType", "endpoints")
_NOTEBOOK = ("InstanceType", "notebooks")
_PROCESSING = ("ProcessingInstanceType", "processing jobs")
_JOB = (
    _PROCESSING,
    ("$.job_resources[*].cluster_config[*].instance_type",),
)
_CFN_JOB = (_PROCESSING, ("$.JobResources.ClusterConfig.InstanceType",))
_PLACES: dict[str, tuple[tuple[str, str], tuple[str, ...]]] = {
    "aws_sagemaker_endpoint_configuration": (
        _HOSTING,
        ("$.production_variants[*].instance_type", "$.shadow_production_variants[*].instance_type"),
    ),
    "AWS::SageMaker::EndpointConfig": (
        _HOSTING,
        ("$.ProductionVariants[*].InstanceType", "$.ShadowProductionVariants[*].InstanceType"),
    ),
    "aws_sagemaker_notebook_instance": (_NOTEBOOK, ("$.instance_type",)),
    "AWS::SageMaker::NotebookInstance": (_NOTEBOOK, ("$.InstanceType",)),
    "aws_sagemaker_monitoring_schedule": (
        _PROCESSING,
        (
            "$.monitoring_schedule_config[*].monitoring_job_definition[*].monitoring_resources[*]"
            ".cluster_config[*].instance_type",
        ),
    ),
    "AWS::SageMaker::MonitoringSchedule": (
        _PROCESSING,
        (
            "$.MonitoringScheduleConfig.MonitoringJobDefinition.MonitoringResources.ClusterConfig"
            ".InstanceType",
        ),
    ),
    "AWS::SageMaker::ProcessingJob": (
        _PROCESSING,
        ("$.ProcessingResources.ClusterConfig.InstanceType",),
    ),
    "aws_sagemaker_data_quality_job_definition": _JOB,
    "aws_sagemaker_model_quality_job_definition": _JOB,
    "aws_sagemaker_model_bias_job_definition": _JOB,
    "aws_sagemaker_model_explainability_job_definition": _JOB,
    "AWS::SageMaker::DataQualityJobDefinition": _CFN_JOB,
    "AWS::SageMaker::ModelQualityJobDefinition": _CFN_JOB,
    "AWS::SageMaker::ModelBiasJobDefinition": _CFN_JOB,
    "AWS::SageMaker::ModelExplainabilityJobDefinition": _CFN_JOB,
}
"""Resource type → (the service's list and what has it, where instance types stand)."""


def of_resources(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    (shape, what), paths = _PLACES[subject.type]
    offered = enum_values(shape)
    for path in paths:
        for match in select(subject.value, path):
            if match.value is MISSING or match.value is None or match.value == "":
                continue
            names = [name for name in known_values(match.value) if isinstance(name, str)]
            if not names:
                yield unknown(match.value, match.path)
            for name in names:
                if name not in offered:
                    near = f"ml.{name}" if f"ml.{name}" in offered else nearest(name, offered)
                    hint = f"; nearest: {near}" if near else ""
                    yield fail(
                        match.path,
                        f"{subject.title} asks for {name}, an instance type that {what} do not "
                        f"have{hint}",
                        detail=name,
                    )
                    break
