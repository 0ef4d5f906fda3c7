"""ENC025, ENC031: keys that live elsewhere, and side outputs that no key covers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from linter.core.documents import Document, Path
from linter.core.reads import settle
from linter.core.regex import lazy_regex
from linter.core.values import MISSING, Choice, Template, Unknown, dig, lookup, note_unknown
from linter.domain.images import parse
from linter.domain.pipeline import BRANCH_KEYS, Step
from linter.policy.helpers import display, fail, is_set, unknown, walk
from linter.policy.model import Context, Outcome, Subject
from linter.project.buckets import bucket_name
from linter.project.encryption import buckets_at, customer_key
from linter.project.model import Project
from linter.project.placement import deduced, placement_of, regions_of

_KEY_ARN = lazy_regex(r"arn:aws[a-z-]*:kms:([a-z0-9-]+):(\d{12}):(?:key|alias)/(.+)")
_SIDE_OUTPUTS: tuple[tuple[Path, str], ...] = (
    (("CheckpointConfig", "S3Uri"), "checkpoints"),
    (("DebugHookConfig", "S3OutputPath"), "debugger tensors"),
    (("TensorBoardOutputConfig", "S3OutputPath"), "TensorBoard logs"),
    (("ProfilerConfig", "S3OutputPath"), "profiles"),
)


def elsewhere(subject: Subject, context: Context) -> Iterable[Outcome]:
    """ENC025: a key of another region or account than what it encrypts."""
    if subject.type in BRANCH_KEYS:
        return  # the steps inside are subjects of their own
    home: tuple[tuple[str, ...], str | None] | None = None
    allowed = {str(item) for item in context.parameters["accounts"]}
    for path, value in subject.nodes:
        if not path or "kms" not in str(path[-1]).lower():
            continue
        for option in value.values if isinstance(value, Choice) else (value,):
            found = _KEY_ARN.fullmatch(option) if isinstance(option, str) else None
            if found is None:
                note_unknown(option)
                continue
            regions, account = home = home or _home(subject, context.project)
            bound = bool(regions) and not found[3].startswith("mrk-")
            if bound and found[1] not in regions:
                yield fail(
                    path,
                    f"{subject.title} runs in {' or '.join(regions)} and names a key of "
                    f"{found[1]}: it cannot use it",
                )
            elif account is not None and found[2] != account and found[2] not in allowed:
                yield fail(
                    path,
                    f"{subject.title} runs in the account {account} and names a key of {found[2]}, "
                    "which must let it in and may lock it out",
                )
            elif bound and len(regions) > 1:
                yield unknown(f"it runs in one of {', '.join(regions)}", path)


def _home(subject: Subject, project: Project) -> tuple[tuple[str, ...], str | None]:
    """Where a step or resource may run, nothing for anywhere, and its account where it is known."""
    step = subject.domain
    if isinstance(step, Document):
        return regions_of(step, project), placement_of(step, project).account or None
    assert isinstance(step, Step)
    regions = regions_of(step.pipeline, project)
    if deduced(step.pipeline, project):
        # Images say it first: where they do not, keys and the like say it of themselves.
        for path, value in walk(step.pipeline.value):
            _noted(path, value)
    if len(regions) != 1:
        # Steps whose images are of several regions cannot all run; each is judged by its own.
        own = {
            image.region
            for _, value in walk(step.arguments)
            for image in (parse(value),)
            if image is not None and image.of_aws
        }
        regions = tuple(own) if len(own) == 1 else regions
    return regions, placement_of(step.pipeline, project).account or None


def _noted(path: Path, value: Any) -> None:
    """Note a value of which it is not known which region's image it is."""
    if path and str(path[-1]).endswith(("Image", "ImageUri")) and parse(value) is None:
        note_unknown(value)


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
    """The bucket that the job's own output encrypts with a key; ``None`` when it does not."""
    if not is_set(lookup(output, "KmsKeyId")):
        return None
    location = lookup(output, "S3OutputPath")
    if not isinstance(location, str | Template):
        return None
    settle(location)  # where it is another bucket, that one decides
    return bucket_name(location)


def _judge(
    subject: Subject, at: Path, what: str, location: Any, covered: Any, project: Project
) -> Iterator[Outcome]:
    text = isinstance(location, str | Template)
    bucket = bucket_name(location) if text else None
    if bucket is not None and bucket == covered:
        settle(location)
        return
    found = buckets_at(location, subject.domain.pipeline.document, project) if text else []
    if not found:
        yield unknown(
            location
            if isinstance(location, Unknown | Template)
            else f"the bucket of {display(location)} is not in the scan",
            at,
        )
        return
    settle(location)  # wherever exactly it is in that bucket
    verdicts = [(document, customer_key(document, project)) for document in found]
    if len({encrypted for _, encrypted in verdicts}) > 1:
        yield unknown(f"which of {len(found)} buckets it writes to is not known", at)
        return
    for document, encrypted in verdicts:
        if encrypted is None:
            yield unknown(f"the default encryption of {document.address} is not known", at)
        elif not encrypted:
            yield fail(
                at,
                f"{subject.title} writes {what} to {document.address}, which is not encrypted with "
                "a key of yours, and their configuration takes none",
            )
