"""Hyperparameter tuning: so many training jobs, so many at once."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from math import prod
from typing import Any

from linter.core.record import replace
from linter.core.values import MISSING, lookup
from linter.domain.pipeline import Step
from pricing.context import HOUR, Context
from pricing.estimators.jobs import job_estimate, not_priced
from pricing.estimators.training import can_use_spot, spot_of, training_cluster
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
    several = step.get("TrainingJobDefinitions")
    definitions, more = known_items(several)
    single = step.get("TrainingJobDefinition")
    if isinstance(single, dict):
        definitions = [single, *definitions]
        more = more and isinstance(several, list)
    if not definitions:
        return not_priced(step, "no training job definition is known")
    jobs, notes = _jobs(ctx, step, config, definitions)
    if jobs is None:
        return not_priced(step, "the number of training jobs is not known; state `jobs` in usage")
    clusters = [training_cluster(ctx, step, _resources(definition)) for definition in definitions]
    limits = [_job_limit(ctx, definition) for definition in definitions]
    one, time_notes = ctx.job_hours(step, max(limits))
    notes += time_notes
    # A time that was measured is what jobs take: those that ended early are in it.
    factor, note = _shortening(config) if one.assumed else (Range.exactly(1), "")
    if note:
        notes.append(note)
    per_job = replace(one, range=(one.range * factor).capped(max(limits)))
    total = replace(per_job, range=jobs * per_job.range)
    parallel = ctx.number(lookup(lookup(config, "ResourceLimits"), "MaxParallelTrainingJobs"))
    wide = parallel if parallel is not None and parallel.low > 0 else Range.exactly(1)
    total, duration, cut = _within_runtime(ctx, config, total, wide, jobs, per_job.range)
    notes += [cut] if cut else []
    notes.insert(0, f"{_text(jobs)} training jobs, {_text(wide)} at a time")
    limit = jobs.high * max(limits)
    runtime = _runtime(ctx, config)
    if runtime is not None:
        limit = min(limit, runtime * wide.high)
    allowed = [can_use_spot(_resources(definition)) for definition in definitions]
    parts: list[StepEstimate] = []
    for definition, cluster, may in zip(definitions, clusters, allowed, strict=True):
        spot, said = spot_of(ctx, lookup(definition, "EnableManagedSpotTraining"), may)
        notes += [said] if said and said not in notes else []
        parts.append(
            job_estimate(
                ctx, step, cluster, total, duration=duration, spot=spot, limit=limit, notes=notes
            )
        )
    found = _shared(parts)
    if more:
        reason = "more training job definitions may follow"
        found = replace(found, unpriced="; ".join(filter(None, (found.unpriced, reason))))
    return replace(found, open_to_spot=_open_to_spot(parts, allowed))


def _shared(parts: list[StepEstimate]) -> StepEstimate:
    """Jobs that are shared evenly among definitions; low is the cheapest one's, high the dearest's.

    A definition without a price adds nothing: the figures are then the least.
    """
    first = next((part for part in parts if part.usd_per_hour is not None), parts[0])
    if len(parts) == 1:
        return first
    priced = [part for part in parts if part.usd_per_hour is not None]
    notes = [note for part in parts for note in part.notes]
    notes.append("jobs are expected to be shared evenly among the definitions")
    on = sum(part.spot for part in parts)
    if 0 < on < len(parts):
        notes.append(f"{on} of {len(parts)} definitions use Spot, and are priced so")
    ceilings = [part.ceiling_usd for part in parts if part.ceiling_usd is not None]
    counts = [part.instance_count for part in parts if part.instance_count is not None]
    rates = [part.usd_per_hour for part in priced if part.usd_per_hour is not None]
    return replace(
        first,
        instance_type=" | ".join(dict.fromkeys(p.instance_type for p in parts if p.instance_type))
        or None,
        instance_count=Range.mean(counts) if counts else None,
        spot=on == len(parts),
        usd_per_hour=sum(rates, Decimal(0)) / len(rates) if rates else None,
        price_observed=all(part.price_observed for part in priced) if priced else None,
        price_source="; ".join(dict.fromkeys(part.price_source for part in priced)),
        price_dates=tuple(dict.fromkeys(date for part in parts for date in part.price_dates)),
        compute=Range.mean([part.compute for part in parts]).as_money(),
        storage=Range.mean([part.storage for part in parts]).as_money(),
        ondemand=Range.mean([part.ondemand for part in parts]).as_money(),
        ceiling_usd=max(ceilings) if len(ceilings) == len(parts) else None,
        unpriced="; ".join(dict.fromkeys(part.unpriced for part in parts if part.unpriced)),
        notes=tuple(dict.fromkeys(notes)),
    )


def _open_to_spot(parts: list[StepEstimate], allowed: list[bool]) -> Decimal:
    """The share of the compute of definitions that are not on Spot and could be."""
    whole = sum((part.compute.expected for part in parts), Decimal(0))
    could = [
        p.compute.expected for p, may in zip(parts, allowed, strict=True) if may and not p.spot
    ]
    return sum(could, Decimal(0)) / whole if whole else Decimal(0)


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
    limit = _runtime(ctx, config)
    if limit is None or duration.high <= limit:
        return total, duration, ""
    cap = limit * wide.high
    source = LIMIT if total.range.expected > cap else total.source
    return (
        Hours(total.range.capped(cap), source, total.assumed),
        duration.capped(limit),
        f"the tuning job ends after {(limit * HOUR).quantize(Decimal(1)):f} seconds",
    )


def _runtime(ctx: Context, config: Any) -> Decimal | None:
    """Hours after which the whole tuning job ends."""
    most = ctx.number(lookup(lookup(config, "ResourceLimits"), "MaxRuntimeInSeconds"))
    return None if most is None or not most.high else most.high / HOUR


def _rounds(jobs: Decimal, parallel: Decimal) -> Decimal:
    return (jobs / max(parallel, Decimal(1))).to_integral_value(ROUND_CEILING)


def _text(number: Range) -> str:
    if number.low == number.high:
        return f"{number.expected.normalize():f}"
    return f"{number.low.normalize():f} to {number.high.normalize():f}"
