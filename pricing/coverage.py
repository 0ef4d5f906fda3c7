"""How much of what was seen has a price: the line with which every estimate ends."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date as Date  # noqa: N812

from pricing.book import MAX_AGE_DAYS
from pricing.model import CostReport, Coverage, OldPrices, PipelineEstimate, StandingEstimate

NO_MODEL = "there is no price model"
"""How the reason of a step begins whose type is not supported."""


def coverage_of(report: CostReport) -> Coverage:
    """Each thing seen counts once: as priced whole, free, not priced (whole), or not supported."""
    priced = free = unpriced = unsupported = 0
    for pipeline in report.pipelines:
        unpriced += len(pipeline.gaps)
        for step in pipeline.steps:
            if step.unpriced.startswith(NO_MODEL):
                unsupported += 1
            elif step.unpriced:
                unpriced += 1
            elif step.free or step.total.is_zero:
                free += 1
            else:
                priced += 1
    for item in report.standing:
        if not item.supported:
            unsupported += 1
        elif item.unpriced:
            unpriced += 1
        elif item.free:
            free += 1
        else:
            priced += 1
    for kind in report.left_out:
        if kind.supported:
            unpriced += kind.count
        else:
            unsupported += kind.count
    seen = priced + free + unpriced + unsupported
    return Coverage(seen, priced, free, unpriced, unsupported)


def old_prices(
    pipelines: Iterable[PipelineEstimate], standing: Iterable[StandingEstimate], today: Date
) -> OldPrices | None:
    """How many rows rest on a price older than :data:`~pricing.book.MAX_AGE_DAYS`."""
    rows = [step.price_dates for item in pipelines for step in item.steps]
    rows += [item.price_dates for item in standing]
    rows = [row for row in rows if any(row)]
    old = [row for row in rows if any(is_old(text, today) for text in row)]
    if not old:
        return None
    first = min(text for row in old for text in row if text and is_old(text, today))
    return OldPrices(len(old), len(rows), first, MAX_AGE_DAYS)


def is_old(text: str, today: Date) -> bool:
    """Whether a date is too long ago; of a year or a month, whether all of it is."""
    year, _, rest = text[:10].partition("-")
    month, _, day = rest.partition("-")
    if len(month) == 4:  # from one year to another
        year, month = month, ""
    try:
        written = Date(int(year), int(month or 12), int(day or 28))
    except ValueError:
        return False
    return (today - written).days > MAX_AGE_DAYS
