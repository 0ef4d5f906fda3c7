"""REL013: buckets of pipelines that keep no versions."""

from __future__ import annotations

from collections.abc import Iterable

from linter.core.values import MISSING, lookup
from linter.policy.buckets import about_bucket
from linter.policy.helpers import as_bool, known_values, select
from linter.policy.model import Context, Outcome, Subject
from linter.project.buckets import companions, used_buckets


def without_versioning(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """REL013: a model that is overwritten is gone."""
    project = context.project
    for used in used_buckets(project):
        bucket = used.document
        if as_bool(lookup(bucket.value, "force_destroy")):
            yield about_bucket(
                used,
                f"{bucket.address} is deleted with everything in it when its resource is destroyed",
            )
        statuses = [
            status
            for item in companions(project, bucket, "aws_s3_bucket_versioning")
            for match in select(item.value, "$.versioning_configuration[*].status")
            for status in known_values(match.value) or ("Enabled",)
        ]
        if "Enabled" not in statuses and not any(
            as_bool(match.value) is not False
            for match in select(bucket.value, "$.versioning[*].enabled")
            if match.value is not MISSING
        ):
            yield about_bucket(
                used,
                f"{bucket.address} keeps no earlier version of what {used.pipeline.title} "
                "overwrites or deletes",
            )
