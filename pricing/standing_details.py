"""The parts of standing resources that each kind keeps somewhere else: machine, count, volume."""

from __future__ import annotations

from typing import Any

from linter.core.documents import Document
from linter.core.identity import without_keys
from linter.core.record import record
from linter.core.values import MISSING, Choice, Unknown, lookup
from linter.project.model import Project
from linter.project.named import JOB_DEFINITIONS, named
from pricing.resolve import known_items

DEFAULT_APP_TYPE = "ml.t3.medium"
"""Studio's default instance type for CPU images (AWS: Studio Classic usage metering)."""

_SPACE_APPS = ("JupyterLabAppSettings", "CodeEditorAppSettings", "KernelGatewayAppSettings")


@record
class Details:
    """What pricing needs of one resource; values may be unknown.

    ``detail`` is of the kind's own: an app's type, a schedule's expression, a store's settings.
    """

    instance_type: Any = MISSING
    count: Any = 1
    volume_gb: Any = MISSING
    detail: Any = MISSING
    problem: str = ""


def get(value: Any, *names: str) -> Any:
    """A property by its CloudFormation names, also where Terraform's spelling is used.

    A Terraform block that occurs once may stand in a list of one.
    """
    for name in names:
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        found = lookup(value, name)
        if found is MISSING or isinstance(found, Unknown):
            other = lookup(value, snake(name))
            found = found if other is MISSING else other
        value = found
    return value


def snake(name: str) -> str:
    """``InitialInstanceCount`` → ``initial_instance_count``; ``VolumeSizeInGB`` → …``_in_gb``."""
    import re

    text = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", text).lower()


def properties(document: Document) -> Any:
    """The properties of a resource: a CloudFormation document may hold them one level down."""
    value = document.value
    inner = lookup(value, "Properties")
    if document.type.startswith("AWS::") and isinstance(inner, dict):
        return inner
    return value


def stated(value: Any) -> bool:
    """Whether a property is there at all, known or not."""
    return value is not MISSING and value is not None and value != []


def details_of(kind: str, document: Document, project: Project) -> Details:
    """The details of a resource of one of the kinds that are no endpoints."""
    value = properties(document)
    if kind == "studio-app":
        return _app(value)
    if kind == "studio-space":
        return _space(value)
    if kind == "monitoring-schedule":
        return _schedule(document, value, project)
    if kind == "cluster":
        groups, _ = known_items(get(value, "InstanceGroups"))
        machines = [get(group, "InstanceType") for group in groups]
        return Details([name for name in machines if isinstance(name, str)])
    detail = {
        "mlflow": get(value, "TrackingServerSize"),
        "feature-store": get(value, "OnlineStoreConfig"),
    }.get(kind, MISSING)
    volume = get(value, "VolumeSizeInGB")
    if volume is MISSING:
        volume = lookup(value, "volume_size")
    return Details(get(value, "InstanceType"), 1, volume, detail)


def _app(value: Any) -> Details:
    """An app's machine; without one Studio takes its default."""
    kind = get(value, "AppType")
    machine = get(value, "ResourceSpec", "InstanceType")
    return Details(DEFAULT_APP_TYPE if not stated(machine) else machine, detail=kind)


def _space(value: Any) -> Details:
    """A space's default machine and its volume, which is kept while the space exists."""
    settings = get(value, "SpaceSettings")
    machine: Any = MISSING
    for name in _SPACE_APPS:
        found = get(settings, name, "DefaultResourceSpec", "InstanceType")
        if stated(found):
            machine = found
            break
    storage = get(settings, "SpaceStorageSettings", "EbsStorageSettings")
    size = get(storage, "EbsVolumeSizeInGb")
    return Details(
        DEFAULT_APP_TYPE if not stated(machine) else machine,
        volume_gb=size,
        detail=get(settings, "AppType"),
    )


def _schedule(document: Document, value: Any, project: Project) -> Details:
    """A schedule's machine stands in itself, or in the job definition that it names."""
    config = get(value, "MonitoringScheduleConfig")
    inline = get(config, "MonitoringJobDefinition")
    clusters = [get(inline, "MonitoringResources", "ClusterConfig")]
    problem = ""
    if not stated(inline):
        name = get(config, "MonitoringJobDefinitionName")
        definitions = named(project, name, document, *JOB_DEFINITIONS)
        if not definitions:
            problem = "its job definition is not in the scan"
        clusters = [get(properties(d), "JobResources", "ClusterConfig") for d in definitions]
    return Details(
        _one_of([get(cluster, "InstanceType") for cluster in clusters]),
        _one_of([get(cluster, "InstanceCount") for cluster in clusters]),
        _one_of([get(cluster, "VolumeSizeInGB") for cluster in clusters]),
        get(config, "ScheduleConfig", "ScheduleExpression"),
        problem,
    )


def _one_of(values: list[Any]) -> Any:
    """One value, or a choice where it is not known which of several resources holds it."""
    if not values:
        return MISSING
    return values[0] if all(value == values[0] for value in values) else Choice(values)


def local_name(document: Document) -> str:
    """The address without its module path and instance key, as references write it."""
    parts = without_keys(document.address).split(".")
    while len(parts) > 2 and parts[0] == "module":
        parts = parts[2:]
    return ".".join(parts)
