"""SUP002 to SUP005, SUP013: whose registry an image is in, where, and how it is named."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from linter.core.documents import Document, Path
from linter.core.values import MISSING, Choice, Template, Unknown, dig, note_unknown
from linter.domain.images import EcrImage, parse
from linter.domain.pipeline import BRANCH_KEYS, Pipeline, Step
from linter.policy.helpers import (
    display,
    equals,
    fail,
    kleene_or,
    like,
    select,
    starts_with,
    unknown,
)
from linter.policy.model import Confidence, Context, Outcome, Severity, Subject
from linter.project.placement import placement_of, region_of

_KEYS = frozenset(("ImageUri", "TrainingImage", "Image", "image"))

_PUBLIC = frozenset(
    ("docker.io", "index.docker.io", "public.ecr.aws", "ghcr.io", "quay.io", "gcr.io", "nvcr.io")
)
"""Hosts that anybody may push to or pull from."""
_ACCESS_MODES = (
    "$.TrainingImageConfig.TrainingRepositoryAccessMode",
    "$.ImageConfig.RepositoryAccessMode",
    "$.image_config[*].repository_access_mode",
)

_YOURS = ("aws_ecr_repository.", "data.aws_caller_identity.", "AWS::AccountId")
"""References that begin the address of a registry in the account of whoever deploys."""
_ENDED = {
    "pytorch-training": (2, 7),
    "pytorch-inference": (2, 5),
    "tensorflow-training": (2, 19),
    "tensorflow-inference": (2, 19),
    "mxnet-training": (99, 0),
    "mxnet-inference": (99, 0),
    "sagemaker-xgboost": (0, 90),
}
"""Repository → the newest version that no longer gets patches.

Source: the support policy of AWS Deep Learning Containers as of May 2026 and, for XGBoost, the
list of deprecated versions in the SageMaker developer guide. A table that is old misses versions
that ended since; it never reports one that still is supported, so its age does not matter.
"""
_ENDED_FAMILIES = (
    "sagemaker-pytorch",
    "sagemaker-tensorflow",
    "sagemaker-mxnet",
    "sagemaker-chainer",
)
"""Repositories of the years before Deep Learning Containers, whole."""


def images(subject: Subject) -> Iterator[tuple[Path, Any]]:
    """Images a subject names, each value of a choice on its own: (path, value)."""
    if subject.type in BRANCH_KEYS:
        return  # the steps inside are subjects of their own
    for path, value in subject.nodes:
        if path and path[-1] in _KEYS and not isinstance(value, dict | list):
            for option in value.values if isinstance(value, Choice) else (value,):
                yield path, option


def _undecided(value: Any) -> bool:
    """Whether an image may be in anybody's registry. Your own account and repository are yours."""
    first = value.parts[0] if isinstance(value, Template) else value
    if isinstance(first, Unknown):
        return not first.references or not all(map(_yours, first.references))
    return isinstance(value, Template)


def _yours(reference: str) -> bool:
    return reference.startswith(_YOURS) or reference.endswith(".RepositoryUri")


def by_digest(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """SUP002: an image that is not named by its digest. AWS's own are addressed by version tags."""
    for path, value in images(subject):
        image = parse(value)
        if isinstance(value, Unknown) or (isinstance(value, Template) and not value.suffix):
            yield unknown(value, path)
        elif value == "":
            continue  # SUP001 says that none is named
        elif isinstance(value, Template) and not value.prefix and "@" not in value.suffix:
            yield unknown(value, path)  # the registry may be AWS's, or a digest begin before
        elif isinstance(value, str | Template) and not (image is not None and image.of_aws):
            known = value if isinstance(value, str) else value.suffix
            if "@" not in known:
                yield fail(path, f"{subject.title} runs {display(value)}, whose tag may be moved")


def foreign(subject: Subject, context: Context) -> Iterable[Outcome]:
    """SUP003: an image in a registry of an account that is neither AWS's nor yours."""
    allowed = {str(item) for item in context.parameters["accounts"]}
    step = subject.domain
    own = step.pipeline.account if isinstance(step, Step) else None
    for path, value in images(subject):
        image = parse(value)
        if image is None:
            if _undecided(value):
                yield unknown(value, path)
        elif image.of_aws or image.account in allowed or image.account == own:
            continue
        elif own is None and not allowed:
            yield unknown(
                f"the account that runs it is not known, nor is {image.account} in accounts", path
            )
        else:
            yield fail(
                path,
                f"{subject.title} runs an image of the account {image.account}, which is neither "
                "AWS's nor listed as yours",
                severity=None if allowed else Severity.MEDIUM,
                confidence=None if allowed else Confidence.MEDIUM,
            )


def public(subject: Subject, context: Context) -> Iterable[Outcome]:
    """SUP004: an image that is in no registry of ECR, nor in a private one."""
    private = [str(item) for item in context.parameters["registries"]]
    for path, value in images(subject):
        if value is None or value == "":
            continue
        if not isinstance(value, str | Template | Unknown | Choice):
            continue  # no name of an image: SYN004 says so
        if isinstance(value, str) and (".dkr.ecr." in value or ".dkr-ecr." in value):
            continue
        fine = kleene_or(
            like(value, "*.dkr.ecr.*"),
            like(value, "*.dkr-ecr.*"),
            *(starts_with(value, prefix) for prefix in private),
        )
        if fine is None:
            yield unknown(value, path)
        elif not fine and not _through_vpc(subject, path, value):
            yield fail(path)


def _through_vpc(subject: Subject, path: Path, image: Any) -> bool:
    """Whether an image's repository is read through the VPC, where only private ones are."""
    host = (image if isinstance(image, str) else image.prefix).partition("/")[0]
    if host in _PUBLIC:
        return False
    container = dig(subject.value, *path[:-1])
    return any(
        equals(match.value, "Vpc") is not False and match.value is not MISSING
        for text in _ACCESS_MODES
        for match in select(container, text)
    )


def other_region(subject: Subject, context: Context) -> Iterable[Outcome]:
    """SUP005: an image in another region than what runs it."""
    pipeline = subject.domain
    if isinstance(pipeline, Pipeline):
        yield from _of_pipeline(subject, pipeline, context)
        return
    assert isinstance(pipeline, Document)
    place = placement_of(pipeline, context.project)
    regions = (place.region,) if place.region else place.regions
    for path, value in images(subject):
        image = parse(value)
        if image is None:
            note_unknown(value)
        elif regions and image.region not in regions:
            yield _elsewhere(subject.title, path, image, " or ".join(regions))
        elif len(regions) > 1:
            yield unknown(f"it runs in one of {', '.join(regions)}", path)
        elif not regions and place.because:
            yield unknown(place.because, path)


def _of_pipeline(subject: Subject, pipeline: Pipeline, context: Context) -> Iterator[Outcome]:
    options = [
        (path, option)
        for path, value in subject.nodes
        if path and path[-1] in _KEYS
        for option in (value.values if isinstance(value, Choice) else (value,))
    ]
    parsed = [(path, option, parse(option)) for path, option in options]
    for _, option, image in parsed:
        if image is None:
            note_unknown(option)
    found = [(path, image) for path, _, image in parsed if image is not None]
    region = region_of(pipeline, context.project)
    sure = region is not None
    if region is None:
        # A definition does not say where it runs: what most of its images say is the best guess.
        ranked = Counter(image.region for _, image in found).most_common(2)
        if len(ranked) < 2:
            return
        region = ranked[0][0]
    for path, image in found:
        if image.region != region:
            yield _elsewhere(subject.title, path, image, region, sure=sure)


def _elsewhere(
    title: str, path: Path, image: EcrImage, region: str, *, sure: bool = True
) -> Outcome:
    home = f"runs in {region}" if sure else f"takes most of its images from {region}"
    return fail(
        path,
        f"{title} {home} and this one from {image.region}: jobs pay for the transfer, or do not "
        "start",
    )


def ended(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """SUP013: a framework image of AWS that gets no patches any more."""
    for path, value in images(subject):
        image = parse(value)
        if image is None or (image.of_aws and isinstance(value, Template)):
            if _undecided(value):
                yield unknown(value, path)
        elif image.of_aws and _has_ended(image):
            yield fail(
                path,
                f"{subject.title} runs {image.repository}:{image.tag}, a version that gets no "
                "security patches any more",
            )


def _has_ended(image: EcrImage) -> bool:
    name = image.repository.rpartition("/")[2].removesuffix("-graviton").removesuffix("-arm64")
    if name.endswith("-eia") or name.startswith(_ENDED_FAMILIES):
        return bool(image.tag)
    if name == "xgboost":
        return image.tag in ("1", "latest")  # both mean 0.72
    last = _ENDED.get(name)
    version = re.match(r"(\d{1,3})\.(\d{1,3})", image.tag)
    return last is not None and version is not None and _number(version) <= last


def _number(version: re.Match[str]) -> tuple[int, int]:
    return int(version[1]), int(version[2])
