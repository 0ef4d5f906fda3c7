"""The price of what runs in one of several regions: a range over what it costs in each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from linter.core.record import replace
from pricing.model import PipelineEstimate, Saving, Share, StandingEstimate, StepEstimate
from pricing.ranges import Range, total


def any_pipeline(found: Sequence[PipelineEstimate]) -> PipelineEstimate:
    """One estimate for a pipeline of which these are the estimates, the expected region's first.

    Low is the cheapest region's low, high the dearest one's high, for each step and for the run.
    """
    first = found[0]
    if len(found) == 1:
        return first
    cheapest = min(found, key=lambda item: item.per_run.low)
    dearest = max(found, key=lambda item: item.per_run.high)
    steps = tuple(
        _step(
            [item.steps[index] for item in found],
            Share(
                cheapest.steps[index].share.low,
                step.share.expected,
                dearest.steps[index].share.high,
            ),
        )
        for index, step in enumerate(first.steps)
    )
    savings = _savings([item.savings for item in found])
    return replace(
        first,
        steps=steps,
        per_run=_hull(item.per_run for item in found),
        duration=_hull(item.duration for item in found),
        savings=savings,
        savings_total=_saved(savings),
        after_savings=_hull(item.after_savings for item in found),
        permitted_per_run=_most([item.permitted_per_run for item in found]),
    )


def any_standing(found: Sequence[StandingEstimate]) -> StandingEstimate:
    """The same for something that stands."""
    first = found[0]
    if len(found) == 1:
        return first
    savings = _savings([item.savings for item in found])
    return replace(
        first,
        usd_per_month=_hull(item.usd_per_month for item in found),
        hourly=_hull(item.hourly for item in found),
        compute=_hull(item.compute for item in found),
        unpriced=_reasons(item.unpriced for item in found),
        savings=savings,
        savings_total=_saved(savings),
        after_savings=_hull(item.after_savings for item in found),
        price_dates=tuple(dict.fromkeys(d for item in found for d in item.price_dates)),
    )


def _step(found: Sequence[StepEstimate], share: Share) -> StepEstimate:
    ceilings = [item.ceiling_usd for item in found if item.ceiling_usd is not None]
    return replace(
        found[0],
        compute=_hull(item.compute for item in found),
        storage=_hull(item.storage for item in found),
        other=_hull(item.other for item in found),
        ondemand=_hull(item.ondemand for item in found),
        ceiling_usd=max(ceilings, default=None),
        permitted_usd=_most([item.permitted_usd for item in found]),
        price_dates=tuple(dict.fromkeys(d for item in found for d in item.price_dates)),
        unpriced=_reasons(item.unpriced for item in found),
        share=share,
    )


def _hull(ranges: Iterable[Range]) -> Range:
    every = list(ranges)
    return Range(
        min(item.low for item in every), every[0].expected, max(item.high for item in every)
    )


def _most(amounts: Sequence[Decimal | None]) -> Decimal | None:
    """The greatest; ``None`` where one of them has no end."""
    known = [amount for amount in amounts if amount is not None]
    return max(known) if known and len(known) == len(amounts) else None


def _reasons(texts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(filter(None, texts)))


def _savings(found: Sequence[tuple[Saving, ...]]) -> tuple[Saving, ...]:
    """The expected region's savings; low is the least of any region, zero where it has none.

    The high figures are the expected region's: of several regions they would not add up.
    """
    others = [{_key(saving): saving for saving in savings} for savings in found[1:]]
    made: list[Saving] = []
    for saving in found[0]:
        low, high = saving.usd_per_month.low, saving.usd_per_month.high
        for table in others:
            same = table.get(_key(saving))
            low = min(low, same.usd_per_month.low) if same is not None else low * 0
        expected = saving.usd_per_month.expected
        made.append(replace(saving, usd_per_month=Range(low, expected, high)))
    return tuple(made)


def _saved(savings: Iterable[Saving]) -> Range:
    return total(saving.usd_per_month for saving in savings if saving.applied)


def _key(saving: Saving) -> tuple[str, str, str, bool]:
    return saving.kind, saving.step, saving.address, saving.applied
