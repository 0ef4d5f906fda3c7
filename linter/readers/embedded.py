"""Attributes that hold a JSON document as text, by resource type.

Paths may hold ``*`` for every element of a list (nested blocks are lists).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from linter.core.documents import Path
from linter.domain.iam.places import policy_paths

_ELSE: dict[str, tuple[Path, ...]] = {
    "aws_sagemaker_pipeline": (("pipeline_definition",),),
    "aws_iam_role": (("assume_role_policy",), ("inline_policy", "*", "policy")),
    "aws_ecr_lifecycle_policy": (("policy",),),
    "aws_iam_policy_document": (("json",),),
    "aws_scheduler_schedule": (("target", "*", "input"),),
    "aws_sfn_state_machine": (("definition",),),
    "AWS::SageMaker::Pipeline": (("PipelineDefinition", "PipelineDefinitionBody"),),
    "AWS::IAM::Role": (("AssumeRolePolicyDocument",), ("Policies", "*", "PolicyDocument")),
    "AWS::IAM::User": (("Policies", "*", "PolicyDocument"),),
    "AWS::IAM::Group": (("Policies", "*", "PolicyDocument"),),
    "AWS::Scheduler::Schedule": (("Target", "Input"),),
    "AWS::Serverless::StateMachine": (("Definition",),),
    "AWS::StepFunctions::StateMachine": (("DefinitionString",), ("Definition",)),
}
"""What is no policy of a table of :mod:`linter.domain.iam.places`."""


@cache
def paths_of(resource_type: str) -> tuple[Path, ...]:
    """Where resources of a Terraform or CloudFormation type hold JSON."""
    return (*_ELSE.get(resource_type, ()), *policy_paths(resource_type))


def matches(value: Any, pattern: Path) -> Iterator[tuple[Path, Any]]:
    """Where a pattern of :func:`paths_of` is met, with what stands there; ``None`` is left out."""
    found: list[tuple[Path, Any]] = [((), value)]
    for step in pattern:
        inner: list[tuple[Path, Any]] = []
        for path, item in found:
            if step == "*":
                if isinstance(item, list):
                    inner.extend(((*path, i), each) for i, each in enumerate(item))
            elif isinstance(item, dict) and step in item:
                inner.append(((*path, step), item[step]))
        found = inner
    yield from ((path, item) for path, item in found if item is not None)
