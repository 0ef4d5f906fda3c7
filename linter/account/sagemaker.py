"""Pipelines, and what SageMaker keeps running or registered."""

from __future__ import annotations

import json
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any

from linter.account.client import Account, DeniedError, GoneError
from linter.account.kinds import (
    ENDPOINT_CONFIG,
    ENDPOINTS,
    GROUPS,
    LISTED,
    MODEL,
    PACKAGE,
    Kind,
)
from linter.account.snapshot import INCOMPLETE, Area, Object, plain

SERVICE = "sagemaker"


def pull_pipelines(account: Account, area: Area, wanted: Iterable[str]) -> list[str]:
    """Every pipeline whose name fits one of the globs, and gives their names.

    A pipeline that was not modified since the last pull is taken over as it is known.
    """
    globs = tuple(wanted)
    found = account.listed(SERVICE, "list_pipelines", "PipelineSummaries")
    chosen = [
        summary
        for summary in found
        if not globs or any(fnmatchcase(summary["PipelineName"], glob) for glob in globs)
    ]
    account.client(SERVICE)
    pulled = account.each("pipelines", lambda summary: _pipeline(account, area, summary), chosen)
    return [name for name in pulled if name]


def _pipeline(account: Account, area: Area, summary: dict[str, Any]) -> str:
    name = str(summary["PipelineName"])
    known = area.known("pipelines", name)
    modified = plain(summary.get("LastModifiedTime"))
    unchanged = known and modified and known["Observed"].get("LastModifiedTime") == modified
    if known and unchanged and not known["Observed"].get(INCOMPLETE):
        area.keep("pipelines", name)
        return name
    answer = account.asked(SERVICE, "describe_pipeline", name, PipelineName=name)
    if not answer:
        return ""
    observed = plain(answer)
    properties = {
        key: observed.pop(key)
        for key in ("PipelineName", "PipelineDisplayName", "PipelineDescription", "RoleArn")
        if key in observed
    }
    parallel = observed.pop("ParallelismConfiguration", None)
    if parallel:
        properties["ParallelismConfiguration"] = parallel
    properties["PipelineDefinition"] = {
        "PipelineDefinitionBody": _decoded(observed.pop("PipelineDefinition", ""))
    }
    observed.pop("LastRunTime", None)  # changes with each run; executions say it
    arn = str(observed.pop("PipelineArn", ""))
    tags = tags_of(account, arn)
    if tags:
        properties["Tags"] = tags
    observed["Versions"] = _versions(account, name)
    if account.was_denied(f"{SERVICE}:list_tags", f"{SERVICE}:list_pipeline_versions"):
        observed[INCOMPLETE] = True
    made = Object("AWS::SageMaker::Pipeline", arn, area.account, area.region, properties, observed)
    area.put("pipelines", name, made)
    return name


def _versions(account: Account, name: str) -> list[dict[str, Any]]:
    try:
        found = list(
            account.pages(
                SERVICE, "list_pipeline_versions", "PipelineVersionSummaries", PipelineName=name
            )
        )
    except GoneError:
        return []
    except DeniedError as error:
        account.note(f"{SERVICE}:list_pipeline_versions", name, error)
        return []
    return [
        {key: item[key] for key in ("PipelineVersionId", "CreationTime") if key in item}
        for item in plain(found)
    ]


def _decoded(text: str) -> Any:
    """A definition as JSON, so that two pulls can be compared; as text where it is none."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value if isinstance(value, dict) else text


def tags_of(account: Account, arn: str) -> list[dict[str, str]]:
    """The tags of a resource, in the order of their keys."""
    if not arn:
        return []
    try:
        found = list(account.pages(SERVICE, "list_tags", "Tags", ResourceArn=arn))
    except GoneError:
        return []
    except DeniedError as error:
        account.note(f"{SERVICE}:list_tags", arn, error)
        return []
    return sorted(plain(found), key=lambda tag: str(tag.get("Key")))


def pull_resources(account: Account, area: Area) -> list[Object]:
    """What :data:`~linter.account.kinds.LISTED` names, and what the endpoints use."""
    account.client(SERVICE)
    found: list[Object] = []
    for kind in LISTED:
        entries = account.listed(SERVICE, kind.list, kind.key)
        found += _described(account, area, kind, entries)
    configs = _in_use(found, ENDPOINTS.type, "EndpointConfigName")
    found += _described(account, area, ENDPOINT_CONFIG, configs)
    models = [
        {"ModelName": variant["ModelName"]}
        for made in found
        if made.type == ENDPOINT_CONFIG.type
        for members in ("ProductionVariants", "ShadowProductionVariants")
        for variant in made.properties.get(members) or ()
        if variant.get("ModelName")
    ]
    found += _described(account, area, MODEL, _distinct(models))
    return found + _packages(account, area, found)


def _in_use(found: list[Object], kind: str, member: str) -> list[dict[str, Any]]:
    return _distinct(
        {member: made.properties[member]}
        for made in found
        if made.type == kind and made.properties.get(member)
    )


def _distinct(entries: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [dict(items) for items in dict.fromkeys(tuple(entry.items()) for entry in entries)]


def _described(
    account: Account, area: Area, kind: Kind, entries: list[dict[str, Any]]
) -> list[Object]:
    made = account.each(kind.folder, lambda entry: describe(account, area, kind, entry), entries)
    return [item for item in made if item is not None]


def describe(account: Account, area: Area, kind: Kind, entry: dict[str, Any]) -> Object | None:
    """Describe one resource and write its file; ``None`` where it is denied or gone."""
    arguments = {key: entry[key] for key in kind.arguments if entry.get(key)}
    what = str(entry.get(kind.name) or entry)
    answer = account.asked(SERVICE, kind.describe, what, **arguments)
    if not answer:
        return None
    made = shaped(kind, plain(answer), area)
    if kind.tagged:
        tags = tags_of(account, made.arn)
        if tags:
            made.properties["Tags"] = tags
    if kind is GROUPS:
        _group_policy(account, made)
    area.put(kind.folder, _name(kind, made, entry), made)
    return made


def shaped(kind: Kind, answer: dict[str, Any], area: Area) -> Object:
    """An answer as a template's properties, and the rest as what was observed."""
    observed = dict(answer)
    arn = str(observed.pop(kind.arn, ""))
    properties = {key: observed.pop(key) for key in kind.properties if key in observed}
    for theirs, ours in kind.renamed.items():
        if theirs in observed:
            properties[ours] = observed.pop(theirs)
    return Object(kind.type, arn, area.account, area.region, properties, observed)


def _name(kind: Kind, made: Object, entry: dict[str, Any]) -> str:
    """What a resource's file is called: apps and spaces of two domains may share a name."""
    if "DomainId" in kind.arguments:
        return "-".join(str(entry[key]) for key in kind.arguments if entry.get(key))
    if kind is PACKAGE:
        return made.arn.partition(":model-package/")[2].replace("/", "-")
    return str(entry.get(kind.name) or made.arn.rpartition("/")[2])


def _group_policy(account: Account, made: Object) -> None:
    name = made.properties.get("ModelPackageGroupName", "")
    answer = account.asked(
        SERVICE, "get_model_package_group_policy", name, ModelPackageGroupName=name
    )
    if answer.get("ResourcePolicy"):
        made.properties["ModelPackageGroupPolicy"] = _decoded(answer["ResourcePolicy"])


def _packages(account: Account, area: Area, found: list[Object]) -> list[Object]:
    """The versions of every model package group.

    One whose approval is what the last pull saw is taken over: nothing else of a version changes.
    """
    made: list[Object] = []
    for group in found:
        if group.type != GROUPS.type:
            continue
        name = group.properties["ModelPackageGroupName"]
        entries = account.listed(SERVICE, PACKAGE.list, PACKAGE.key, ModelPackageGroupName=name)
        fresh = []
        for entry in entries:
            arn = str(entry.get("ModelPackageArn", ""))
            file = arn.partition(":model-package/")[2].replace("/", "-")
            known = area.known(PACKAGE.folder, file)
            status = entry.get("ModelApprovalStatus")
            if known and status and known["Properties"].get("ModelApprovalStatus") == status:
                area.keep(PACKAGE.folder, file)
            else:
                fresh.append({"ModelPackageName": arn, "ModelPackageArn": arn})
        made += _described(account, area, PACKAGE, fresh)
    return made
