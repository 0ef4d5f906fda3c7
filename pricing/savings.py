"""Ways to spend less on a pipeline, each computed from its own priced steps.

A saving is what would no longer be spent in a month. ``low`` is zero wherever it depends on how
the pipeline is used: an input that changes every time, capacity that is never spare.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from linter.core.record import record
from linter.core.values import lookup
from linter.domain.instances import parse
from linter.domain.pipeline import Step
from pricing.book import NoPrice
from pricing.context import Context
from pricing.estimators.registry import CACHEABLE, hit_share
from pricing.estimators.training import can_use_spot
from pricing.model import Saving, StepEstimate
from pricing.ranges import Range, money

ASSUMED_HITS = Range(Decimal(0), Decimal("0.3"), Decimal("0.9"))
"""The share of runs whose inputs have not changed, where nothing states one."""

_COMPONENTS = {
    "Processing": "Processing",
    "ClarifyCheck": "Processing",
    "QualityCheck": "Processing",
    "Training": "Training",
    "Transform": "BatchTransform",
}
_GENERAL = frozenset("mcr")
"""Families of which the same size has the same processors and memory in every generation
(EC2's instance types page: m 4 GB, c 2 GB, r 8 GB a vCPU)."""


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
        found.extend(_limit(ctx, priced))
    return tuple(sorted(found, key=lambda item: -item.usd_per_month.expected))


def _made(priced: _Priced, kind: str, amount: Range, how: str) -> Iterator[Saving]:
    if amount.high > 0:
        yield Saving(kind, priced.step.name, amount.as_money(), how, priced.step.pipeline.address)


def _caching(ctx: Context, priced: _Priced) -> Iterator[Saving]:
    if priced.step.type not in CACHEABLE or priced.estimate.cached:
        return
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
    kind = priced.estimate.instance_type
    old = parse(kind) if kind and " " not in kind else None
    if component is None or old is None or kind is None or old.family[0] not in _GENERAL:
        return
    price = ctx.book.price(component, kind)
    if isinstance(price, NoPrice):
        return
    best, best_price = "", price.usd_per_hour
    for name in ctx.book.types(component):
        new = parse(name)
        if new is None or not _replaces(old.family, new.family) or new.size != old.size:
            continue
        other = ctx.book.price(component, name)
        if not isinstance(other, NoPrice) and other.usd_per_hour < best_price:
            best, best_price = name, other.usd_per_hour
    if not best:
        return
    share = 1 - best_price / price.usd_per_hour
    yield from _made(
        priced,
        "right-size",
        priced.month * money(share) * priced.compute_part,
        f"{best} has the same processors and memory for {share * 100:.0f}% less an hour",
    )


def _replaces(old: str, new: str) -> bool:
    """Whether a plain Intel family is a later generation of another: m4 → m5, m6i, m7i."""
    if old[0] != new[0] or len(old) < 2 or len(new) < 2:
        return False
    if not (old[1].isdigit() and new[1].isdigit()) or new[1] <= old[1]:
        return False
    return old[2:] in ("", "i") and new[2:] in ("", "i")


def _limit(ctx: Context, priced: _Priced) -> Iterator[Saving]:
    """What one job that hangs costs beyond its usual price, where no limit is stated."""
    ceiling = priced.estimate.ceiling_usd
    stated = lookup(priced.step.get("StoppingCondition"), "MaxRuntimeInSeconds")
    if ceiling is None or ctx.number(stated) is not None:
        return
    beyond = max(ceiling - priced.estimate.total.high, Decimal(0))
    yield from _made(
        priced,
        "runtime-limit",
        Range(Decimal(0), Decimal(0), beyond),
        "high is one job a month that hangs until AWS ends it",
    )
