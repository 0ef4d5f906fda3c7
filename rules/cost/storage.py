"""COST028, COST030: buckets and repositories that keep everything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from linter.core.documents import Document
from linter.core.values import MISSING, lookup
from linter.policy.buckets import about_bucket, undecided_bucket
from linter.policy.helpers import fail, is_set, select, unknown
from linter.policy.model import Context, Outcome, Severity, Subject
from linter.project.buckets import (
    CLOUDFORMATION_BUCKET,
    UsedBucket,
    companions,
    unplaced,
    used_buckets,
)
from linter.project.named import named

_LIFECYCLE = "aws_s3_bucket_lifecycle_configuration"


def without_lifecycle(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """COST028: artifacts of every execution, and unfinished uploads, are kept forever."""
    project = context.project
    for used in used_buckets(project):
        bucket = used.document
        if is_set(lookup(bucket.value, "lifecycle_rule")) is not False:
            continue
        configurations = companions(project, bucket, _LIFECYCLE)
        other = None if configurations else unplaced(project, _LIFECYCLE, bucket)
        if other is not None:
            yield undecided_bucket(used, other)
        else:
            paths = "$.rule[*]", "abort_incomplete_multipart_upload"
            yield from _judge(used, [item.value for item in configurations], *paths)
    for used in used_buckets(project, CLOUDFORMATION_BUCKET):
        value = lookup(used.document.value, "LifecycleConfiguration")
        values = [] if value in (MISSING, None) else [value]
        yield from _judge(used, values, "$.Rules[*]", "AbortIncompleteMultipartUpload")


def _judge(used: UsedBucket, lifecycles: list[Any], rules: str, abort: str) -> Iterator[Outcome]:
    address = used.document.address
    if not lifecycles:
        yield about_bucket(
            used,
            f"{address} keeps the artifacts of every execution of {used.pipeline.title} for ever: "
            "it has no lifecycle rule",
        )
        return
    items = [match.value for value in lifecycles for match in select(value, rules)]
    if items and all(is_set(lookup(item, abort)) is False for item in items):
        yield about_bucket(
            used,
            f"{address} keeps what is left of uploads that {used.pipeline.title} did not finish: "
            "no lifecycle rule aborts them",
            detail="uploads",
            severity=Severity.INFO,
        )


def repository_without_lifecycle(
    subject: Subject,
    context: Context,
) -> Iterable[Outcome]:
    """COST030: images of every build are kept forever."""
    document = subject.domain
    assert isinstance(document, Document)
    undecided = ""
    for policy in context.project.of_type("aws_ecr_lifecycle_policy"):
        value = lookup(policy.value, "repository")
        found = named(context.project, value, policy, document.type)
        if found == [document]:
            return
        if document in found:
            undecided = f"which repository {policy.address} is for is not known"
    if undecided:
        yield unknown(undecided)
    else:
        yield fail((), f"{subject.title} keeps every image that was ever pushed")
