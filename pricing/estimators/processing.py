"""Processing jobs: Processing, ClarifyCheck and QualityCheck steps.

The checks' SageMaker Clarify and Model Monitor containers are billed as processing jobs.
"""

from __future__ import annotations

from typing import Any

from linter.core.values import MISSING, lookup
from linter.domain.pipeline import Step
from pricing.clusters import Cluster, cluster_of, one_of
from pricing.context import Context
from pricing.estimators.jobs import job_estimate
from pricing.estimators.training import lacking
from pricing.model import StepEstimate
from pricing.resolve import known_items


def estimate(ctx: Context, step: Step) -> StepEstimate:
    """A job on the cluster of ``ProcessingResources.ClusterConfig``."""
    config = step.get("ProcessingResources", "ClusterConfig")
    cluster = _cluster(ctx, step, config)
    limit = ctx.limit_hours(step)
    hours, notes = ctx.job_hours(step, limit)
    if step.type == "ClarifyCheck":
        notes.append("a model endpoint that Clarify starts for the job is not in the price")
    return job_estimate(ctx, step, cluster, hours, limit=limit, notes=notes)


def _cluster(ctx: Context, step: Step, config: Any) -> Cluster:
    volume, count = lookup(config, "VolumeSizeInGB"), lookup(config, "InstanceCount")
    stated = ctx.of(step).volume_gb
    if stated is not None:
        volume = int(stated) if stated == int(stated) else float(stated)
    preferences, more = known_items(lookup(config, "InstancePreferences"))
    if not preferences:
        kind = lookup(config, "InstanceType")
        return cluster_of(ctx, step, "Processing", kind, count, volume, storage="Processing")
    found = one_of(
        cluster_of(
            ctx,
            step,
            "Processing",
            lookup(item, "InstanceType"),
            count if lookup(item, "InstanceCount") is MISSING else lookup(item, "InstanceCount"),
            volume,
            storage="Processing",
        )
        for item in preferences
    )
    return lacking(found, "more instance types may be preferred") if more else found
