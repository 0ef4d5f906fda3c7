"""A SageMaker Savings Plan that the user has: what it covers, and what a month costs with it.

AWS publishes rates by type and term, which the book does not have: the discount is the user's, else
assumed. A commitment is paid for every hour. It covers what always runs; what runs at times is not
counted as covered by it, as nothing says when it runs. A stated coverage holds for all compute.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from linter.core.record import record
from pricing.model import (
    HOURS_IN_MONTH,
    PipelineEstimate,
    Plan,
    PlanEffect,
    StandingEstimate,
)
from pricing.ranges import money

ASSUMED_DISCOUNT = Decimal("0.32")
"""The one rate known here: a year, partly upfront, ml.m4.16xlarge training, 2023."""
MACHINES = frozenset({"endpoint", "notebook", "studio-app", "studio-space"})
_COVERED_STEPS = frozenset(
    "Processing ClarifyCheck QualityCheck Training Tuning Transform AutoML NotebookJob".split()
)


@record
class _Compute:
    whole: Decimal
    steady: Decimal


def effect_of(
    plan: Plan, pipelines: Iterable[PipelineEstimate], standing: Iterable[StandingEstimate]
) -> PlanEffect:
    """What the plan does to an expected month."""
    compute = _compute(pipelines, standing)
    discount = ASSUMED_DISCOUNT if plan.discount is None else plan.discount
    paid = unused = Decimal(0)
    if plan.coverage is not None:
        covered = compute.whole * plan.coverage
        paid = covered * (1 - discount)
    else:
        paid = (plan.commitment or Decimal(0)) * HOURS_IN_MONTH
        capacity = paid / (1 - discount)
        covered = min(compute.steady, capacity)
        unused = paid - covered * (1 - discount)
    return PlanEffect(
        money(compute.whole),
        money(covered),
        money(paid),
        money(unused),
        money(covered - paid),
        discount,
        plan.discount is None,
    )


def effects_together(effects: Sequence[PlanEffect]) -> PlanEffect | None:
    """What several plans do, each to what it is for; their discount is the mean of what is covered.

    ``None`` for none of them.
    """
    if len(effects) < 2:
        return effects[0] if effects else None
    covered = sum((effect.covered for effect in effects), Decimal(0))
    taken_off = sum((effect.covered * effect.discount for effect in effects), Decimal(0))
    mean = sum((effect.discount for effect in effects), Decimal(0)) / len(effects)
    return PlanEffect(
        sum((effect.compute for effect in effects), Decimal(0)),
        covered,
        sum((effect.paid for effect in effects), Decimal(0)),
        sum((effect.unused for effect in effects), Decimal(0)),
        sum((effect.saves for effect in effects), Decimal(0)),
        (taken_off / covered if covered else mean).quantize(Decimal("0.0001")),
        any(effect.discount_assumed for effect in effects),
    )


def _compute(
    pipelines: Iterable[PipelineEstimate], standing: Iterable[StandingEstimate]
) -> _Compute:
    whole = steady = Decimal(0)
    for item in standing:
        if item.kind in MACHINES:
            whole += item.compute.expected
            steady += min(item.hourly.low * HOURS_IN_MONTH, item.compute.expected)
    for pipeline in pipelines:
        for step in pipeline.steps:
            total = step.total.expected
            if step.type in _COVERED_STEPS and total:
                month: Any = pipeline.monthly(step.share)
                whole += month.expected * step.compute.expected / total
    return _Compute(whole, steady)
