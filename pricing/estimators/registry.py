"""Which estimator prices which step type, and what holds for every step."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from linter.core.record import replace
from linter.core.values import Unknown, dig, lookup
from linter.domain.caching import changing
from linter.domain.pipeline import Step
from pricing.context import Context
from pricing.estimators import processing, services, training, transform, tuning
from pricing.estimators.jobs import free
from pricing.model import StepEstimate
from pricing.ranges import Range, money
from pricing.resolve import known_items, switch, to_number

Estimator = Callable[[Context, Step], StepEstimate]

ESTIMATORS: dict[str, Estimator] = {
    "Processing": processing.estimate,
    "ClarifyCheck": processing.estimate,
    "QualityCheck": processing.estimate,
    "Training": training.estimate,
    "NotebookJob": training.estimate,
    "Tuning": tuning.estimate,
    "Transform": transform.estimate,
    "AutoML": services.automl,
    "Lambda": services.lambda_step,
    "EMR": services.emr,
    "EMRServerless": services.emr_serverless,
    **dict.fromkeys(services.FREE_NOTES, services.free_step),
}

CACHEABLE = frozenset(
    "Processing Training Tuning AutoML Transform ClarifyCheck QualityCheck EMR".split()
)
"""Step types whose results pipelines can cache (AWS: Caching Pipeline Steps)."""

_BILLED_FAILURES = ("SageMaker.JOB_INTERNAL_ERROR", "Step.SERVICE_FAULT")
"""Retried failures after which instances may have run. Throttling, missing capacity and reached
quotas are met before an instance starts."""

_RETRYING_INSIDE = frozenset({"Tuning", "AutoML"})
"""Steps whose jobs retry internally: a policy never repeats them after JOB_INTERNAL_ERROR (AWS:
Retry Policy for Pipeline Steps)."""

MAX_RETRIES = 20


def estimate_step(ctx: Context, step: Step) -> StepEstimate:
    """Price one step, retries and cache hits included; its share of the run comes later."""
    if not isinstance(step.arguments, dict) and step.type not in services.FREE_NOTES:
        reason = step.arguments.reason if isinstance(step.arguments, Unknown) else "malformed"
        found = replace(free(step), free=False, unpriced=f"its arguments are not known: {reason}")
    else:
        found = ESTIMATORS.get(step.type, services.unknown_type)(ctx, step)
    found = replace(found, object_path=step.path)
    if not found.spot:
        found = replace(found, ondemand=found.compute)
    if not found.total.high:
        return replace(found, cached=is_cached(ctx, step))
    raised = _with_retries(ctx, step, found)
    if raised.ceiling_usd is not None and raised.complete:
        permitted = (raised.ceiling_usd + found.other.high) * (1 + billed_retries(ctx, step))
        raised = replace(raised, permitted_usd=max(permitted, raised.total.high))
    return _with_cache(ctx, step, raised)


def billed_retries(ctx: Context, step: Step) -> Decimal:
    """How often the step's retry policies may repeat what is billed, at most."""
    attempts = Decimal(0)
    entries, _ = known_items(step.value.get("RetryPolicies"))
    for entry in entries:
        types = lookup(entry, "ExceptionType")
        kinds = types if isinstance(types, list) else [types]
        if any(kind in _billed_failures(step) for kind in kinds):
            most = ctx.number(lookup(entry, "MaxAttempts"))
            # AWS's default is five attempts where a policy states none.
            attempts += most.high if most is not None else Decimal(5)
    return min(attempts, Decimal(MAX_RETRIES))


def _with_retries(ctx: Context, step: Step, found: StepEstimate) -> StepEstimate:
    """Raise ``high`` by the attempts that may be billed again."""
    attempts = billed_retries(ctx, step)
    strategy = to_number(dig(step.arguments, "RetryStrategy", "MaximumRetryAttempts"))
    factor = 1 + attempts
    notes = [f"high counts {attempts.normalize():f} retries"] if attempts else []
    high_factor = factor
    if strategy and found.hours is not None and found.hours.range.high:
        # MaxRuntimeInSeconds limits all attempts of the job's own RetryStrategy together.
        own = 1 + min(strategy, Decimal(30))
        limit = ctx.limit_hours(step)
        if limit is not None:
            own = max(Decimal(1), min(own, limit / found.hours.range.high))
        high_factor *= own
        notes.append("high counts the retries of the job's RetryStrategy")
    if high_factor == 1:
        return found

    def raised(amount: Range) -> Range:
        return Range(amount.low, amount.expected, money(amount.high * high_factor))

    duration = found.duration
    return replace(
        found,
        compute=raised(found.compute),
        storage=raised(found.storage),
        other=raised(found.other),
        ondemand=raised(found.ondemand),
        duration=Range(duration.low, duration.expected, duration.high * high_factor),
    ).noting(*notes)


def _billed_failures(step: Step) -> tuple[str, ...]:
    return _BILLED_FAILURES[1:] if step.type in _RETRYING_INSIDE else _BILLED_FAILURES


def is_cached(ctx: Context, step: Step) -> bool:
    """Whether the step's cache is on, after ``--what-if``."""
    what_if = ctx.options.what_if.cache
    if what_if and step.type in CACHEABLE:
        return what_if == "on"
    return bool(switch(dig(step.value, "CacheConfig", "Enabled"), ctx.pipeline))


DEFAULT_WHAT_IF_HITS = Decimal("0.3")
"""The hit share assumed when ``--what-if cache=on`` is asked and nothing states one."""


def hit_share(ctx: Context, step: Step) -> tuple[Decimal | None, str]:
    """The share of runs that the cache answers: usage file, else history."""
    stated = ctx.of(step).cache_hit_share
    if stated is not None:
        return stated, "usage"
    history = ctx.options.history
    past = history.hit_share(ctx.pipeline.title, step.name) if history else None
    if past is not None:
        return past, "history"
    if ctx.options.what_if.cache == "on":
        return DEFAULT_WHAT_IF_HITS, "assumption"
    return None, ""


def _with_cache(ctx: Context, step: Step, found: StepEstimate) -> StepEstimate:
    """Lower ``low`` and ``expected`` by the runs that the cache answers; ``high`` has no hit."""
    if not is_cached(ctx, step):
        return found
    share, source = hit_share(ctx, step)
    if source in ("", "assumption"):
        what_if = ctx.options.what_if.cache == "on"
        never = next(changing(step, all_cached=what_if), None)
        if never is not None:
            return replace(found, cached=True).noting(
                f"its cache never answers: {never.reference.text} is new in every execution"
            )
    if share is None:
        return replace(found, cached=True).noting(
            "its cache is on, but no hit share is stated: none assumed"
        )
    rest = 1 - share

    def lowered(amount: Range) -> Range:
        return Range(money(amount.low * rest), money(amount.expected * rest), amount.high)

    duration = found.duration
    return replace(
        found,
        cached=True,
        compute=lowered(found.compute),
        storage=lowered(found.storage),
        other=lowered(found.other),
        ondemand=lowered(found.ondemand),
        duration=Range(duration.low * rest, duration.expected * rest, duration.high),
    ).noting(f"{share * 100:.0f}% of runs hit the cache ({source})")
