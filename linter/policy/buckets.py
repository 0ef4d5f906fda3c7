"""Outcomes about buckets that pipelines use, for rules of several areas."""

from __future__ import annotations

from linter.core.sources import Related
from linter.policy.helpers import fail
from linter.policy.model import Outcome
from linter.project.buckets import UsedBucket


def about_bucket(used: UsedBucket, message: str) -> Outcome:
    """A finding at the bucket that names the pipeline which uses it."""
    place = used.pipeline.locate().span
    return fail(
        (),
        message,
        location=used.document.locate(()),
        detail=used.document.address,
        related=(Related(f"{used.pipeline.title} uses it", place),),
    )
