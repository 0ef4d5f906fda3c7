"""SEC001 to SEC006: credentials written where everybody who may describe a job reads them."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from typing import Any

from linter.core.documents import Path
from linter.core.regex import lazy_regex
from linter.core.values import dig, lookup
from linter.domain.pipeline import Pipeline, Step
from linter.policy.helpers import fail, select
from linter.policy.model import Context, Outcome, Subject
from rules.sec.detect import looks_random, text_of, what
from rules.sec.signing import is_signing_key

_MONITORS = ("data_quality", "model_quality", "model_bias", "model_explainability")
_ENVIRONMENTS = {
    "terraform": (
        "$.primary_container[*].environment",
        "$.container[*].environment",
        "$.monitoring_schedule_config[*].monitoring_job_definition[*].environment",
        *(f"$.{name}_app_specification[*].environment" for name in _MONITORS),
    ),
    "cloudformation": (
        "$.Environment",
        "$.PrimaryContainer.Environment",
        "$.Containers[*].Environment",
        "$.InferenceSpecification.Containers[*].Environment",
        "$.MonitoringScheduleConfig.MonitoringJobDefinition.Environment",
        "$.DataQualityAppSpecification.Environment",
        "$.ModelQualityAppSpecification.Environment",
        "$.ModelBiasAppSpecification.Environment",
        "$.ModelExplainabilityAppSpecification.Environment",
    ),
}
_OF_JOB = ("$.Arguments.Environment",)
_STEP_ENVIRONMENTS = {
    "Model": (
        "$.Arguments.PrimaryContainer.Environment",
        "$.Arguments.Containers[*].Environment",
    ),
    "RegisterModel": ("$.Arguments.InferenceSpecification.Containers[*].Environment",),
    "Tuning": (
        "$.Arguments.TrainingJobDefinition.Environment",
        "$.Arguments.TrainingJobDefinitions[*].Environment",
    ),
}
_COMMAND_LINES: tuple[Path, ...] = (
    ("AppSpecification", "ContainerArguments"),
    ("AppSpecification", "ContainerEntrypoint"),
    ("AlgorithmSpecification", "ContainerArguments"),
    ("AlgorithmSpecification", "ContainerEntrypoint"),
    ("TrainingJobDefinition", "AlgorithmSpecification", "ContainerArguments"),
    ("TrainingJobDefinition", "AlgorithmSpecification", "ContainerEntrypoint"),
    ("StepConfig", "HadoopJarStep", "Args"),
)
_PRESIGNED = lazy_regex(r"[?&](?:X-Amz-Signature|X-Goog-Signature|sig)=[A-Za-z0-9%/+=-]{16}")
_FLAG = lazy_regex(r"--?(?:password|passwd|token|secret|api-?key)(?:=(.{6,}))?", re.IGNORECASE)


def _found(subject: Subject, at: Path, kind: str, where: str, name: str = "") -> Outcome:
    label = f" {name}" if name else ""
    return fail(
        at,
        f"{subject.title} holds {kind} in {where}{label}: everybody who may describe it reads it",
        sensitive=True,
    )


def environment(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """SEC001: environment variables of steps and of models' containers."""
    of_step = _STEP_ENVIRONMENTS.get(subject.type, _OF_JOB)
    for path in _ENVIRONMENTS.get(subject.kind, of_step):
        for match in select(subject.value, path):
            yield from _mapping(subject, match.path, match.value, "the environment variable")


def hyperparameters(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """SEC002: hyperparameters, of which the SDK quotes the values once more."""
    for path in (
        "$.Arguments.HyperParameters",
        "$.Arguments.TrainingJobDefinition.StaticHyperParameters",
        "$.Arguments.TrainingJobDefinitions[*].StaticHyperParameters",
    ):
        for match in select(subject.value, path):
            yield from _mapping(subject, match.path, match.value, "the hyperparameter")


def _mapping(subject: Subject, at: Path, values: Any, where: str) -> Iterator[Outcome]:
    if not isinstance(values, dict):
        return
    for name, value in values.items():
        signs = is_signing_key(subject.domain, str(name), value)
        kind = None if signs else what(value, str(name))
        if kind is not None:
            yield _found(subject, (*at, name), kind, where, str(name)[:80])


def container_arguments(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """SEC003: command lines and inputs that are written into the definition."""
    step = subject.domain
    base: Path = ("Arguments",) if isinstance(step, Step) else ()
    job = step.arguments if isinstance(step, Step) else subject.value
    for path in _COMMAND_LINES:
        words = dig(job, *path)
        flagged = False
        for index, word in enumerate(words if isinstance(words, list) else ()):
            at = (*base, *path, index)
            flag = _FLAG.fullmatch(word) if isinstance(word, str) else None
            given = word if flagged and isinstance(word, str) else None
            written = flag[1] if flag is not None else given
            kind = what(word) or ("a secret" if written and looks_random(written) else None)
            flagged = flag is not None and not flag[1]
            if kind is not None:
                yield _found(subject, at, kind, "its command line")
    if isinstance(step, Step) and step.type in ("Lambda", "Callback"):
        yield from _mapping(subject, ("Arguments",), step.arguments, "the input")


def parameter_defaults(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """SEC004: a pipeline parameter whose default is a secret."""
    pipeline = subject.domain
    assert isinstance(pipeline, Pipeline)
    for name, parameter in pipeline.parameters.items():
        default = lookup(pipeline.definition, "Parameters")
        value = dig(pipeline.definition, *parameter.path, "DefaultValue")
        if not isinstance(default, list):
            return
        kind = what(value, name)
        if kind is not None:
            at = (*parameter.path, "DefaultValue")
            yield _found(subject, at, kind, "the default of the parameter", name[:80])


def presigned(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """SEC005: an address that carries its own signature."""
    for path, value in subject.raw_nodes:
        text = text_of(value)
        if "=" in text and _PRESIGNED.search(text):
            yield fail(
                path,
                f"{subject.title} holds a presigned address: whoever reads the definition may use "
                "it until it expires, and the pipeline fails after that",
                sensitive=True,
            )


def contents(subject: Subject) -> Iterator[tuple[Path, Any]]:
    """Lifecycle scripts of a subject as written, base64 encoded or not: (path, value)."""
    names = ("on_create", "on_start") if subject.kind == "terraform" else ("OnCreate", "OnStart")
    for name in (*names, "studio_lifecycle_config_content", "StudioLifecycleConfigContent"):
        value = lookup(subject.value, name)
        if isinstance(value, list):
            for index, item in enumerate(value):
                yield (name, index, "Content"), lookup(item, "Content")
        else:
            yield (name,), value


def scripts(subject: Subject) -> Iterator[tuple[Path, str]]:
    """Decoded lifecycle scripts of a subject, as far as they are known: (path, text)."""
    for at, value in contents(subject):
        if not isinstance(value, str) or len(value) > 1_000_000:
            continue
        try:
            yield at, base64.b64decode(value, validate=True).decode("utf-8")
        except (binascii.Error, ValueError):
            yield at, value


def lifecycle_scripts(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """SEC006: a secret in a notebook's or Studio's lifecycle script."""
    for at, text in scripts(subject):
        kind = what(text)
        if kind is not None:
            yield _found(subject, at, kind, "its script")
