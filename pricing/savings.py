"""Ways to spend less on a pipeline, each computed from its own priced steps.

A saving is what would no longer be spent in a month. ``low`` is zero wherever it depends on how
the pipeline is used: an input that changes every time, capacity that is never spare. Which of them
go together is decided by :mod:`pricing.stacking`.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from linter.core.record import record
from linter.domain.caching import changing
from linter.domain.pipeline import Step
from pricing.choices import newer, smaller
from pricing.context import Context
from pricing.estimators.registry import CACHEABLE, hit_share
from pricing.model import Risk, Share, StepEstimate
from pricing.ranges import Range, money
from pricing.stacking import FIGURES, Offer, Owner, Stacked, clipped, shared, stack

ASSUMED_HITS = Range(Decimal(0), Decimal("0.3"), Decimal("0.9"))
"""The share of runs whose inputs have not changed, where nothing states one."""

_COMPONENTS = {
    "Processing": "Processing",
    "ClarifyCheck": "Processing",
    "QualityCheck": "Processing",
    "Training": "Training",
    "Transform": "BatchTransform",
}

MEANT_TO_RUN = frozenset({"ClarifyCheck", "QualityCheck"})
"""Steps that look at each run's data: an earlier answer would be of other data."""


@record
class _Priced:
    step: Step
    estimate: StepEstimate


def savings_of(ctx: Context, steps: tuple[StepEstimate, ...], runs: Range) -> Stacked:
    """The savings of a priced pipeline that goes so often a month."""
    owners: list[Owner] = []
    for step, estimate in zip(ctx.pipeline.steps, steps, strict=True):
        if not estimate.total.high:
            continue
        priced = _Priced(step, estimate)
        # Of a price that is not whole it is not known what would be saved.
        offers = [] if estimate.unpriced else list(_offers(ctx, priced))
        share = estimate.share
        month = Share(*(getattr(share, name) * getattr(runs, name) for name in FIGURES))
        compute = clipped(Share(*(_compute_part(estimate, name) for name in FIGURES)))
        owners.append(Owner(step.name, step.pipeline.address, month, compute, tuple(offers)))
    return stack(owners)


def _compute_part(estimate: StepEstimate, figure: str) -> Decimal:
    whole: Decimal = getattr(estimate.total, figure)
    compute: Decimal = getattr(estimate.compute, figure)
    return compute / whole if whole else Decimal(0)


def _offers(ctx: Context, priced: _Priced) -> Iterator[Offer]:
    yield from _caching(ctx, priced)
    yield from _spot(ctx, priced)
    yield from _newer(ctx, priced)
    yield from _smaller(ctx, priced)


def _caching(ctx: Context, priced: _Priced) -> Iterator[Offer]:
    if priced.step.type not in CACHEABLE or priced.step.type in MEANT_TO_RUN:
        return
    if priced.estimate.cached or any(True for _ in changing(priced.step, all_cached=True)):
        return  # with a key that is new in every execution a cache would never answer
    share, source = hit_share(ctx, priced.step)
    hits = ASSUMED_HITS if share is None else Range.exactly(share)
    where = "assumed" if share is None else f"by {source}"
    how = (
        f"with the step cache, {hits.expected * 100:.0f}% of the runs ({where}) reuse an earlier"
        " result"
    )
    yield Offer("caching", "runs", shared(hits), how)


def _spot(ctx: Context, priced: _Priced) -> Iterator[Offer]:
    part = priced.estimate.open_to_spot
    if not part:
        return
    kind = (priced.estimate.instance_type or "").split(" ")[0]
    share, source = ctx.spot_saving(priced.step, kind)
    of = "the compute" if part == 1 else f"{part * 100:.0f}% of the compute, which is not on it,"
    how = f"managed Spot takes {share.expected * 100:.0f}% off {of} ({source})"
    yield Offer("spot", "rate", shared(share * part), how, compute=True)


def _newer(ctx: Context, priced: _Priced) -> Iterator[Offer]:
    """The cheapest newer generation of the same class and size, on the same architecture."""
    component = _COMPONENTS.get(priced.step.type)
    choice = newer(ctx.book, component, priced.estimate.instance_type or "") if component else None
    if choice is None:
        return
    how = f"{choice.name} has the same processors and memory for {choice.share * 100:.0f}% less"
    least = choice.share
    if not choice.same_speed:
        least = Decimal(0)
        how += "; its GPU has the same memory and is not equally fast: measure first"
    share = Share(least, choice.share, choice.share)
    yield Offer("right-size", "machine", share, how, compute=True)


def _smaller(ctx: Context, priced: _Priced) -> Iterator[Offer]:
    """Nothing says how much of the machine a job uses, so nothing is expected of a smaller one."""
    component = _COMPONENTS.get(priced.step.type)
    kind = priced.estimate.instance_type or ""
    choice = smaller(ctx.book, component, kind) if component else None
    if choice is None:
        return
    how = (
        f"{choice.name} costs {choice.share * 100:.0f}% less an hour, if its memory and processors"
        " do for the job and it takes no longer"
    )
    share = Share(Decimal(0), Decimal(0), choice.share)
    yield Offer("smaller-instance", "machine", share, how, compute=True)


FAR = 4
"""A stated limit of so many times a job's longest usual time is no use against a hanging job."""


def risks_of(ctx: Context, steps: tuple[StepEstimate, ...]) -> tuple[Risk, ...]:
    """What one job that hangs costs beyond its usual price, where no limit is near it."""
    found: list[Risk] = []
    for step, estimate in zip(ctx.pipeline.steps, steps, strict=True):
        if estimate.unpriced or estimate.ceiling_usd is None:
            continue
        usual = estimate.total.high
        path: tuple[str, ...] = ("StoppingCondition", "MaxRuntimeInSeconds")
        if step.type == "Tuning":
            path = ("TrainingJobDefinition", *path)
        stated = ctx.number(step.get(*path))
        if stated is not None and estimate.ceiling_usd < usual * FAR:
            continue
        beyond = money(max(estimate.ceiling_usd - usual, Decimal(0)))
        if not beyond:
            continue
        limit = (
            "AWS ends it" if stated is None else f"its limit of {stated.high / 3600:.0f} h ends it"
        )
        found.append(Risk("runtime-limit", step.name, beyond, f"a job that hangs until {limit}"))
    return tuple(sorted(found, key=lambda item: -item.usd))
