"""Amounts of the cost report as the page writes them.

Whatever lacks something says so: ``at least`` in sentences, ``≥`` in columns, ``no price`` where
nothing is known. The amounts of a column are rounded so that what is printed adds up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from linter.core.printable import printable
from linter.core.record import record
from linter.reports.amounts import NO_PRICE, rounded, usd
from pricing.model import PipelineEstimate
from pricing.ranges import Range

if TYPE_CHECKING:
    from pricing.model import (
        CostReport,
        Saving,
        StandingEstimate,
        StepEstimate,
    )


def pipelines_whole(cost: CostReport) -> bool:
    """Whether no month of a pipeline lacks a price."""
    return all(item.complete for item in cost.pipelines)


def standing_whole(cost: CostReport) -> bool:
    """Whether nothing that stands lacks a price."""
    return all(item.complete for item in cost.standing)


@record
class SplitColumn:
    """Amounts, their sum, an amount beside them, and the sum of all, as text that adds up."""

    parts: tuple[str, ...]
    together: str
    rest: str
    whole: str


def split_column(amounts: Sequence[Decimal], rest: Decimal) -> SplitColumn:
    """:func:`rounded`, with a sum in between."""
    parts, whole = rounded([*amounts, rest])
    together = whole - parts[-1]
    return SplitColumn(
        tuple(dollars(part) for part in parts[:-1]),
        dollars(together),
        dollars(parts[-1]),
        dollars(whole),
    )


def dollars(amount: Decimal) -> str:
    """With the decimals that it has."""
    return f"{'−' if amount < 0 else ''}${abs(amount):,f}"


def difference(before: Decimal, after: Decimal) -> str:
    """``−$3.00``, ``+$3.00``, ``none``: which way an amount that is printed changes."""
    change = after - before
    return f"{'+' if change > 0 else ''}{dollars(change)}" if change else "none"


def between(value: Range) -> str:
    """``$1.00–$3.00``, ``""`` where there is no spread."""
    low, high = usd(value.low), usd(value.high)
    return "" if low == high else f"{low}–{high}"


def middle(value: Range, whole: bool) -> str:
    """The expected figure alone, to be shown with :func:`between`."""
    if whole:
        return usd(value.expected)
    return f"at least {usd(value.expected)}" if value.high else NO_PRICE


def marked(text: str, whole: bool, known: bool) -> str:
    """An amount of a column; ``known`` is whether anything of it has a price."""
    if whole:
        return text
    return f"≥\N{NO-BREAK SPACE}{text}" if known else NO_PRICE


def machines(item: StepEstimate | StandingEstimate) -> str:
    """``2 × ml.m5.xlarge Spot``; a single one is said as well: ``1 × ml.m5.xlarge``."""
    kind = item.instance_type
    if not kind:
        return ""
    count = item.instance_count
    number = "? × "
    if count is not None:
        low, high = (f"{number.normalize():f}" for number in (count.low, count.high))
        number = f"{low if low == high else f'{low}–{high}'} × "
    spot = " Spot" if getattr(item, "spot", False) else ""
    return printable(f"{number}{kind}{spot}", 200)


def hourly(item: StepEstimate | StandingEstimate) -> str:
    """The price of one instance for an hour, ``""`` where there is none."""
    rate = item.usd_per_hour
    if rate is None:
        return ""
    shown = rate.quantize(Decimal("0.0001")).normalize() or rate.normalize()
    exponent = shown.as_tuple().exponent
    few = isinstance(exponent, int) and exponent > -2
    return f"${shown.quantize(Decimal('0.01')) if few else shown:,f}"


def hours_of(step: StepEstimate) -> str:
    """``0.50 (0.17–4.00)``: billed hours of one instance."""
    if step.hours is None:
        return ""
    time = step.hours.range
    low, middle, high = (f"{number:,.2f}" for number in (time.low, time.expected, time.high))
    return middle if low == high else f"{middle} ({low}–{high})"


def weight_of(step: StepEstimate) -> str:
    """``50% of runs``, ``10 times``; ``""`` for a step that runs once in each run."""
    weight = step.weight.quantize(Decimal("0.001"))
    if weight == 1:
        return ""
    shown = f"{(weight if weight > 1 else weight * 100).normalize():f}"
    said = f"{shown} times" if weight > 1 else f"{shown}% of runs"
    return f"{said}, assumed" if step.weight_assumed else said


def permitted(step: StepEstimate) -> str:
    """What limits and retries allow a step to cost, as far as the report says."""
    amount = step.permitted_usd
    return "" if amount is None else f"${amount:,.2f}"


def best_saving(item: PipelineEstimate | StandingEstimate) -> Decimal:
    """What the best set saves a month; never more than what it costs."""
    cost = item.per_month if isinstance(item, PipelineEstimate) else item.usd_per_month
    return min(item.savings_total.expected, cost.expected)


def alternatives(savings: Sequence[Saving]) -> list[list[Saving]]:
    """Savings of one thing, grouped by what they are of: the best first, then what else could be
    done instead. Those of which nothing is expected are left out."""
    groups: dict[tuple[str, str], list[Saving]] = defaultdict(list)
    for saving in savings:
        if alone(saving).expected > 0 or saving.applied:
            groups[saving.step, saving.address].append(saving)
    for group in groups.values():
        group.sort(key=lambda s: (not s.applied, -alone(s).expected))
    return sorted(groups.values(), key=lambda group: -alone(group[0]).expected)


def alone(saving: Saving) -> Range:
    """What it saves when nothing else is done."""
    return saving.usd_per_month if saving.alone.is_zero else saving.alone
