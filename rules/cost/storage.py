"""Rules about buckets, repositories and endpoints that lack a companion resource."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from linter.core.documents import Document
from linter.core.values import MISSING, lookup, references_of
from linter.policy.buckets import about_bucket
from linter.policy.helpers import equals, fail, is_set, select
from linter.policy.model import Context, Outcome, Subject
from linter.project.buckets import companions, used_buckets


def without_lifecycle(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """COST028: artifacts of every execution are kept forever."""
    project = context.project
    for used in used_buckets(project):
        bucket = used.document
        inline = is_set(lookup(bucket.value, "lifecycle_rule"))
        if inline is False and not companions(
            project, bucket, "aws_s3_bucket_lifecycle_configuration"
        ):
            yield about_bucket(
                used,
                f"{bucket.address} keeps the artifacts of every execution of "
                f"{used.pipeline.title} for ever: it has no lifecycle rule",
            )


def repository_without_lifecycle(
    subject: Subject,
    context: Context,
) -> Iterable[Outcome]:
    """COST030: images of every build are kept forever."""
    document = subject.domain
    assert isinstance(document, Document)
    name = lookup(document.value, "name")
    for policy in context.project.of_type("aws_ecr_lifecycle_policy"):
        value = lookup(policy.value, "repository")
        if value == name and isinstance(name, str):
            return
        if document in context.project.find_all(references_of(value), policy.module):
            return
    yield fail((), f"{subject.title} keeps every image that was ever pushed")


def endpoint_without_scaling(subject: Subject, context: Context) -> Iterable[Outcome]:
    """COST018: instances that are billed at night for the traffic of the day."""
    document = subject.domain
    assert isinstance(document, Document)
    if not _has_instances(document, context):
        return
    for target in context.project.of_type("aws_appautoscaling_target"):
        if equals(lookup(target.value, "service_namespace"), "sagemaker") is False:
            continue
        identity = lookup(target.value, "resource_id")
        name = lookup(document.value, "name")
        named = isinstance(name, str) and isinstance(identity, str) and f"/{name}/" in identity
        if named or document in context.project.find_all(references_of(identity), target.module):
            return
    yield fail((), f"{subject.title} keeps its instances running whatever the traffic is")


def _has_instances(endpoint: Document, context: Context) -> bool:
    value = lookup(endpoint.value, "endpoint_config_name")
    configs: Iterator[Document] = iter(
        context.project.find_all(references_of(value), endpoint.module)
    )
    for config in configs:
        for match in select(config.value, "$.production_variants[*].instance_type"):
            if match.value is not MISSING:
                return True
    for config in context.project.of_type("aws_sagemaker_endpoint_configuration"):
        if isinstance(value, str) and lookup(config.value, "name") == value:
            matches = select(config.value, "$.production_variants[*].instance_type")
            return any(match.value is not MISSING for match in matches)
    return False
