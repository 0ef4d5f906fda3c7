"""COST038: nobody is told when the bill grows."""

from __future__ import annotations

from collections.abc import Iterable

from linter.core.documents import Document
from linter.policy.helpers import fail, unknown
from linter.policy.model import Context, Outcome, Subject

_WATCHES = (
    "aws_budgets_budget",
    "aws_ce_anomaly_monitor",
    "aws_ce_anomaly_subscription",
    "AWS::Budgets::Budget",
    "AWS::CE::AnomalyMonitor",
    "AWS::CE::AnomalySubscription",
)


def without_budget(subject: Subject, context: Context) -> Iterable[Outcome]:  # noqa: ARG001
    """COST038: one outcome for each configuration or template that has ML resources."""
    project = context.project
    watched = {_stack(document) for document in project.of_type(*_WATCHES)}
    unread = any(problem.rule == "SYN015" for problem in project.problems)
    seen: set[str] = set()
    for document in project.documents:
        if not document.type.startswith(("aws_sagemaker_", "AWS::SageMaker::")):
            continue
        if not document.kind.endswith(".resource"):
            continue
        stack = _stack(document)
        if stack in watched or stack in seen:
            continue
        seen.add(stack)
        if unread:
            yield unknown(
                "a module that is not on disk may hold a budget",
                detail=stack,
                location=document.locate(),
            )
        else:
            yield fail(
                (),
                f"{document.address} is declared where no budget and no cost anomaly monitor is",
                detail=stack,
                location=document.locate(),
            )


def _stack(document: Document) -> str:
    """What is applied together: a Terraform root with its modules, or a template."""
    return document.module.partition("//")[0]
