"""Steps billed by other services (Lambda, EMR, EMR Serverless), AutoML, and steps that are free."""

from __future__ import annotations

from typing import Any

from linter.core.record import replace
from linter.core.values import MISSING, lookup
from linter.domain.pipeline import Step
from pricing.book import NoPrice
from pricing.clusters import cluster_of
from pricing.context import HOUR, Context
from pricing.estimators.jobs import free, job_estimate, not_priced
from pricing.model import StepEstimate
from pricing.ranges import ZERO, Range
from pricing.resolve import counted, known_items

_LAMBDA_MEMORY = Range.of(128, 512, 3008)

FREE_NOTES = {
    "Condition": "",
    "Fail": "",
    "Model": "",
    "CreateModel": "",
    "RegisterModel": "",
    "Cleanup": "",
    "Lineage": "",
    "ForEach": "its body is priced for every item",
    "Callback": "the SQS message and whatever answers it are not in the price",
    "EndpointConfig": "a configuration costs nothing; the endpoint is under standing cost",
    "Endpoint": "the step is free; the endpoint it leaves is under standing cost",
}
"""Step types that SageMaker does not charge for, with what to know about them."""


def free_step(ctx: Context, step: Step) -> StepEstimate:  # noqa: ARG001
    """A step of :data:`FREE_NOTES`."""
    note = FREE_NOTES[step.type]
    return free(step, *([note] if note else []))


def lambda_step(ctx: Context, step: Step) -> StepEstimate:
    """GB-seconds and one request of a function."""
    limit = ctx.limit_hours(step)
    hours, notes = ctx.job_hours(step, limit)
    stated = ctx.of(step).memory_mb
    memory = _LAMBDA_MEMORY if stated is None else Range.exactly(stated)
    if stated is None:
        notes.append("memory assumed: 128 to 3008 MB, 512 expected")
    second = ctx.book.rate("lambda-gb-second-x86")
    request = ctx.book.rate("lambda-request")
    if isinstance(second, NoPrice) or isinstance(request, NoPrice):
        missing = second if isinstance(second, NoPrice) else request
        return not_priced(step, missing.described if isinstance(missing, NoPrice) else "")
    per_hour = memory * (second.usd_per_hour * HOUR / 1024)
    notes.append("Lambda's free tier is not counted")
    return StepEstimate(
        step.name,
        step.type,
        price_observed=second.observed,
        price_source=second.described,
        hours=hours,
        compute=(per_hour * hours.range).as_money(),
        other=Range.exactly(request.usd_per_hour),
        notes=tuple(notes),
        duration=hours.range,
        ceiling_usd=None if limit is None else (per_hour.high * limit),
        price_dates=(second.date,),
    )


def automl(ctx: Context, step: Step) -> StepEstimate:
    """Candidates × time on the instances that the usage file names.

    SageMaker chooses the machines of an AutoML job; its definition does not say which.
    """
    usage = ctx.of(step)
    kind, count = ctx.override(step)
    if kind is None:
        return not_priced(
            step,
            "SageMaker chooses an AutoML job's instances; state instance_type, minutes and jobs"
            " in the usage file",
        )
    path = ("AutoMLJobConfig", "CompletionCriteria")
    candidates = ctx.number(step.get(*path, "MaxCandidates"))
    jobs = usage.jobs or candidates or Range.exactly(1)
    per_job = ctx.number(step.get(*path, "MaxRuntimePerTrainingJobInSeconds"))
    whole = ctx.number(step.get(*path, "MaxAutoMLJobRuntimeInSeconds"))
    one, notes = ctx.job_hours(step, per_job.high / HOUR if per_job and per_job.high else None)
    total = one.range * jobs
    duration = total
    limit = None
    if whole is not None and whole.high:
        duration = duration.capped(whole.high / HOUR)
        limit = whole.high / HOUR * jobs.high
        total = total.capped(limit)
    cluster = cluster_of(ctx, step, "Training", kind, count if count is not None else MISSING)
    notes.append(f"{jobs.expected.normalize():f} candidates, one after the other")
    return job_estimate(
        ctx,
        step,
        cluster,
        replace(one, range=total),
        duration=duration,
        limit=limit,
        notes=notes,
    )


def emr(ctx: Context, step: Step) -> StepEstimate:
    """A cluster the step starts for itself; a step on an existing cluster adds nothing."""
    config = step.value.get("ClusterConfig", step.get("ClusterConfig"))
    groups, more = known_items(lookup(lookup(config, "Instances"), "InstanceGroups"))
    if config in (MISSING, None) or not isinstance(config, dict):
        return free(
            step, "runs on an existing EMR cluster, whose own cost is not part of the pipeline"
        )
    hours, notes = ctx.job_hours(step, None)
    total, names, missing = ZERO, [], ["more instance groups may follow"] if more else []
    for group in groups:
        kind, stated = lookup(group, "InstanceType"), lookup(group, "InstanceCount")
        if not isinstance(kind, str):
            missing.append("an instance type is not known")
            continue
        names.append(kind)
        rate = ctx.book.rate(f"emr-hour:{kind}")
        if isinstance(rate, NoPrice):
            missing.append(
                f"the book has no EC2 and EMR price of {kind}: put rates 'emr-hour:{kind}'"
                " in a price file"
            )
            continue
        count, problem = counted(stated, ctx.pipeline)
        if problem:
            missing.append(f"{kind}: {problem}")
        if count is not None:
            total = total + count * rate.usd_per_hour
    if not groups:
        missing.append("the cluster's instances are not known")
    found = StepEstimate(
        step.name,
        step.type,
        " + ".join(names) or None,
        hours=hours,
        compute=(total * hours.range).as_money(),
        notes=tuple(notes),
        duration=hours.range,
    )
    return replace(found, unpriced="; ".join(dict.fromkeys(missing)))


def emr_serverless(ctx: Context, step: Step) -> StepEstimate:
    """vCPU-hours and GB-hours, which only the usage file can tell."""
    usage = ctx.of(step)
    if usage.vcpu is None or usage.memory_gb is None:
        return not_priced(
            step, "EMR Serverless is billed by what the job uses: state vcpu and memory_gb in usage"
        )
    cpu, memory = ctx.book.rate("emr-serverless-vcpu-hour"), ctx.book.rate("emr-serverless-gb-hour")
    if isinstance(cpu, NoPrice):
        return not_priced(step, cpu.described)
    if isinstance(memory, NoPrice):
        return not_priced(step, memory.described)
    hours, notes = ctx.job_hours(step, None)
    hourly = usage.vcpu * cpu.usd_per_hour + usage.memory_gb * memory.usd_per_hour
    return StepEstimate(
        step.name,
        step.type,
        usd_per_hour=hourly,
        price_observed=cpu.observed,
        price_source=cpu.described,
        hours=hours,
        compute=(hours.range * hourly).as_money(),
        notes=(*notes, f"{usage.vcpu:f} vCPU and {usage.memory_gb:f} GB while the job runs"),
        duration=hours.range,
        price_dates=(cpu.date, memory.date),
    )


def unknown_type(ctx: Context, step: Step) -> StepEstimate:  # noqa: ARG001
    """A step type without a price model."""
    kind: Any = step.type or "an unknown type"
    return not_priced(step, f"there is no price model for steps of type {kind}")
