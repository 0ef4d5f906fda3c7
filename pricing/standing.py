"""What costs money while it exists: endpoints, notebooks, spaces and their kin.

The adapters turn the properties of Terraform resources and CloudFormation resources (plain
dictionaries, partly known) into :class:`StandingResource`; pricing knows nothing else of either.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from math import prod
from typing import Any

from linter.core.documents import Document
from linter.core.identity import NO_ROOT, Root
from linter.core.record import field, record, replace
from linter.core.values import MISSING, Template, Unknown, lookup, possible_values
from linter.domain.pipeline import Pipeline
from linter.project.endpoints import (
    CONFIGURATIONS,
    ENDPOINTS,
    TARGETS,
    configurations_of,
    may_be_configured_elsewhere,
    scaled_by,
)
from linter.project.model import Project
from pricing.resolve import known_items
from pricing.standing_details import details_of, get, local_name, properties


@record
class Variant:
    """One production (or shadow) variant of an endpoint; the values may be unknown."""

    name: str
    instance_type: Any = MISSING
    count: Any = MISSING
    volume_gb: Any = MISSING
    memory_mb: Any = MISSING
    provisioned: Any = MISSING
    serverless: bool = False
    managed_min: Any = MISSING
    managed_max: Any = MISSING


@record
class StandingResource:
    """One resource with a standing cost.

    ``kind`` is ``endpoint``, ``notebook``, ``studio-domain``, ``studio-app``, ``studio-space``,
    ``training-plan``, ``feature-store``, ``mlflow``, ``monitoring-schedule``, ``cluster``.
    ``scaling`` maps a variant's name to its autoscaling (minimum, maximum).
    """

    kind: str
    name: str
    address: str
    path: str
    instance_type: Any = MISSING
    count: Any = MISSING
    volume_gb: Any = MISSING
    variants: tuple[Variant, ...] = ()
    scaling: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    asynchronous: bool = False
    data_capture: bool = False
    instances: int = 1
    maybe: bool = False
    detail: Any = MISSING
    """The size of a tracking server, the interval of a schedule, the plan's ARN …"""
    problem: str = ""
    """Why the resource cannot be priced although it costs, found while it was read."""
    root: Root = NO_ROOT
    alternatives: tuple[StandingResource, ...] = ()
    """What it is one of, where that is not known: an endpoint of one of several configurations."""
    of: Document | Pipeline | None = field(default=None, compare=False, repr=False)
    """What was read as this resource; it says where the resource runs."""


_MAX_ALTERNATIVES = 24

_KINDS = {
    "aws_sagemaker_notebook_instance": "notebook",
    "AWS::SageMaker::NotebookInstance": "notebook",
    "aws_sagemaker_domain": "studio-domain",
    "AWS::SageMaker::Domain": "studio-domain",
    "aws_sagemaker_app": "studio-app",
    "AWS::SageMaker::App": "studio-app",
    "aws_sagemaker_space": "studio-space",
    "AWS::SageMaker::Space": "studio-space",
    "aws_sagemaker_feature_group": "feature-store",
    "AWS::SageMaker::FeatureGroup": "feature-store",
    "aws_sagemaker_mlflow_tracking_server": "mlflow",
    "AWS::SageMaker::MlflowTrackingServer": "mlflow",
    "aws_sagemaker_monitoring_schedule": "monitoring-schedule",
    "AWS::SageMaker::MonitoringSchedule": "monitoring-schedule",
    "aws_sagemaker_training_plan": "training-plan",
    "AWS::SageMaker::TrainingPlan": "training-plan",
    "AWS::SageMaker::Cluster": "cluster",
    "aws_sagemaker_cluster": "cluster",
    "aws_nat_gateway": "nat-gateway",
    "AWS::EC2::NatGateway": "nat-gateway",
    "aws_vpc_endpoint": "interface-endpoint",
    "AWS::EC2::VPCEndpoint": "interface-endpoint",
    "aws_emr_cluster": "emr-cluster",
    "aws_emr_instance_fleet": "emr-cluster",
    "AWS::EMR::Cluster": "emr-cluster",
    "AWS::EMR::InstanceFleetConfig": "emr-cluster",
    "aws_lambda_provisioned_concurrency_config": "lambda-concurrency",
    "aws_s3_bucket": "s3-bucket",
    "AWS::S3::Bucket": "s3-bucket",
    "aws_ecr_repository": "ecr-repository",
    "AWS::ECR::Repository": "ecr-repository",
    "aws_cloudwatch_log_group": "log-group",
    "AWS::Logs::LogGroup": "log-group",
    "aws_kms_key": "kms-key",
    "AWS::KMS::Key": "kms-key",
}


def standing_resources(project: Project) -> list[StandingResource]:
    """Every resource with a standing cost in a project, endpoints joined with their
    configurations and autoscaling."""
    targets: dict[int, list[Document]] = {}
    for target in project.of_type(*TARGETS):
        for endpoint in scaled_by(target, project) or ():
            targets.setdefault(id(endpoint), []).append(target)
    found: list[StandingResource] = []
    used: set[int] = set()
    for document in project.documents:
        if document.type in ENDPOINTS:
            configs = configurations_of(document, project)
            used.update(map(id, configs))
            elsewhere = bool(configs) and may_be_configured_elsewhere(document, project)
            found.append(_one_of(document, configs, targets.get(id(document), []), elsewhere))
        elif document.type in _KINDS:
            if not _gateway_endpoint(document):
                found.append(_simple(document, _KINDS[document.type], project))
        elif document.type in ("AWS::Lambda::Alias", "AWS::Lambda::Version"):
            kept = get(properties(document), "ProvisionedConcurrencyConfig")
            if kept is not MISSING and kept is not None:
                found.append(_simple(document, "lambda-concurrency", project))
    found += [
        _alone(document)
        for document in project.of_type(*CONFIGURATIONS)
        if id(document) not in used
    ]
    return [_on_one_of_its_machines(resource) for resource in found]


def _on_one_of_its_machines(resource: StandingResource) -> StandingResource:
    """A resource whose instance type is one of several, as one of several resources."""
    if resource.alternatives:
        each = tuple(map(_on_one_of_its_machines, resource.alternatives))
        return replace(resource, alternatives=tuple(a for one in each for a in _alternatives(one)))
    kinds = [resource.instance_type, *(item.instance_type for item in resource.variants)]
    choices = [possible_values(kind) for kind in kinds]
    if not 1 < prod(map(len, choices)) <= _MAX_ALTERNATIVES:
        return resource
    return replace(
        resource,
        alternatives=tuple(
            replace(
                resource,
                instance_type=own,
                variants=tuple(map(_on, resource.variants, others)),
            )
            for own, *others in product(*choices)
        ),
    )


def _alternatives(resource: StandingResource) -> tuple[StandingResource, ...]:
    return resource.alternatives or (resource,)


def _on(variant: Variant, kind: Any) -> Variant:
    return replace(variant, instance_type=kind)


def standing_of(project: Project, pipelines: Iterable[Pipeline]) -> list[StandingResource]:
    """All that stands in a project: its resources, and the endpoints its pipelines leave."""
    return [*standing_resources(project), *pipeline_endpoints(pipelines)]


def _gateway_endpoint(document: Document) -> bool:
    """Whether it is a VPC endpoint that costs nothing: a gateway, which is the default."""
    if _KINDS.get(document.type) != "interface-endpoint":
        return False
    kind = get(properties(document), "VpcEndpointType")
    return kind is MISSING or kind is None or kind in ("Gateway", "GatewayLoadBalancer")


def _one_of(
    document: Document, configs: list[Document], targets: list[Document], elsewhere: bool
) -> StandingResource:
    """An endpoint with its configuration, or with those that it may be of; ``elsewhere``: or with
    one that is not in the scan."""
    found = [_endpoint(document, config, targets) for config in configs]
    if not found or elsewhere:
        found.append(_endpoint(document, None, targets))
    return found[0] if len(found) == 1 else replace(found[0], alternatives=tuple(found))


def pipeline_endpoints(pipelines: Iterable[Pipeline]) -> list[StandingResource]:
    """Endpoints that steps of a pipeline leave behind."""
    found: list[StandingResource] = []
    for pipeline in pipelines:
        configs = {step.name: step for step in pipeline.steps if step.type == "EndpointConfig"}
        for step in pipeline.steps:
            if step.type != "Endpoint":
                continue
            names = [name for _, name in step.references if name in configs]
            config = configs.get(names[0]) if names else None
            stated = step.get("EndpointConfigName")
            if config is None and isinstance(stated, str):
                config = next(
                    (c for c in configs.values() if c.get("EndpointConfigName") == stated), None
                )
            name = _text(step.get("EndpointName")) or step.name
            arguments = config.arguments if config is not None else None
            found.append(
                StandingResource(
                    "endpoint",
                    name,
                    f"{pipeline.address or pipeline.title}: step {step.name}",
                    pipeline.path,
                    variants=_variants(arguments) if arguments is not None else (),
                    asynchronous=isinstance(get(arguments, "AsyncInferenceConfig"), dict),
                    maybe=step.parent is not None,
                    root=pipeline.document.root,
                    problem=""
                    if arguments is not None
                    else "its endpoint configuration is not in the pipeline",
                    of=pipeline,
                )
            )
    return found


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value) if isinstance(value, Template) else ""


def _endpoint(
    document: Document, config: Document | None, targets: list[Document]
) -> StandingResource:
    value = properties(document)
    name = _text(get(value, "EndpointName")) or _text(get(value, "Name")) or local_name(document)
    if config is None:
        return StandingResource(
            "endpoint",
            name,
            document.address,
            document.path,
            instances=document.instances,
            maybe=document.maybe,
            root=document.root,
            problem=_no_configuration(document),
            of=document,
        )
    body = properties(config)
    variants = _variants(body)
    return StandingResource(
        "endpoint",
        name,
        document.address,
        document.path,
        variants=variants,
        scaling=_scaling(variants, targets),
        asynchronous=get(body, "AsyncInferenceConfig") not in (MISSING, None, []),
        data_capture=get(body, "DataCaptureConfig") not in (MISSING, None, []),
        instances=document.instances,
        maybe=document.maybe,
        root=document.root,
        of=document,
    )


def _no_configuration(endpoint: Document) -> str:
    name = lookup(endpoint.value, ENDPOINTS[endpoint.type])
    if isinstance(name, Unknown | Template) and len(possible_values(name)) == 1:
        return f"its endpoint configuration is not known: {name.reason}"
    return "its endpoint configuration is not in the scan"


def _alone(document: Document) -> StandingResource:
    value = properties(document)
    name = _text(get(value, "EndpointConfigName")) or _text(get(value, "Name"))
    return StandingResource(
        "endpoint-configuration",
        name or local_name(document),
        document.address,
        document.path,
        variants=_variants(value),
        instances=document.instances,
        maybe=document.maybe,
        root=document.root,
        of=document,
    )


def _variants(value: Any) -> tuple[Variant, ...]:
    found: list[Variant] = []
    for key in ("ProductionVariants", "ShadowProductionVariants"):
        entries, _ = known_items(get(value, key))
        for number, entry in enumerate(entries):
            serverless = get(entry, "ServerlessConfig")
            scaling = get(entry, "ManagedInstanceScaling")
            found.append(
                Variant(
                    _text(get(entry, "VariantName")) or f"variant {number + 1}",
                    get(entry, "InstanceType"),
                    get(entry, "InitialInstanceCount"),
                    _first(entry, "VolumeSizeInGB", "volume_size_in_gb"),
                    _first(serverless, "MemorySizeInMB", "memory_size_in_mb"),
                    get(serverless, "ProvisionedConcurrency"),
                    serverless not in (MISSING, None, []),
                    get(scaling, "MinInstanceCount"),
                    get(scaling, "MaxInstanceCount"),
                )
            )
    return tuple(found)


def _first(value: Any, *names: str) -> Any:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    for name in names:
        found = lookup(value, name)
        if found is not MISSING:
            return found
    return MISSING


def _scaling(variants: tuple[Variant, ...], targets: list[Document]) -> dict[str, tuple[Any, Any]]:
    """Autoscaling targets on the endpoint's variants: ``endpoint/NAME/variant/VARIANT``."""
    found: dict[str, tuple[Any, Any]] = {}
    for target in targets:
        value = properties(target)
        dimension = get(value, "ScalableDimension")
        if isinstance(dimension, str) and not dimension.startswith("sagemaker:variant"):
            continue
        text = _text(get(value, "ResourceId"))
        pair = (get(value, "MinCapacity"), get(value, "MaxCapacity"))
        named = [v.name for v in variants if text.endswith(f"/variant/{v.name}")]
        for variant in named or [v.name for v in variants]:
            found[variant] = pair
    return found


def _simple(document: Document, kind: str, project: Project) -> StandingResource:
    value = properties(document)
    names = {
        "notebook": ("NotebookInstanceName", "Name"),
        "studio-domain": ("DomainName",),
        "studio-app": ("AppName",),
        "studio-space": ("SpaceName",),
        "feature-store": ("FeatureGroupName",),
        "mlflow": ("TrackingServerName",),
        "monitoring-schedule": ("MonitoringScheduleName", "Name"),
        "training-plan": ("TrainingPlanName", "Name"),
        "cluster": ("ClusterName",),
        "s3-bucket": ("BucketName", "Bucket"),
        "ecr-repository": ("RepositoryName", "Name"),
    }.get(kind, ("Name",))
    name = next(filter(None, (_text(get(value, key)) for key in names)), "")
    found = details_of(kind, document, project)
    return StandingResource(
        kind,
        name or local_name(document),
        document.address,
        document.path,
        instance_type=found.instance_type,
        count=found.count,
        volume_gb=found.volume_gb,
        instances=document.instances,
        maybe=document.maybe,
        root=document.root,
        detail=found.detail,
        problem=found.problem,
        of=document,
    )
