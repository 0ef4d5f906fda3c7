"""ENC025, ENC031: keys that live elsewhere, and side outputs that no key covers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from linter.core.documents import Document, Path
from linter.core.regex import lazy_regex
from linter.core.values import (
    MISSING,
    Choice,
    Template,
    Unknown,
    dig,
    lookup,
    note_unknown,
    references_of,
)
from linter.domain.images import parse
from linter.domain.pipeline import BRANCH_KEYS, Step
from linter.policy.helpers import display, equals, fail, is_set, select, unknown, walk
from linter.policy.model import Context, Outcome, Subject
from linter.project.buckets import BUCKET, companions
from linter.project.model import Project
from linter.project.regions import region_of

_KEY_ARN = lazy_regex(r"arn:aws[a-z-]*:kms:([a-z0-9-]+):(\d{12}):(?:key|alias)/(.+)")
_SIDE_OUTPUTS: tuple[tuple[Path, str], ...] = (
    (("CheckpointConfig", "S3Uri"), "checkpoints"),
    (("DebugHookConfig", "S3OutputPath"), "debugger tensors"),
    (("TensorBoardOutputConfig", "S3OutputPath"), "TensorBoard logs"),
    (("ProfilerConfig", "S3OutputPath"), "profiles"),
)
_ENCRYPTION = "aws_s3_bucket_server_side_encryption_configuration"
_ALGORITHM = "$.rule[*].apply_server_side_encryption_by_default[*].sse_algorithm"


def elsewhere(subject: Subject, context: Context) -> Iterable[Outcome]:
    """ENC025: a key of another region or account than what it encrypts."""
    if subject.type in BRANCH_KEYS:
        return  # the steps inside are subjects of their own
    home: tuple[str | None, str | None] | None = None
    allowed = {str(item) for item in context.parameters["accounts"]}
    for path, value in subject.nodes:
        if not path or "kms" not in str(path[-1]).lower():
            continue
        for option in value.values if isinstance(value, Choice) else (value,):
            found = _KEY_ARN.fullmatch(option) if isinstance(option, str) else None
            if found is None:
                note_unknown(option)
                continue
            region, account = home = home or _home(subject, context.project)
            if region is not None and found[1] != region and not found[3].startswith("mrk-"):
                yield fail(
                    path,
                    f"{subject.title} runs in {region} and names a key of {found[1]}: it cannot "
                    "use it",
                )
            elif account is not None and found[2] != account and found[2] not in allowed:
                yield fail(
                    path,
                    f"{subject.title} runs in the account {account} and names a key of {found[2]}, "
                    "which must let it in and may lock it out",
                )


def _home(subject: Subject, project: Project) -> tuple[str | None, str | None]:
    """(region, account) of a step or resource, each ``None`` where the text does not say it."""
    step = subject.domain
    if isinstance(step, Document):
        return region_of(step, project), None
    assert isinstance(step, Step)
    resource = step.pipeline.resource
    region = region_of(resource, project) if resource else None
    if region is None:
        # AWS's own registries answer only in their region, so their images tell where a step runs.
        regions = {
            image.region
            for path, value in walk(step.arguments)
            for image in (parse(_noted(path, value)),)
            if image is not None and image.of_aws
        }
        region = regions.pop() if len(regions) == 1 else None
    return region, step.pipeline.account


def _noted(path: Path, value: Any) -> Any:
    """A value; one that is not known and may be an image is noted."""
    return note_unknown(value) if path and str(path[-1]).endswith(("Image", "ImageUri")) else value


def side_outputs(subject: Subject, context: Context) -> Iterable[Outcome]:
    """ENC031: checkpoints and the like, whose configuration takes no key, in a bucket without."""
    step = subject.domain
    assert isinstance(step, Step)
    tuning = step.type == "Tuning"
    job = dig(step.arguments, "TrainingJobDefinition") if tuning else step.arguments
    base: Path = ("Arguments", "TrainingJobDefinition") if tuning else ("Arguments",)
    covered = _covered(lookup(job, "OutputDataConfig"))
    for path, what in _SIDE_OUTPUTS:
        value = dig(job, *path)
        for option in value.values if isinstance(value, Choice) else (value,):
            if option is MISSING or option is None:
                continue
            yield from _judge(subject, (*base, *path), what, option, covered, context.project)


def _covered(output: Any) -> Any:
    """The bucket that the job's own output encrypts with a key: a name, a reference, ``None``."""
    return _bucket(lookup(output, "S3OutputPath")) if is_set(lookup(output, "KmsKeyId")) else None


def _bucket(location: Any) -> str | tuple[str, ...] | None:
    """What names the bucket of a location: its name, or the references that stand for it."""
    text = location if isinstance(location, str) else getattr(location, "prefix", "")
    name, slash, _ = text.removeprefix("s3://").partition("/")
    if not text.startswith("s3://"):
        return None
    if name and (slash or isinstance(location, str)):
        return name
    if isinstance(location, Template) and not name:
        first = next(part for part in location.parts if isinstance(part, Unknown))
        return first.references or None
    return None


def _judge(
    subject: Subject, at: Path, what: str, location: Any, covered: Any, project: Project
) -> Iterator[Outcome]:
    bucket = _bucket(location)
    if bucket is not None and bucket == covered:
        return
    found = _resources(subject, bucket, project)
    if not found:
        yield unknown(
            location
            if isinstance(location, Unknown | Template)
            else f"the bucket of {display(location)} is not in the scan",
            at,
        )
        return
    for document in found:
        encrypted = _with_kms(document, project)
        if encrypted is None:
            yield unknown(f"the default encryption of {document.address} is not known", at)
        elif not encrypted:
            yield fail(
                at,
                f"{subject.title} writes {what} to {document.address}, which is not encrypted with "
                "a key of yours, and their configuration takes none",
            )


def _resources(subject: Subject, bucket: Any, project: Project) -> list[Document]:
    if isinstance(bucket, str):
        return [d for d in project.of_type(BUCKET) if lookup(d.value, "bucket") == bucket]
    if bucket is None:
        return []
    module = subject.domain.pipeline.document.module
    return [d for d in project.find_all(bucket, module) if d.type == BUCKET]


def _with_kms(bucket: Document, project: Project) -> bool | None:
    """Whether KMS is a bucket's default encryption; ``None`` when that is not known."""
    if is_set(lookup(bucket.value, "server_side_encryption_configuration")) is not False:
        return None
    verdicts: list[bool | None] = []
    for item in companions(project, bucket, _ENCRYPTION):
        for match in select(item.value, _ALGORITHM):
            plain, double = equals(match.value, "aws:kms"), equals(match.value, "aws:kms:dsse")
            verdicts.append(True if plain or double else None if None in (plain, double) else False)
    if not verdicts and any(_unplaced(item, project) for item in project.of_type(_ENCRYPTION)):
        return None  # it may be this bucket's
    if True in verdicts:
        return True
    return None if None in verdicts else False


def _unplaced(item: Document, project: Project) -> bool:
    """Whether the bucket that a resource configures is not known."""
    bucket = lookup(item.value, "bucket")
    return not isinstance(bucket, str) and not project.find_all(references_of(bucket), item.module)
