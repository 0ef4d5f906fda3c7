"""REL013: buckets of pipelines that keep no versions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from linter.core.values import MISSING, dig, lookup
from linter.policy.buckets import about_bucket, undecided_bucket
from linter.policy.helpers import as_bool, known_values, select
from linter.policy.model import Context, Outcome, Subject
from linter.project.buckets import (
    CLOUDFORMATION_BUCKET,
    UsedBucket,
    companions,
    unplaced,
    used_buckets,
)

_VERSIONING = "aws_s3_bucket_versioning"


def without_versioning(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """REL013: a model that is overwritten is gone."""
    project = context.project
    for used in used_buckets(project):
        bucket = used.document
        if as_bool(lookup(bucket.value, "force_destroy")):
            yield about_bucket(
                used,
                f"{bucket.address} is deleted with everything in it when its resource is destroyed",
                detail="force_destroy",
            )
        if any(
            as_bool(match.value) is not False
            for match in select(bucket.value, "$.versioning[*].enabled")
            if match.value is not MISSING
        ):
            continue
        configurations = companions(project, bucket, _VERSIONING)
        other = None if configurations else unplaced(project, _VERSIONING, bucket)
        statuses = [
            match.value
            for item in configurations
            for match in select(item.value, "$.versioning_configuration[*].status")
        ]
        if other is not None:
            yield undecided_bucket(used, other)
        elif not _enabled(statuses):
            yield _unversioned(used)
    for used in used_buckets(project, CLOUDFORMATION_BUCKET):
        if not _enabled([dig(used.document.value, "VersioningConfiguration", "Status")]):
            yield _unversioned(used)


def _enabled(statuses: list[Any]) -> bool:
    """Whether one of them is ``Enabled``, or may be."""
    return any(
        status is not MISSING and "Enabled" in (known_values(status) or ("Enabled",))
        for status in statuses
    )


def _unversioned(used: UsedBucket) -> Outcome:
    return about_bucket(
        used,
        f"{used.document.address} keeps no earlier version of what {used.pipeline.title} "
        "overwrites or deletes",
    )
