"""ENC002 and others: what is stored in S3 is encrypted with a key of the user's.

With the key that the request names, or, where it names none, with the bucket's own default.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from linter.core.documents import Document, Path
from linter.core.truth import Truth
from linter.core.values import Unknown, dig, lookup
from linter.domain.pipeline import Step
from linter.policy.helpers import fail, is_set, kleene_or, select, unknown
from linter.policy.model import Context, Outcome, Subject
from linter.project.encryption import buckets_at, customer_key, may_lead_to_key
from linter.project.model import Project

Spec = tuple[str, str, str]
"""What is told to store, the member that names its key, and where it stores, below it."""

_TRAINING: Spec = ("$.Arguments.OutputDataConfig", "KmsKeyId", "$.S3OutputPath")
_OUTPUTS = "$.Outputs[*].S3Output.S3Uri"
_PROCESSING: dict[str, Spec] = {
    "pipeline.step": ("$.Arguments.ProcessingOutputConfig", "KmsKeyId", _OUTPUTS),
    "cloudformation": ("$.ProcessingOutputConfig", "KmsKeyId", _OUTPUTS),
}
_CAPTURE: dict[str, Spec] = {
    "pipeline.step": ("$.Arguments.DataCaptureConfig", "KmsKeyId", "$.DestinationS3Uri"),
    "cloudformation": ("$.DataCaptureConfig", "KmsKeyId", "$.DestinationS3Uri"),
    "terraform": ("$.data_capture_config[*]", "kms_key_id", "$.destination_s3_uri"),
}
_ASYNCHRONOUS: dict[str, Spec] = {
    "cloudformation": ("$.AsyncInferenceConfig.OutputConfig", "KmsKeyId", "$.S3OutputPath"),
    "terraform": (
        "$.async_inference_config[*].output_config[*]",
        "kms_key_id",
        "$.s3_output_path",
    ),
}
_OFFLINE_STORE: dict[str, Spec] = {
    "cloudformation": ("$.OfflineStoreConfig.S3StorageConfig", "KmsKeyId", "$.S3Uri"),
    "terraform": ("$.offline_store_config[*].s3_storage_config[*]", "kms_key_id", "$.s3_uri"),
}
_REVIEW: Spec = ("$.output_config[*]", "kms_key_id", "$.s3_output_path")


def training(subject: Subject, context: Context) -> Iterable[Outcome]:
    """ENC002."""
    return _stored(subject, context, _TRAINING)


def processing(subject: Subject, context: Context) -> Iterable[Outcome]:
    """ENC004, of steps and of jobs that a template declares."""
    return _stored(subject, context, _PROCESSING[subject.kind])


def automl(subject: Subject, context: Context) -> Iterable[Outcome]:
    """ENC007: where candidates are stored, and the volumes of the job's own jobs."""
    yield from _stored(subject, context, _TRAINING)
    volumes = [
        dig(subject.value, "Arguments", *path, "VolumeKmsKeyId")
        for path in (("SecurityConfig",), ("AutoMLJobConfig", "SecurityConfig"))
    ]
    given = kleene_or(*(is_set(volume) for volume in volumes))
    at = ("Arguments", "SecurityConfig", "VolumeKmsKeyId")
    if given is None:
        yield unknown(volumes, at)
    elif not given:
        yield fail(at)


def captured(subject: Subject, context: Context) -> Iterable[Outcome]:
    """ENC012."""
    return _stored(subject, context, _CAPTURE[subject.kind])


def asynchronous(subject: Subject, context: Context) -> Iterable[Outcome]:
    """ENC013."""
    return _stored(subject, context, _ASYNCHRONOUS[subject.kind])


def offline_store(subject: Subject, context: Context) -> Iterable[Outcome]:
    """ENC016."""
    return _stored(subject, context, _OFFLINE_STORE[subject.kind])


def reviewed(subject: Subject, context: Context) -> Iterable[Outcome]:
    """ENC022."""
    return _stored(subject, context, _REVIEW)


def home_of(subject: Subject) -> Document:
    """The document whose references a subject's are."""
    domain = subject.domain
    home = domain.pipeline.document if isinstance(domain, Step) else domain
    assert isinstance(home, Document)
    return home


def _stored(subject: Subject, context: Context, spec: Spec) -> Iterator[Outcome]:
    holder, key, locations = spec
    for match in select(subject.value, holder):
        if isinstance(match.value, Unknown):
            yield unknown(match.value, match.path)
            continue
        at = (*match.path, key)
        yield from without_key(subject, context, match.value, key, at, locations)


def without_key(
    subject: Subject,
    context: Context,
    holder: Any,
    key: str,
    at: Path,
    locations: str,
    message: str = "",
) -> Iterator[Outcome]:
    """A failure where neither a request nor the bucket that it stores to names a key.

    ``locations`` selects the places below ``holder``, whose member ``key`` stands at ``at``.
    """
    given = lookup(holder, key)
    stated = is_set(given)
    if stated:
        return
    kept = _kept_by_bucket(holder, locations, home_of(subject), context.project)
    if kept:
        return
    if stated is None:
        yield unknown(given, at)
    elif kept is None:
        yield unknown("the default encryption of the bucket is not known", at)
    else:
        yield fail(at, message)


def _kept_by_bucket(holder: Any, locations: str, home: Document, project: Project) -> Truth:
    """Whether the buckets that a request stores to encrypt with a customer's key by themselves.

    ``False`` where there is none, or one is not in the scan or certainly has no such default.
    """
    verdicts: set[bool | None] = set()
    for match in select(holder, locations) if isinstance(holder, dict) else ():
        buckets = buckets_at(match.value, home, project)
        verdicts.update(customer_key(bucket, project) for bucket in buckets)
        if not buckets:
            verdicts.add(None if may_lead_to_key(match.value, project) else False)
    if not verdicts or False in verdicts:
        return False
    return None if None in verdicts else True
