"""SUP011, SUP014: where models and the data of jobs come from, and which version of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlsplit

from linter.core.documents import Path
from linter.core.regex import lazy_regex
from linter.core.values import MISSING, Choice, Template, Unknown, lookup
from linter.domain.pipeline import BRANCH_KEYS
from linter.policy.helpers import display, equals, fail, unknown
from linter.policy.model import Context, Outcome, Subject

_INPUTS = frozenset(
    ("S3Uri", "ManifestS3Uri", "ModelDataUrl", "s3_uri", "model_data_url", "manifest_s3_uri")
)
_NO_INPUTS = frozenset(
    ("S3Output", "OutputDataConfig", "ProcessingOutputConfig", "CheckpointConfig")
)
"""Around these the same keys say where something is written."""
_AWS_BUCKETS = ("jumpstart-cache-prod-*", "jumpstart-private-cache-prod-*")
"""Buckets of SageMaker JumpStart, one per region."""
_S3_HOST = re.compile(
    r"(?:(?P<bucket>[a-z0-9.-]{3,63})\.)?s3(?:[.-][a-z0-9-]+){0,2}\.amazonaws\.com(?:\.cn)?"
)
_PINNED_HUB_CONTENT = lazy_regex(r"arn:[^:]*:sagemaker:[^:]*:[^:]*:hub-content/(?:[^/]+/){3}[^/*]+")


def foreign(subject: Subject, context: Context) -> Iterable[Outcome]:
    """SUP011: inputs from a web server, or from a bucket that is not on the list."""
    if subject.type in BRANCH_KEYS:
        return  # the steps inside are subjects of their own
    allowed = [str(item) for item in context.parameters["buckets"]]
    for path, value in subject.nodes:
        if not path or path[-1] not in _INPUTS or _NO_INPUTS.intersection(path):
            continue
        for option in value.values if isinstance(value, Choice) else (value,):
            yield from _origin(subject, path, option, allowed)


def _origin(subject: Subject, at: Path, value: Any, allowed: list[str]) -> Iterator[Outcome]:
    if isinstance(value, Unknown):
        # What another step or resource of the project produces is named by reference.
        if not _own(value.references):
            yield unknown(value, at)
        return
    if not isinstance(value, str | Template):
        return
    bucket, foreign_host = _place(value)
    if foreign_host:
        yield fail(
            at,
            f"{subject.title} reads {display(value)} from a web server: what is there today may "
            "be something else tomorrow",
        )
    elif allowed and bucket is not None and not _listed(bucket, allowed):
        yield fail(
            at, f"{subject.title} reads from the bucket {bucket}, which is not on the list of yours"
        )
    elif (
        isinstance(value, Template)
        and bucket is None
        and not _own(value.references)
        and (allowed or not value.prefix.startswith("s3://"))
    ):
        yield unknown(value, at)


def _own(references: tuple[str, ...]) -> bool:
    """Whether a value comes from steps or resources, rather than from who starts the run."""
    return bool(references) and not any(
        reference.startswith(("var.", "Parameters.")) for reference in references
    )


def _place(value: str | Template) -> tuple[str | None, bool]:
    """(the bucket as far as it is known, whether the text names a web server that is not S3)."""
    text = value if isinstance(value, str) else value.prefix
    scheme, separator, rest = text.partition("://")
    whole = isinstance(value, str) or "/" in rest
    if not separator or not whole:
        return None, False
    scheme = scheme.lower()
    if scheme == "s3":
        return rest.partition("/")[0], False
    if scheme not in ("http", "https"):
        return None, False
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        return None, True
    found = _S3_HOST.fullmatch(host)
    if scheme == "https" and found:
        return found["bucket"] or parts.path.lstrip("/").partition("/")[0] or None, False
    return None, True


def _listed(bucket: str, allowed: list[str]) -> bool:
    return any(fnmatchcase(bucket, pattern) for pattern in (*allowed, *_AWS_BUCKETS))


def unpinned(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """SUP014: hub content without a version, and licences accepted by the definition."""
    if subject.type in BRANCH_KEYS:
        return
    for path, value in subject.nodes:
        key = path[-1] if path else ""
        if key in ("AcceptEula", "accept_eula") and equals(value, True):
            yield fail(
                path,
                f"{subject.title} accepts the licence of a model for whoever runs it: nobody is "
                "asked to read it",
                key=True,
            )
        elif key in ("HubContentArn", "BaseModelArn", "hub_content_arn"):
            yield from _hub_arn(subject, path, value)
        elif isinstance(value, dict) and lookup(value, "HubContentName") is not MISSING:
            version = lookup(value, "HubContentVersion")
            at = (*path, "HubContentVersion")
            if version is MISSING or version is None or equals(version, "*"):
                yield fail(at, f"{subject.title} takes whatever version of a hub's model is newest")
            elif isinstance(version, Unknown | Template):
                yield unknown(version, at)


def _hub_arn(subject: Subject, at: Path, value: Any) -> Iterator[Outcome]:
    for option in value.values if isinstance(value, Choice) else (value,):
        if isinstance(option, Unknown):
            yield unknown(option, at)
        elif isinstance(option, Template):
            # A name may stand where the version would: only digits at the end say it is one.
            if not option.suffix.rpartition("/")[2][:1].isdigit():
                yield unknown(option, at)
        elif (
            isinstance(option, str)
            and ":hub-content/" in option
            and not _PINNED_HUB_CONTENT.fullmatch(option)
        ):
            yield fail(at, f"{subject.title} takes whatever version of {display(option)} is newest")
