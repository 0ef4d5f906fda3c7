"""What a step's cache is keyed by, and what of it no later execution can match.

The members are those that the developer guide lists for each step type:
https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-default-keys.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from weakref import WeakKeyDictionary

from linter.core.documents import Path
from linter.core.record import record
from linter.core.values import Choice, Template, Unknown, dig, lookup
from linter.domain.expressions import Reference, find_references
from linter.domain.graph import graph_of
from linter.domain.pipeline import Pipeline, Step

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


@record
class Changing:
    """One thing in a key that is new in every execution.

    ``path`` leads to the ``{"Get": …}`` below the step; ``source`` is the step that makes it new,
    ``None`` for an execution variable.
    """

    path: Path
    reference: Reference
    source: Step | None


def changing(step: Step, *, all_cached: bool = False) -> Iterator[Changing]:
    """What makes the step's key new in every execution.

    Args:
        all_cached: as if every step that can be cached were: what is left, no cache cures.
    """
    return _changing(step, _run_anew(step.pipeline, all_cached))


def _changing(step: Step, anew: set[str]) -> Iterator[Changing]:
    arguments = step.raw.get("Arguments")
    for member in KEY_MEMBERS.get(str(step.type), ()):
        for path, reference in find_references(lookup(arguments, member)):
            place = ("Arguments", member, *path)
            if reference.root == "Execution" and reference.name in _CHANGING:
                yield Changing(place, reference, None)
            elif reference.root == "Steps" and reference.name in anew:
                source = step.pipeline.steps_by_name[reference.name]
                first = reference.rest.lstrip(".").partition(".")[0].partition("[")[0]
                if first in _NEW_IN_EVERY_RUN.get(str(source.type), ()):
                    yield Changing(place, reference, source)


_anew: WeakKeyDictionary[Pipeline, dict[bool, set[str]]] = WeakKeyDictionary()


def _run_anew(pipeline: Pipeline, all_cached: bool) -> set[str]:
    """Names of the steps that the cache never answers."""
    known = _anew.setdefault(pipeline, {})
    if all_cached not in known:
        found = known[all_cached] = set()
        for step in graph_of(pipeline).order:
            if step.type in KEY_MEMBERS:
                cached = all_cached or _is_on(step)
                if cached is None or (cached and next(_changing(step, found), None) is None):
                    continue
            found.add(step.name)
    return known[all_cached]


def _is_on(step: Step) -> bool | None:
    """Whether the step's cache is on; ``None`` when that is not known."""
    return _switch(dig(step.value, "CacheConfig", "Enabled"))


def _switch(value: Any) -> bool | None:
    if isinstance(value, Choice):
        options = {_switch(item) for item in value.values}
        return options.pop() if len(options) == 1 else None
    if isinstance(value, Unknown | Template):
        return None
    return value is True or (isinstance(value, str) and value.lower() == "true")
