"""From a cluster and hours to a step's estimate; what all job steps share."""

from __future__ import annotations

from decimal import Decimal

from linter.domain.pipeline import Step
from pricing.clusters import Cluster
from pricing.context import Context
from pricing.model import Hours, StepEstimate
from pricing.ranges import ZERO, Range, money


def job_estimate(
    ctx: Context,
    step: Step,
    cluster: Cluster,
    hours: Hours,
    *,
    duration: Range | None = None,
    spot: bool = False,
    limit: Decimal | None = None,
    notes: tuple[str, ...] | list[str] = (),
) -> StepEstimate:
    """A step whose cost is a cluster running for some hours.

    ``hours`` are billed before Spot; ``duration`` is wall-clock time when it is not the same.
    """
    every = [*cluster.notes, *notes]
    ondemand = (cluster.per_hour * hours.range).as_money()
    compute = ondemand
    if spot and cluster.usd_per_hour is not None:
        saving, source = ctx.spot_saving(step, cluster.expected_type)
        every.append(source)
        compute = Range(
            money(ondemand.low * (1 - saving.high)),
            money(ondemand.expected * (1 - saving.expected)),
            money(ondemand.high * (1 - saving.low)),
        )
    ceiling = None
    if limit is not None and cluster.usd_per_hour is not None:
        ceiling = money((cluster.per_hour.high + cluster.volume_per_hour.high) * limit)
    return StepEstimate(
        step.name,
        step.type,
        cluster.label,
        cluster.count if cluster.count.high else None,
        spot,
        cluster.usd_per_hour,
        cluster.observed,
        cluster.source,
        hours,
        compute,
        (cluster.volume_per_hour * hours.range).as_money(),
        ZERO,
        tuple(dict.fromkeys(every)),
        cluster.unpriced,
        duration=hours.range if duration is None else duration,
        ceiling_usd=ceiling,
        ondemand=ondemand,
        price_dates=cluster.dates,
    )


def not_priced(step: Step, reason: str, *notes: str) -> StepEstimate:
    """A step whose price is not known at all."""
    return StepEstimate(step.name, step.type, unpriced=reason, notes=notes)


def free(step: Step, *notes: str) -> StepEstimate:
    """A step that AWS does not charge for."""
    return StepEstimate(step.name, step.type, free=True, notes=notes)
