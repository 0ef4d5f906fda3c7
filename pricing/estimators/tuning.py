"""Hyperparameter tuning: so many training jobs, so many at once."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from math import prod
from typing import Any

from linter.core.record import replace
from linter.core.values import MISSING, lookup
from linter.domain.pipeline import Step
from pricing.clusters import Cluster
from pricing.context import HOUR, Context
from pricing.estimators.jobs import job_estimate, not_priced
from pricing.estimators.training import spot_of, training_cluster
from pricing.model import LIMIT, Hours, StepEstimate
from pricing.ranges import Range
from pricing.resolve import known_items, options_of
from pricing.times import DAY

# Shares of a job's time that jobs run on average when the strategy ends poor ones early. These are
# assumptions: AWS says that Hyperband and early stopping shorten jobs, not by how much.
_HYPERBAND = Range(Decimal("0.2"), Decimal("0.5"), Decimal(1))
_EARLY_STOPPING = Range(Decimal("0.5"), Decimal("0.8"), Decimal(1))


def estimate(ctx: Context, step: Step) -> StepEstimate:
    """Jobs × the time of one × the cluster of its definition."""
    config = step.get("HyperParameterTuningJobConfig")
    definitions, _ = known_items(step.get("TrainingJobDefinitions"))
    single = step.get("TrainingJobDefinition")
    if isinstance(single, dict):
        definitions = [single, *definitions]
    if not definitions:
        return not_priced(step, "no training job definition is known")
    jobs, notes = _jobs(ctx, step, config, definitions)
    if jobs is None:
        return not_priced(step, "the number of training jobs is not known; state `jobs` in usage")
    clusters = [training_cluster(ctx, step, _resources(definition)) for definition in definitions]
    limits = [_job_limit(ctx, definition) for definition in definitions]
    one, time_notes = ctx.job_hours(step, max(limits))
    notes += time_notes
    factor, note = _shortening(config)
    if note:
        notes.append(note)
    per_job = Hours((one.range * factor).capped(max(limits)), one.source)
    total = Hours(jobs * per_job.range, per_job.source)
    parallel = ctx.number(lookup(lookup(config, "ResourceLimits"), "MaxParallelTrainingJobs"))
    wide = parallel if parallel is not None and parallel.low > 0 else Range.exactly(1)
    total, duration, cut = _within_runtime(ctx, config, total, wide, jobs, per_job.range)
    notes += [cut] if cut else []
    spots = [
        spot_of(ctx, lookup(d, "EnableManagedSpotTraining"), _resources(d)) for d in definitions
    ]
    cluster = _mixed(clusters)
    if len(clusters) > 1:
        notes.append("jobs are expected to be shared evenly among the definitions")
    notes.insert(0, f"{_text(jobs)} training jobs, {_text(wide)} at a time")
    spot = all(on for on, _ in spots)
    if not spot and any(on for on, _ in spots):
        notes.append("not every definition uses Spot; priced without it")
    limit = jobs.high * max(limits)
    return job_estimate(
        ctx, step, cluster, total, duration=duration, spot=spot, limit=limit, notes=notes
    )


def _resources(definition: Any) -> Any:
    found = lookup(definition, "ResourceConfig")
    return lookup(definition, "HyperParameterTuningResourceConfig") if found is MISSING else found


def _job_limit(ctx: Context, definition: Any) -> Decimal:
    """Hours of one training job at most: its stopping condition, else one day."""
    condition = lookup(definition, "StoppingCondition")
    stated = ctx.number(lookup(condition, "MaxRuntimeInSeconds"))
    return (stated.high if stated is not None and stated.high else Decimal(DAY)) / HOUR


def _jobs(
    ctx: Context, step: Step, config: Any, definitions: list[Any]
) -> tuple[Range | None, list[str]]:
    """How many training jobs are launched."""
    stated = ctx.of(step).jobs
    limits = lookup(config, "ResourceLimits")
    most = ctx.number(lookup(limits, "MaxNumberOfTrainingJobs"))
    if stated is not None:
        return (stated if most is None else stated.capped(most.high)), []
    if most is None and _strategy(ctx, config) == "Grid":
        count = _grid_size(lookup(config, "ParameterRanges"))
        if count is None and len(definitions) == 1:
            count = _grid_size(lookup(definitions[0], "HyperParameterRanges"))
        if count is not None:
            return Range.exactly(count), ["a grid search tries every combination once"]
    if most is None:
        return None, []
    if isinstance(lookup(config, "TuningJobCompletionCriteria"), dict):
        parallel = ctx.number(lookup(limits, "MaxParallelTrainingJobs"))
        least = min(most.low, parallel.low if parallel is not None else Decimal(1))
        return (
            Range(least, most.expected, most.high),
            ["its completion criteria may end the tuning job early: low counts one round"],
        )
    return most, []


def _grid_size(ranges: Any) -> int | None:
    entries, more = known_items(lookup(ranges, "CategoricalParameterRanges"))
    sizes = [lookup(entry, "Values") for entry in entries]
    if more or not sizes or not all(isinstance(size, list) for size in sizes):
        return None
    return min(prod(len(size) for size in sizes), 10_000)


def _strategy(ctx: Context, config: Any) -> str:
    options = options_of(lookup(config, "Strategy"), ctx.pipeline)
    return options.expected if options and isinstance(options.expected, str) else ""


def _shortening(config: Any) -> tuple[Range, str]:
    """The share of its time a job runs on average, and a note where that is assumed."""
    if lookup(config, "Strategy") == "Hyperband":
        return _HYPERBAND, "Hyperband ends poor jobs early: half of the time assumed on average"
    stopping = lookup(config, "TrainingJobEarlyStoppingType")
    if isinstance(stopping, str) and stopping.lower() == "auto":
        return _EARLY_STOPPING, "early stopping: 80% of the time assumed on average"
    return Range.exactly(1), ""


def _within_runtime(
    ctx: Context, config: Any, total: Hours, wide: Range, jobs: Range, per_job: Range
) -> tuple[Hours, Range, str]:
    """Hours of all jobs and wall-clock hours, within the tuning job's own runtime limit."""
    duration = Range(
        _rounds(jobs.low, wide.high) * per_job.low,
        _rounds(jobs.expected, wide.expected) * per_job.expected,
        _rounds(jobs.high, wide.low) * per_job.high,
    )
    most = ctx.number(lookup(lookup(config, "ResourceLimits"), "MaxRuntimeInSeconds"))
    if most is None or not most.high:
        return total, duration, ""
    limit = most.high / HOUR
    if duration.high <= limit:
        return total, duration, ""
    cap = limit * wide.high
    source = LIMIT if total.range.expected > cap else total.source
    return (
        Hours(total.range.capped(cap), source),
        duration.capped(limit),
        f"the tuning job ends after {most.high.normalize():f} seconds",
    )


def _rounds(jobs: Decimal, parallel: Decimal) -> Decimal:
    return (jobs / max(parallel, Decimal(1))).to_integral_value(ROUND_CEILING)


def _mixed(clusters: list[Cluster]) -> Cluster:
    """The cluster of an average job of several definitions."""
    if len(clusters) == 1:
        return clusters[0]
    priced = [item for item in clusters if item.usd_per_hour is not None]
    if not priced:
        return clusters[0]

    missing = dict.fromkeys(item.unpriced for item in clusters if item.unpriced)
    return replace(
        priced[0],
        label=" | ".join(dict.fromkeys(item.label for item in clusters if item.label)),
        count=Range.mean([item.count for item in priced]),
        usd_per_hour=sum((i.usd_per_hour or Decimal(0) for i in priced), Decimal(0)) / len(priced),
        per_hour=Range.mean([item.per_hour for item in priced]),
        volume_per_hour=Range.mean([item.volume_per_hour for item in priced]),
        source="; ".join(dict.fromkeys(item.source for item in priced)),
        observed=all(item.observed for item in priced),
        unpriced="; ".join(missing),
        notes=tuple(dict.fromkeys(note for item in clusters for note in item.notes)),
    )


def _text(number: Range) -> str:
    if number.low == number.high:
        return f"{number.expected.normalize():f}"
    return f"{number.low.normalize():f} to {number.high.normalize():f}"
