"""COST011, COST014, COST015: instances, steps and runs that cost more than was agreed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

from linter.core.documents import Path
from linter.core.values import MISSING, Choice, Unknown, dig, lookup
from linter.domain.instances import parse
from linter.domain.pipeline import Pipeline, Step
from linter.policy.helpers import fail, is_set, known_values, select, unknown
from linter.policy.model import Context, Outcome, Subject

_NO_PRICES = "prices are not computed in this run"
_CLUSTER = "$.Arguments.ProcessingResources.ClusterConfig.InstanceType"
_TRAINING = (
    "InstanceType",
    "InstanceGroups[*].InstanceType",
    "InstancePreferences[*].InstanceType",
)
_DEFINITIONS = ("TrainingJobDefinition", "TrainingJobDefinitions[*]")
_PLACES: dict[str, tuple[str, tuple[str, ...]]] = {
    "Training": ("Training", tuple(f"$.Arguments.ResourceConfig.{item}" for item in _TRAINING)),
    "Tuning": (
        "Training",
        tuple(
            f"$.Arguments.{definition}.{item}"
            for definition in _DEFINITIONS
            for item in (
                "ResourceConfig.InstanceType",
                "HyperParameterTuningResourceConfig.InstanceType",
                "HyperParameterTuningResourceConfig.InstanceConfigs[*].InstanceType",
            )
        ),
    ),
    "Processing": ("Processing", (_CLUSTER,)),
    "ClarifyCheck": ("Processing", (_CLUSTER,)),
    "QualityCheck": ("Processing", (_CLUSTER,)),
    "Transform": ("BatchTransform", ("$.Arguments.TransformResources.InstanceType",)),
    "EndpointConfig": ("Hosting", ("$.Arguments.ProductionVariants[*].InstanceType",)),
    "aws_sagemaker_endpoint_configuration": (
        "Hosting",
        ("$.production_variants[*].instance_type",),
    ),
    "AWS::SageMaker::EndpointConfig": ("Hosting", ("$.ProductionVariants[*].InstanceType",)),
    "aws_sagemaker_notebook_instance": ("Notebook", ("$.instance_type",)),
    "AWS::SageMaker::NotebookInstance": ("Notebook", ("$.InstanceType",)),
    "AWS::SageMaker::ProcessingJob": (
        "Processing",
        ("$.ProcessingResources.ClusterConfig.InstanceType",),
    ),
    **{
        f"aws_sagemaker_{name}_job_definition": (
            "Processing",
            ("$.job_resources[*].cluster_config[*].instance_type",),
        )
        for name in ("data_quality", "model_quality", "model_bias", "model_explainability")
    },
    **{
        f"AWS::SageMaker::{name}JobDefinition": (
            "Processing",
            ("$.JobResources.ClusterConfig.InstanceType",),
        )
        for name in ("DataQuality", "ModelQuality", "ModelBias", "ModelExplainability")
    },
}
"""Subject type → what its instances are billed as, and where their types stand."""


def instance_too_large(subject: Subject, context: Context) -> Iterable[Outcome]:
    """COST011: an instance above the ceiling of size or of price."""
    component, paths = _PLACES[subject.type]
    plan = dig(subject.value, "Arguments", "ResourceConfig", "TrainingPlanArn")
    if is_set(plan):
        return  # paid already
    for path in paths:
        for match in select(subject.value, path):
            if match.value is MISSING or match.value is None:
                continue
            names = [name for name in known_values(match.value) if isinstance(name, str)]
            if not names:
                yield unknown(match.value, match.path)
            for name in names:
                reason = _too_large(name, component, subject, context)
                if reason is None:
                    yield unknown(
                        "the region it runs in, and so its price, is not known", match.path
                    )
                    break
                if reason:
                    if isinstance(plan, Unknown):
                        yield unknown(plan, match.path)  # it may be paid already
                        break
                    note = ", which may be chosen at the start," if _chosen(match.value) else ""
                    yield fail(
                        match.path,
                        f"{subject.title} asks for {name}{note} {reason}",
                        detail=name,
                    )
                    break


def _chosen(value: object) -> bool:
    return isinstance(value, Choice)


def _too_large(name: str, component: str, subject: Subject, context: Context) -> str | None:
    """Why an instance type is above a ceiling, or ``""``; ``None`` where it is in some regions."""
    most = context.parameters["max_xlarge"]
    instance = parse(name)
    size = re.match(r"(\d+)xlarge", instance.size) if instance is not None else None
    if most and size is not None and int(size[1]) > most:
        return f"where {most}xlarge is the ceiling"
    limit = Decimal(str(context.parameters["max_usd_per_hour"]))
    if not limit or context.costs is None:
        return ""
    of = subject.domain.pipeline if isinstance(subject.domain, Step) else subject.domain
    most = context.costs.usd_per_hour(component, name, of, most=True)
    if most is None or most <= limit:
        return ""
    price = context.costs.usd_per_hour(component, name, of)
    if price is None or price <= limit:
        return None
    return f"at {price:,.2f} USD an hour where {limit:,.2f} is the ceiling"


def step_over_budget(subject: Subject, context: Context) -> Iterable[Outcome]:
    """COST014: what one step may cost in one run."""
    limit = Decimal(str(context.parameters["max_usd"]))
    if not limit:
        return
    step = subject.domain
    assert isinstance(step, Step)
    at = _limit_of(step)
    limits = dig(step.value, *_LIMIT)
    lookup(step.value, "RetryPolicies")  # which multiply it; noted where they are not known
    if isinstance(limits, Unknown):
        yield unknown(limits, at)
        return
    worst = None if context.costs is None else context.costs.worst_step(step)
    if worst is None:
        reason = _NO_PRICES if context.costs is None else "the step has no price"
        yield unknown(reason, at)
    elif worst > limit:
        yield fail(
            at,
            f"{subject.title} may cost {worst:,.2f} USD in one run, at its limits and with every "
            f"retry; {limit:,.2f} is what a step may cost",
        )


def _limit_of(step: Step) -> Path:
    """The run-time limit where the step states one, else its name."""
    return _LIMIT if dig(step.value, *_LIMIT) is not MISSING else ("Name",)


_LIMIT: Path = ("Arguments", "StoppingCondition", "MaxRuntimeInSeconds")


def _open(value: object) -> bool:
    return isinstance(value, Unknown)


def run_over_budget(subject: Subject, context: Context) -> Iterable[Outcome]:
    """COST015: what one run of a pipeline may cost."""
    limit = Decimal(str(context.parameters["max_usd"]))
    if not limit:
        return
    pipeline = subject.domain
    assert isinstance(pipeline, Pipeline)
    yield from _run(subject, pipeline, limit, context)


def _run(
    subject: Subject, pipeline: Pipeline, limit: Decimal, context: Context
) -> Iterator[Outcome]:
    at = ("Steps",)
    if context.costs is None:
        yield unknown(_NO_PRICES, at, key=True)
        return
    unread = next((v for s in pipeline.steps for v in (dig(s.value, *_LIMIT),) if _open(v)), None)
    if unread is not None:
        yield unknown(unread, at, key=True)
        return
    worst, unpriced = context.costs.worst_run(pipeline)
    if worst > limit:
        more = f" without {', '.join(unpriced[:3])}, which have no price" if unpriced else ""
        yield fail(
            at,
            f"one run of {subject.title} may cost {worst:,.2f} USD{more}, with every step at its "
            f"limit and every retry; {limit:,.2f} is what a run may cost",
            key=True,
        )
    elif unpriced or not pipeline.steps_complete:
        reason = f"no price is known of {', '.join(unpriced[:3])}" if unpriced else ""
        yield unknown(reason or "not all of its steps are known", at, key=True)
