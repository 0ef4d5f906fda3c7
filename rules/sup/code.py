"""SUP012: code that a job takes from S3 under an address at which it may be replaced."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from linter.core.documents import Path
from linter.core.regex import lazy_regex
from linter.core.values import MISSING, Template, Unknown, dig
from linter.policy.helpers import display, fail, known_values, select, unknown
from linter.policy.model import Confidence, Context, Outcome, Subject

_VERSIONED = lazy_regex(
    r"[0-9a-fA-F]{16,}"  # a digest, or a commit
    r"|[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-"  # a UUID
    r"|(?:19|20)[0-9]{2}-?[01][0-9]-?[0-3][0-9]"  # a day, as in the names that the SDK makes
    r"|(?<![0-9A-Za-z])[vV]?[0-9]+\.[0-9]+"  # a version
)
_SUBMITTED = (
    "$.Arguments.HyperParameters.sagemaker_submit_directory",
    "$.Arguments.TrainingJobDefinition.StaticHyperParameters.sagemaker_submit_directory",
    "$.Arguments.TrainingJobDefinitions[*].StaticHyperParameters.sagemaker_submit_directory",
)


def unversioned(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """A script or archive whose address has no digest, time or version in it."""
    for path, value in _code(subject):
        for option in known_values(value) or (value,):
            text = _text(option)
            if text is None:
                yield unknown(value, path)
            elif text.startswith("s3://") and not _VERSIONED.search(text):
                if isinstance(option, Template):
                    yield unknown(option, path)
                    continue
                yield fail(
                    path,
                    f"{subject.title} takes its code from {display(option)}, where it may be "
                    "replaced: neither a digest nor a version is in the address",
                    confidence=Confidence.LOW,
                )


def _code(subject: Subject) -> Iterator[tuple[Path, Any]]:
    for match in select(subject.value, "$.Arguments.ProcessingInputs[*]"):
        item = match.value
        if not isinstance(item, dict) or item.get("InputName") != "code":
            continue
        uri = dig(item, "S3Input", "S3Uri")
        if uri is not MISSING and uri is not None:
            yield (*match.path, "S3Input", "S3Uri"), uri
    for selector in _SUBMITTED:
        for match in select(subject.value, selector):
            if match.value is not MISSING:
                yield match.path, match.value


def _text(value: Any) -> str | None:
    """What is known of an address; hyperparameters are JSON texts, quoted once more."""
    if isinstance(value, Unknown):
        return None
    if isinstance(value, Template):
        return "".join(p if isinstance(p, str) else "?" for p in value.parts).strip('"')
    return value.strip('"') if isinstance(value, str) else ""
