"""CACHE006, CACHE007: what the key of the step cache is made of.

The members are those that the developer guide lists for each step type:
https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-default-keys.html
"""

from __future__ import annotations

from collections.abc import Iterable

from linter.core.values import lookup
from linter.domain.expressions import find_references
from linter.domain.pipeline import Step
from linter.policy.helpers import display, fail, known_values, select
from linter.policy.model import Context, Outcome, Subject

KEY_MEMBERS = {
    "Processing": ("AppSpecification", "Environment", "ProcessingInputs"),
    "Training": (
        "AlgorithmSpecification",
        "CheckpointConfig",
        "DebugHookConfig",
        "DebugRuleConfigurations",
        "Environment",
        "HyperParameters",
        "InputDataConfig",
    ),
    "Tuning": ("HyperParameterTuningJobConfig", "TrainingJobDefinition", "TrainingJobDefinitions"),
    "AutoML": ("AutoMLJobConfig", "AutoMLProblemTypeConfig", "InputDataConfig", "ProblemType"),
    "Transform": ("DataProcessing", "Environment", "ModelName", "TransformInput"),
    "EMR": ("ClusterId", "StepConfig"),
}
_CHANGING = frozenset(
    {"PipelineExecutionId", "PipelineExecutionArn", "StartDateTime", "CurrentDateTime"}
)
_IMAGES = (
    "$.AppSpecification.ImageUri",
    "$.AlgorithmSpecification.TrainingImage",
    "$.TrainingJobDefinition.AlgorithmSpecification.TrainingImage",
    "$.TrainingJobDefinitions[*].AlgorithmSpecification.TrainingImage",
)


def changes_every_time(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """CACHE006: an execution variable in the key, which no later execution can match."""
    step = subject.domain
    assert isinstance(step, Step)
    arguments = step.raw.get("Arguments")
    for member in KEY_MEMBERS.get(str(step.type), ()):
        value = lookup(arguments, member)
        for path, reference in find_references(value):
            if reference.root == "Execution" and reference.name in _CHANGING:
                yield fail(
                    ("Arguments", member, *path, "Get"),
                    f"{subject.title} can never be reused from the cache: {member} holds "
                    f"{reference.text}, which differs in every execution",
                    detail=reference.text,
                )


def moving_image(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """CACHE007: an image without a tag, or tagged latest, in the key."""
    step = subject.domain
    assert isinstance(step, Step)
    for match in (match for path in _IMAGES for match in select(step.arguments, path)):
        for image in known_values(match.value):
            if not isinstance(image, str) or "@" in image:
                continue
            _, colon, tag = image.rpartition("/")[2].rpartition(":")
            if not colon or tag == "latest":
                yield fail(
                    ("Arguments", *match.path),
                    f"{subject.title} is reused from the cache although {display(image)} may be "
                    "another image by now",
                )
