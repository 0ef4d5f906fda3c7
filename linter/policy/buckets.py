"""Outcomes about buckets that pipelines use, for rules of several areas."""

from __future__ import annotations

from linter.core.documents import Document
from linter.core.sources import Related
from linter.policy.helpers import fail, unknown
from linter.policy.model import Outcome, Severity
from linter.project.buckets import UsedBucket


def about_bucket(
    used: UsedBucket, message: str, *, detail: str = "", severity: Severity | None = None
) -> Outcome:
    """A finding at the bucket that names the pipeline which uses it.

    Undecided where it is not known that the pipeline uses this bucket and not another instance.
    ``detail`` tells several findings of one rule about a bucket apart.
    """
    if not used.certain:
        return unknown(
            f"which instance of its bucket {used.pipeline.title} uses is not known",
            location=used.document.locate(()),
            detail=used.document.address,
            about=used.document,
        )
    place = used.pipeline.locate().span
    return fail(
        (),
        message,
        severity=severity,
        location=used.document.locate(()),
        detail=f"{used.document.address} {detail}".rstrip(),
        related=(Related(f"{used.pipeline.title} uses it", place),),
        about=used.document,
    )


def undecided_bucket(used: UsedBucket, configured_by: Document) -> Outcome:
    """A resource may configure the bucket; which one it does is not known."""
    return unknown(
        f"which bucket {configured_by.address} configures is not known",
        location=used.document.locate(()),
        detail=used.document.address,
        about=used.document,
    )
