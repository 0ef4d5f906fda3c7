"""Batch transform jobs. ``TransformResources`` has no volume: none is billed."""

from __future__ import annotations

from linter.core.values import lookup
from linter.domain.pipeline import Step
from pricing.clusters import cluster_of
from pricing.context import Context
from pricing.estimators.jobs import job_estimate
from pricing.model import StepEstimate


def estimate(ctx: Context, step: Step) -> StepEstimate:
    """A job on the instances of ``TransformResources``."""
    resources = step.get("TransformResources")
    cluster = cluster_of(
        ctx,
        step,
        "BatchTransform",
        lookup(resources, "InstanceType"),
        lookup(resources, "InstanceCount"),
    )
    limit = ctx.limit_hours(step)
    hours, notes = ctx.job_hours(step, limit)
    return job_estimate(ctx, step, cluster, hours, limit=limit, notes=notes)
