"""NET020: steps of one pipeline that differ in how they are shut off."""

from __future__ import annotations

from collections.abc import Iterable

from linter.core.values import dig
from linter.domain.pipeline import Pipeline, Step
from linter.policy.helpers import fail, is_set
from linter.policy.model import Context, Outcome, Subject

VPC_OF = {
    "Training": ("VpcConfig",),
    "Processing": ("NetworkConfig", "VpcConfig"),
    "ClarifyCheck": ("NetworkConfig", "VpcConfig"),
    "QualityCheck": ("NetworkConfig", "VpcConfig"),
    "Model": ("VpcConfig",),
    "Tuning": ("TrainingJobDefinition", "VpcConfig"),
    "AutoML": ("AutoMLJobConfig", "SecurityConfig", "VpcConfig"),
}

_WITHIN = frozenset(("Tuning", "AutoML"))


def mixed(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """NET020: some steps in a VPC, others not."""
    pipeline = subject.domain
    assert isinstance(pipeline, Pipeline)
    inside: list[Step] = []
    outside: list[Step] = []
    for step in pipeline.steps:
        path = VPC_OF.get(str(step.type))
        if path is None:
            continue
        if step.type in _WITHIN and is_set(dig(step.arguments, path[0])) is not True:
            continue  # what its jobs are is written elsewhere
        truth = is_set(dig(step.arguments, *path))
        if truth:
            inside.append(step)
        elif truth is False:
            outside.append(step)
    if inside and outside:
        names = ", ".join(step.name for step in outside[:5])
        yield fail(
            (*outside[0].path, "Name"),
            f"{subject.title} runs {len(inside)} of its steps in a VPC and {len(outside)} outside "
            f"it ({names}): what the first may not send, the others may",
        )
