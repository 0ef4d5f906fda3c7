"""Training jobs, and the notebook, function and repacking jobs the SDK compiles to them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from linter.core.record import replace
from linter.core.values import MISSING, Template, Unknown, lookup
from linter.domain.jobs import NOTEBOOK, REPACKING, job_kind
from linter.domain.pipeline import Step
from pricing.book import NoPrice
from pricing.clusters import Cluster, all_of, cluster_of, one_of, volume_per_hour
from pricing.context import HOUR, Context
from pricing.estimators.jobs import job_estimate, not_priced
from pricing.model import StepEstimate
from pricing.ranges import ZERO, Range
from pricing.resolve import known_items, switch, why_unknown

# Incompatible with managed Spot by CreateTrainingJob's documentation.
_NO_SPOT = ("InstancePreferences", "KeepAlivePeriodInSeconds", "TrainingPlanArn")


def estimate(ctx: Context, step: Step) -> StepEstimate:
    """A job on the instances of ``ResourceConfig``, with Spot, warm pool and debugger rules."""
    config = step.get("ResourceConfig")
    serverless = step.get("ServerlessJobConfig")
    if isinstance(serverless, dict) and lookup(config, "InstanceType") is MISSING:
        return not_priced(
            step, "serverless training is billed by what it trains; there is no price of it here"
        )
    cluster = training_cluster(ctx, step, config)
    limit = ctx.limit_hours(step)
    hours, notes = ctx.job_hours(step, limit)
    allowed = takes_spot(step, config)
    spot, note = spot_of(ctx, step.get("EnableManagedSpotTraining"), allowed)
    notes += [note] if note else []
    plan = written(config, "TrainingPlanArn")
    if isinstance(plan, Unknown):
        cluster = replace(cluster, per_hour=replace(cluster.per_hour, low=Decimal(0)))
        notes.append("whether a training plan pays the compute is not known: low counts that")
    elif plan not in (MISSING, None):
        cluster = replace(cluster, per_hour=ZERO, usd_per_hour=Decimal(0), unpriced="")
        notes.append("compute is paid by the training plan")
        spot = False
    found = job_estimate(ctx, step, cluster, hours, spot=spot, limit=limit, notes=notes)
    if allowed and not spot and found.compute.high:
        found = replace(found, open_to_spot=Decimal(1))
    found = _with_warm_pool(ctx, step, config, cluster, found)
    return _with_debugger(ctx, step, found)


def training_cluster(ctx: Context, step: Step, config: Any) -> Cluster:
    """The cluster of a ``ResourceConfig`` or a ``HyperParameterTuningResourceConfig``."""
    count, volume = lookup(config, "InstanceCount"), lookup(config, "VolumeSizeInGB")
    stated = ctx.of(step).volume_gb
    if stated is not None:
        volume = int(stated) if stated == int(stated) else float(stated)

    def one(item: Any, size: Any = volume) -> Cluster:
        own = lookup(item, "InstanceCount")
        return cluster_of(
            ctx,
            step,
            "Training",
            lookup(item, "InstanceType"),
            count if own is MISSING else own,
            size,
            storage="Training",
        )

    groups, more = known_items(lookup(config, "InstanceGroups"))
    if groups:
        found = all_of(one(item) for item in groups)
        return replace(found, unpriced="more instance groups may follow") if more else found
    for key in ("InstancePreferences", "InstanceConfigs"):
        choices, more = known_items(lookup(config, key))
        if choices:
            sizes = [lookup(item, "VolumeSizeInGB") for item in choices]
            found = one_of(
                one(item, volume if size is MISSING else size)
                for item, size in zip(choices, sizes, strict=True)
            )
            return found if not more else lacking(found, "more instance types may be preferred")
    return one(config)


def lacking(cluster: Cluster, reason: str) -> Cluster:
    """The same, of which the price is not whole."""
    return replace(cluster, unpriced="; ".join(filter(None, (cluster.unpriced, reason))))


def written(config: Any, key: str) -> Any:
    """A value that is written under a key; not what an open mapping may have besides."""
    return config.get(key, MISSING) if isinstance(config, dict) else MISSING


def spot_of(ctx: Context, value: Any, allowed: bool) -> tuple[bool, str]:
    """Whether the job runs on Spot, and a note. ``allowed`` is whether it could."""
    stated = switch(value, ctx.pipeline)
    note = ""
    if stated is None and isinstance(value, Unknown):
        note = "whether Spot is used is not known; priced without it"
    wanted = ctx.wanted_spot(bool(stated))
    if wanted and not stated and not allowed:
        return False, "Spot cannot be used by this job"
    return wanted, note


def takes_spot(step: Step, config: Any) -> bool:
    """Whether a job may be asked to run on managed Spot.

    The SDK writes notebook and repacking jobs itself, without a way to say so.
    """
    return job_kind(step) not in (NOTEBOOK, REPACKING) and can_use_spot(config)


def can_use_spot(config: Any) -> bool:
    """Whether a resource configuration allows managed Spot training."""
    return all(lookup(config, key) in (MISSING, None, 0) for key in _NO_SPOT)


def _with_warm_pool(
    ctx: Context, step: Step, config: Any, cluster: Cluster, found: StepEstimate
) -> StepEstimate:
    """Add what the kept cluster costs until it is reused or ``KeepAlivePeriod`` ends."""
    value = written(config, "KeepAlivePeriodInSeconds")
    period = ctx.number(value)
    if period is None and isinstance(value, Unknown | Template):
        reason = f"the warm pool: {why_unknown(value, 'period')}"
        return replace(found, unpriced="; ".join(filter(None, (found.unpriced, reason))))
    if period is None or not period.high or cluster.usd_per_hour is None:
        return found
    idle = Range(Decimal(0), period.expected / HOUR, period.high / HOUR)
    stated = ctx.of(step).warm_pool_idle_minutes
    if stated is not None:
        idle = (stated / 60).capped(period.high / HOUR)
    price = ctx.book.price("Training-WarmPool", cluster.expected_type)
    factor = Decimal(1)
    if not isinstance(price, NoPrice) and cluster.usd_per_hour:
        factor = price.usd_per_hour / cluster.usd_per_hour
    kept = (cluster.per_hour * factor + cluster.volume_per_hour) * idle
    return replace(found, other=found.other + kept.as_money()).noting(
        "the warm pool is billed until it is reused, at most"
        f" {period.high.normalize():f} seconds; low counts an immediate reuse"
    )


def _with_debugger(ctx: Context, step: Step, found: StepEstimate) -> StepEstimate:
    """Add debugger and profiler rules that run on instances of their own.

    Built-in rules name no instance and are free of charge, instance and volume alike.
    """
    if found.hours is None:
        return found
    for key in ("DebugRuleConfigurations", "ProfilerRuleConfigurations"):
        rules, _ = known_items(step.get(key))
        for rule in rules:
            kind = written(rule, "InstanceType")
            if isinstance(kind, str):
                found = _with_rule(ctx, rule, found.hours.range, found)
            elif isinstance(kind, Unknown | Template):
                reason = f"a debugger rule: {why_unknown(kind, 'instance type')}"
                found = replace(found, unpriced="; ".join(filter(None, (found.unpriced, reason))))
    return found


def _with_rule(ctx: Context, rule: Any, hours: Range, found: StepEstimate) -> StepEstimate:
    kind = lookup(rule, "InstanceType")
    price = ctx.book.price("Processing", kind)
    if isinstance(price, NoPrice):
        return replace(found, unpriced="; ".join(filter(None, (found.unpriced, price.described))))
    per_hour = Range.exactly(price.usd_per_hour)
    notes: list[str] = []
    volume, problem = volume_per_hour(
        ctx, kind, lookup(rule, "VolumeSizeInGB"), "Processing", notes
    )
    cost = ((per_hour + volume) * hours).as_money()
    if problem:
        found = replace(found, unpriced="; ".join(filter(None, (found.unpriced, problem))))
    return replace(found, other=found.other + cost).noting(
        f"a debugger rule runs on its own {kind}, billed as processing"
    )
