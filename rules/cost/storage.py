"""COST028, COST030: buckets and repositories that keep everything."""

from __future__ import annotations

from collections.abc import Iterable

from linter.core.documents import Document
from linter.core.values import lookup, references_of
from linter.policy.buckets import about_bucket
from linter.policy.helpers import fail, is_set
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
