"""CACHE006, CACHE007: what the key of the step cache is made of.

The members are those that the developer guide lists for each step type:
https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-default-keys.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from weakref import WeakKeyDictionary

from linter.core.documents import Path
from linter.core.values import dig, lookup
from linter.domain.expressions import Reference, find_references
from linter.domain.graph import graph_of
from linter.domain.pipeline import Pipeline, Step
from linter.policy.helpers import display, fail, known_values, select
from linter.policy.model import Confidence, Context, Outcome, Subject
from linter.policy.predicates import equals

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


_NEW_IN_EVERY_RUN = {
    "Training": ("ModelArtifacts", "TrainingJobName", "TrainingJobArn"),
    "Tuning": (
        "BestTrainingJob",
        "OverallBestTrainingJob",
        "TrainingJobSummaries",
        "HyperParameterTuningJobName",
        "HyperParameterTuningJobArn",
    ),
    "AutoML": ("BestCandidate", "BestCandidateProperties", "AutoMLJobName", "AutoMLJobArn"),
    "Processing": ("ProcessingJobName", "ProcessingJobArn"),
    "Transform": ("TransformJobName", "TransformJobArn"),
    "Model": ("ModelName", "ModelArn"),
    "RegisterModel": ("ModelPackageArn",),
}
"""Outputs of a step that runs which no earlier run had: they hold the name of the job, which the
service makes from the execution's id."""


_reruns: WeakKeyDictionary[Pipeline, set[str]] = WeakKeyDictionary()


def changes_every_time(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """CACHE006: what no later execution can match in the key."""
    step = subject.domain
    assert isinstance(step, Step)
    for path, reference, source in _changing(step, _run_anew(step.pipeline)):
        what = f"{subject.title} can never be reused from the cache: {path[1]} holds "
        if source is None:
            yield fail(
                (*path, "Get"),
                f"{what}{reference.text}, which differs in every execution",
                detail=reference.text,
            )
        else:
            yield fail(
                (*path, "Get"),
                f"{what}{reference.text}, which is new in every execution, in which step "
                f"{source.name} runs",
                confidence=Confidence.MEDIUM,
                detail=reference.text,
            )


def _changing(step: Step, anew: set[str]) -> Iterator[tuple[Path, Reference, Step | None]]:
    """What differs in every execution in a step's key, and the step that makes it so."""
    arguments = step.raw.get("Arguments")
    for member in KEY_MEMBERS.get(str(step.type), ()):
        for path, reference in find_references(lookup(arguments, member)):
            place = ("Arguments", member, *path)
            if reference.root == "Execution" and reference.name in _CHANGING:
                yield place, reference, None
            elif reference.root == "Steps" and reference.name in anew:
                source = step.pipeline.steps_by_name[reference.name]
                first = reference.rest.lstrip(".").partition(".")[0].partition("[")[0]
                if first in _NEW_IN_EVERY_RUN.get(str(source.type), ()):
                    yield place, reference, source


def _run_anew(pipeline: Pipeline) -> set[str]:
    """Names of the steps that are never answered from the cache."""
    found = _reruns.get(pipeline)
    if found is None:
        found = _reruns[pipeline] = set()
        for step in graph_of(pipeline).order:
            if step.type in KEY_MEMBERS:
                cached = equals(dig(step.value, "CacheConfig", "Enabled"), True)
                if cached is None or (cached and next(_changing(step, found), None) is None):
                    continue
            found.add(step.name)
    return found


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
