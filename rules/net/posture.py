"""NET018, NET020: security groups of jobs, and steps that differ in how they are shut off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from linter.core.documents import Document, Path
from linter.core.sources import Related
from linter.core.values import dig, lookup, references_of
from linter.domain.pipeline import Pipeline, Step
from linter.policy.helpers import fail, is_set, known_values
from linter.policy.model import Context, Outcome, Subject

VPC_OF = {
    "Training": ("VpcConfig",),
    "Processing": ("NetworkConfig", "VpcConfig"),
    "ClarifyCheck": ("NetworkConfig", "VpcConfig"),
    "QualityCheck": ("NetworkConfig", "VpcConfig"),
    "Model": ("VpcConfig",),
}
_ANYWHERE = frozenset({"0.0.0.0/0", "::/0"})


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


def open_group(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """NET018: a security group of a job lets anybody in."""
    seen: set[int] = set()
    for pipeline in context.project.pipelines:
        for step in pipeline.steps:
            path = VPC_OF.get(str(step.type))
            groups = dig(step.arguments, *path, "SecurityGroupIds") if path else None
            if not isinstance(groups, list) or pipeline.document is None:
                continue
            found = context.project.find_all(references_of(groups), pipeline.document.module)
            for document in found:
                if document.type == "aws_security_group" and id(document) not in seen:
                    seen.add(id(document))
                    yield from _ingress(document, pipeline, step)


def _ingress(document: Document, pipeline: Pipeline, step: Step) -> Iterator[Outcome]:
    rules = lookup(document.value, "ingress")
    for index, rule in enumerate(rules if isinstance(rules, list) else ()):
        for name in ("cidr_blocks", "ipv6_cidr_blocks"):
            if _ANYWHERE & set(_texts(lookup(rule, name))):
                at: Path = ("ingress", index, name)
                yield fail(
                    (),
                    f"{document.address} lets anybody on the internet connect to the jobs of "
                    f"{pipeline.title}",
                    location=document.locate(at),
                    detail=f"{document.address} {name}",
                    related=(
                        Related(
                            f"step {step.name} of {pipeline.title} runs in it",
                            step.locate("Name").span,
                        ),
                    ),
                )


def _texts(value: Any) -> Iterator[str]:
    for item in value if isinstance(value, list) else ():
        yield from (text for text in known_values(item) if isinstance(text, str))
