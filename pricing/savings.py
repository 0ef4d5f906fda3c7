"""Ways to spend less on a pipeline, each computed from its own priced steps.

A saving is what would no longer be spent in a month. ``low`` is zero wherever it depends on how
the pipeline is used: an input that changes every time, capacity that is never spare.
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
from pricing.estimators.training import can_use_spot
from pricing.model import Saving, StepEstimate
from pricing.ranges import Range

ASSUMED_HITS = Range(Decimal(0), Decimal("0.3"), Decimal("0.9"))
"""The share of runs whose inputs have not changed, where nothing states one."""

_COMPONENTS = {
    "Processing": "Processing",
    "ClarifyCheck": "Processing",
    "QualityCheck": "Processing",
    "Training": "Training",
    "Transform": "BatchTransform",
}


@record
class _Priced:
    step: Step
    estimate: StepEstimate
    runs: Decimal

    @property
    def month(self) -> Range:
        """What the step adds to a month. Its shares are not in order by themselves."""
        share = self.estimate.share
        low = min(share.low, share.expected)
        return Range(low, share.expected, max(share.high, share.expected)) * self.runs

    @property
    def compute_part(self) -> Decimal:
        """The part of the expected price that is compute."""
        whole = self.estimate.total.expected
        return self.estimate.compute.expected / whole if whole else Decimal(0)


def savings_of(ctx: Context, steps: tuple[StepEstimate, ...], runs: Decimal) -> tuple[Saving, ...]:
    """Every saving of a priced pipeline, the largest first."""
    found: list[Saving] = []
    for step, estimate in zip(ctx.pipeline.steps, steps, strict=True):
        if not estimate.total.high or estimate.unpriced:
            continue
        priced = _Priced(step, estimate, runs)
        found.extend(_caching(ctx, priced))
        found.extend(_spot(ctx, priced))
        found.extend(_newer(ctx, priced))
        found.extend(_smaller(ctx, priced))
        found.extend(_limit(ctx, priced))
    return tuple(sorted(found, key=lambda item: -item.usd_per_month.expected))


def _made(priced: _Priced, kind: str, amount: Range, how: str) -> Iterator[Saving]:
    if amount.high > 0:
        yield Saving(kind, priced.step.name, amount.as_money(), how, priced.step.pipeline.address)


def _caching(ctx: Context, priced: _Priced) -> Iterator[Saving]:
    if priced.step.type not in CACHEABLE or priced.estimate.cached:
        return
    if any(True for _ in changing(priced.step, all_cached=True)):
        return  # its key is new in every execution: a cache would never answer
    share, source = hit_share(ctx, priced.step)
    hits = ASSUMED_HITS if share is None else Range.exactly(share)
    where = "assumed" if share is None else f"by {source}"
    yield from _made(
        priced,
        "caching",
        priced.month * hits,
        f"with the step cache, {hits.expected * 100:.0f}% of the runs ({where}) reuse an earlier "
        "result",
    )


def _spot(ctx: Context, priced: _Priced) -> Iterator[Saving]:
    if priced.step.type not in ("Training", "Tuning") or priced.estimate.spot:
        return
    config = priced.step.get("ResourceConfig")
    if priced.step.type == "Tuning":
        config = priced.step.get("TrainingJobDefinition", "ResourceConfig")
    if not can_use_spot(config):
        return
    kind = (priced.estimate.instance_type or "").split(" ")[0]
    share, source = ctx.spot_saving(priced.step, kind)
    yield from _made(
        priced,
        "spot",
        priced.month * share * priced.compute_part,
        f"managed Spot takes {share.expected * 100:.0f}% off the compute ({source})",
    )


def _newer(ctx: Context, priced: _Priced) -> Iterator[Saving]:
    """The cheapest newer generation of the same class and size, on the same architecture."""
    component = _COMPONENTS.get(priced.step.type)
    choice = newer(ctx.book, component, priced.estimate.instance_type or "") if component else None
    if choice is None:
        return
    amount = priced.month * choice.share * priced.compute_part
    how = f"{choice.name} has the same processors and memory for {choice.share * 100:.0f}% less"
    if not choice.same_speed:
        amount = Range(Decimal(0), amount.expected, amount.high)
        how += "; its GPU has the same memory and is not equally fast: measure first"
    yield from _made(priced, "right-size", amount, how)


def _smaller(ctx: Context, priced: _Priced) -> Iterator[Saving]:
    """Nothing says how much of the machine a job uses, so nothing is expected of a smaller one."""
    component = _COMPONENTS.get(priced.step.type)
    kind = priced.estimate.instance_type or ""
    choice = smaller(ctx.book, component, kind) if component else None
    if choice is None:
        return
    most = priced.month.high * choice.share * priced.compute_part
    how = (
        f"{choice.name} costs {choice.share * 100:.0f}% less an hour, if its memory and processors"
        " do for the job and it takes no longer"
    )
    yield from _made(priced, "smaller-instance", Range(Decimal(0), Decimal(0), most), how)


FAR = 4
"""A stated limit of so many times a job's longest usual time is no use against a hanging job."""


def _limit(ctx: Context, priced: _Priced) -> Iterator[Saving]:
    """What one job that hangs costs beyond its usual price, where no limit is near it."""
    ceiling, usual = priced.estimate.ceiling_usd, priced.estimate.total.high
    if ceiling is None:
        return
    path: tuple[str, ...] = ("StoppingCondition", "MaxRuntimeInSeconds")
    if priced.step.type == "Tuning":
        path = ("TrainingJobDefinition", *path)
    stated = ctx.number(priced.step.get(*path))
    if stated is not None and ceiling < usual * FAR:
        return
    beyond = max(ceiling - usual, Decimal(0))
    limit = "AWS ends it" if stated is None else f"its limit of {stated.high / 3600:.0f} h ends it"
    yield from _made(
        priced,
        "runtime-limit",
        Range(Decimal(0), Decimal(0), beyond),
        f"high is one job a month that hangs until {limit}",
    )
