"""SUP017, SUP018: models and data that are read from an address whose content is replaced."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from linter.core.documents import Path
from linter.core.regex import lazy_regex
from linter.core.truth import Truth
from linter.core.values import Choice, Template, Unknown, lookup
from linter.policy.helpers import display, fail, select, unknown
from linter.policy.model import Context, Outcome, Severity, Subject

_MOVING = lazy_regex(
    r"(?:.*[-_.])?(?:latest|newest|most[-_]?recent)(?:[-_.].*)?|current(?:\.[a-z0-9.]+)?",
    # Whole segments: current/ and latest-model.tar.gz, but not current_customers/.
)
_CONTAINERS = {
    # subject kind or step type → the lists of containers and single ones of a model
    "RegisterModel": ("$.Arguments.InferenceSpecification.Containers[*]",),
    "Model": (
        "$.Arguments.PrimaryContainer",
        "$.Arguments.Containers[*]",
        "$.Arguments.InferenceSpecification.Containers[*]",
    ),
    "aws_sagemaker_model": ("$.primary_container[*]", "$.container[*]"),
    "AWS::SageMaker::Model": ("$.PrimaryContainer", "$.Containers[*]"),
    "AWS::SageMaker::ModelPackage": (
        "$.InferenceSpecification.Containers[*]",
        "$.AdditionalInferenceSpecifications[*].Containers[*]",
        "$.SourceAlgorithmSpecification.SourceAlgorithms[*]",
    ),
}
_ARTIFACTS = {
    False: ("ModelDataUrl", "ModelDataSource.S3DataSource.S3Uri"),
    True: ("model_data_url", "model_data_source[*].s3_data_source[*].s3_uri"),
}
"""Where a container says what it serves; ``True`` for Terraform."""
_DATA = (
    "$.Arguments.ProcessingInputs[*]",
    "$.Arguments.InputDataConfig[*].DataSource.S3DataSource.S3Uri",
    "$.Arguments.TrainingJobDefinition.InputDataConfig[*].DataSource.S3DataSource.S3Uri",
    "$.Arguments.TrainingJobDefinitions[*].InputDataConfig[*].DataSource.S3DataSource.S3Uri",
    "$.Arguments.AutoMLJobInputDataConfig[*].DataSource.S3DataSource.S3Uri",
)
_UNBOUND = ("var.", "local.", "each.", "data.", "Parameters.")
"""References to what somebody gives, rather than to what a step or a resource is called."""


def artifact(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """SUP017: a model made from a file that the next training replaces."""
    registered = subject.type in ("RegisterModel", "AWS::SageMaker::ModelPackage") or (
        subject.type == "Model"
        and any(
            match.value is not None and match.value
            for match in select(subject.value, "$.Arguments.ModelPackageGroupName")
        )
    )
    what = (
        "what was approved is not what is deployed later"
        if registered
        else "instances that start later serve another model"
    )
    for path, value in _artifacts(subject):
        yield from _judge(
            subject,
            path,
            value,
            f"takes its model from {{}}, which the next training replaces: {what}",
            None if registered else Severity.LOW,
        )


def _artifacts(subject: Subject) -> Iterator[tuple[Path, Any]]:
    for container in _CONTAINERS.get(subject.type, ()):
        for name in _ARTIFACTS[subject.type.startswith("aws_")]:
            for match in select(subject.value, f"{container}.{name}"):
                yield match.path, match.value


def data(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """SUP018: the data of a job, code aside (SUP012)."""
    for match in select(subject.value, _DATA[0]):
        item = match.value
        name = lookup(item, "InputName")
        if name == "code":
            continue
        for inner in select(item, "$.S3Input.S3Uri"):
            for outcome in _of_data(subject, (*match.path, *inner.path), inner.value):
                may_be_code = isinstance(name, Unknown | Template) and not outcome.because
                yield unknown(name, outcome.at) if may_be_code else outcome
    for path in _DATA[1:]:
        for match in select(subject.value, path):
            yield from _of_data(subject, match.path, match.value)


def _of_data(subject: Subject, at: Path, value: Any) -> Iterator[Outcome]:
    return _judge(
        subject,
        at,
        value,
        "reads {}, whose content is replaced: what it was made from cannot be told or read again",
        None,
    )


def _judge(
    subject: Subject, at: Path, value: Any, message: str, severity: Severity | None
) -> Iterator[Outcome]:
    options = tuple(_options(value))
    found = [(option, _moves(option)) for option in options]
    sure = not isinstance(value, Unknown)
    moving = next((option for option, truth in found if truth), None)
    if moving is not None and (sure or all(truth for _, truth in found)):
        text = f"{subject.title} {message.format(display(moving))}"
        yield fail(at, text, severity=severity)
    elif moving is not None or any(truth is None for _, truth in found):
        yield unknown(value, at)


def _options(value: Any) -> Iterator[Any]:
    """What a value may be, texts that are known in part included."""
    several: tuple[Any, ...] = ()
    if isinstance(value, Choice):
        several = value.values
    elif isinstance(value, Unknown):
        several = value.alternatives
    if not several:
        yield value
    for option in several:
        yield from _options(option)


def _moves(value: Any) -> Truth:
    """Whether an address is one whose content is replaced, by the names of its folders."""
    if isinstance(value, Unknown):
        return None if _unbound(value) else False
    if isinstance(value, str):
        text = value
    elif isinstance(value, Template):
        text = "".join(part if isinstance(part, str) else "\0" for part in value.parts)
    else:
        return False
    key = text.removeprefix("s3://").partition("/")[2]
    if any(_MOVING.fullmatch(segment.lower()) for segment in key.split("/")):
        return True
    if isinstance(value, str):
        return False
    loose = [part for part in value.unknowns if _unbound(part)]
    # What is not known of the bucket's name is no folder.
    in_bucket = text.startswith("s3://") and "\0" not in key
    return None if loose and not in_bucket else False


def _unbound(value: Unknown) -> bool:
    references = value.references
    return not references or any(name.startswith(_UNBOUND) for name in references)
