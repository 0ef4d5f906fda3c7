"""ENC027, ENC028: how buckets of pipelines encrypt what they store and send."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from linter.core.documents import Document
from linter.core.values import MISSING, lookup, references_of
from linter.policy.buckets import about_bucket, undecided_bucket
from linter.policy.helpers import unknown
from linter.policy.model import Context, Outcome, Subject
from linter.project.buckets import (
    BUCKET,
    CLOUDFORMATION_BUCKET,
    UsedBucket,
    companions,
    unplaced,
    used_buckets,
)
from linter.project.encryption import encryption_of_another, with_kms
from linter.project.link_iam import embedded_at
from linter.project.model import Project
from linter.project.named import name_of
from rules.enc.transport import denies_http

_POLICIES = {
    BUCKET: ("aws_s3_bucket_policy", "policy"),
    CLOUDFORMATION_BUCKET: ("AWS::S3::BucketPolicy", "PolicyDocument"),
}
"""Type of bucket → the resource that holds its policy, and the attribute."""


def without_kms(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """ENC027: the bucket's default encryption is not a KMS key."""
    for used in _used(context.project):
        bucket = used.document
        encrypted = with_kms(bucket, context.project)
        if encrypted is None:
            other = encryption_of_another(bucket, context.project)
            yield _undecided(used, other, f"how {bucket.address} encrypts is not known")
        elif not encrypted:
            yield about_bucket(
                used,
                f"{bucket.address} encrypts what {used.pipeline.title} stores with S3's own key: "
                "nobody can audit or revoke its use",
            )


def without_tls(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """ENC028: the bucket's policy does not deny plain HTTP."""
    for used in _used(context.project):
        bucket = used.document
        kind, _ = _POLICIES[bucket.type]
        holders, policies = _policies_of(bucket, context.project)
        denied = denies_http(policies, name_of(bucket))
        other = unplaced(context.project, kind, bucket)
        if denied is not True and other is not None and not holders:
            yield undecided_bucket(used, other)
        elif denied is None:
            named = ", ".join(holder.address for holder in holders)
            yield _undecided(used, None, f"what the policy {named} denies is not known", policies)
        elif not denied:
            yield about_bucket(
                used,
                f"{bucket.address} answers requests over plain HTTP: its policy does not "
                "deny everybody aws:SecureTransport false",
            )


def _used(project: Project) -> Iterator[UsedBucket]:
    for kind in _POLICIES:
        yield from used_buckets(project, kind)


def _undecided(
    used: UsedBucket, configured_by: Document | None, because: str, read: Any = None
) -> Outcome:
    if configured_by is not None:
        return undecided_bucket(used, configured_by)
    bucket = used.document
    return unknown(
        because,
        references=references_of(read),
        location=bucket.locate(()),
        detail=bucket.address,
        about=bucket,
    )


def _policies_of(bucket: Document, project: Project) -> tuple[list[Document], list[Any]]:
    """The resources that hold a bucket's policy, itself included, and what the policies say."""
    kind, attribute = _POLICIES[bucket.type]
    holders = companions(project, bucket, kind)
    if bucket.type == BUCKET and lookup(bucket.value, attribute) not in (MISSING, None, ""):
        holders = [*holders, bucket]
    found = [embedded_at(holder, (attribute,)) for holder in holders]
    return holders, [embedded.value for embedded in found if embedded is not None]
