"""``cost`` for people: every step with its price, totals, savings, and what has no price."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from linter.core.printable import printable
from linter.reports.style import Painter
from linter.reports.table import table
from pricing.model import (
    CostReport,
    PipelineEstimate,
    Saving,
    StandingEstimate,
    StepEstimate,
    Where,
)
from pricing.ranges import Range

_HEADINGS = ("step", "type", "instance", "$/hour", "hours", "per run (low–high)", "from")
_RIGHT = frozenset({3, 4})


def usd(amount: Decimal) -> str:
    """An amount for people: two decimals, more for amounts below a cent."""
    if amount and abs(amount) < Decimal("0.01"):
        return f"${amount:,.4f}"
    return f"${amount:,.2f}"


def spread(value: Range) -> str:
    """``$1.20 ($0.40–$3.10)``, or one amount when there is no spread."""
    low, high = usd(value.low), usd(value.high)
    if low == high:
        return usd(value.expected)
    return f"{usd(value.expected)} ({low}–{high})"


def render(report: CostReport, *, colour: bool = False, verbose: bool = False) -> str:
    """The whole report as text that ends with a line break."""
    paint = Painter(colour)
    lines: list[str] = []
    for pipeline in report.pipelines:
        _pipeline(pipeline, lines, paint, verbose, several_regions(report))
    if report.standing:
        lines.append(paint("Standing cost per month", "bold"))
        for item in report.standing:
            lines.append(_standing(item, several_regions(report)))
            _savings(item.savings, lines, paint, None if verbose else 2)
        lines.append("")
    if report.unpriced:
        lines.append(paint("Without a price (in no total)", "bold yellow"))
        for gap in report.unpriced:
            where = " / ".join(part for part in (gap.pipeline, gap.step) if part) or gap.address
            lines.append(f"  {printable(where)}: {printable(gap.reason)}")
        lines.append("")
    _totals(report, lines, paint)
    return "\n".join(lines) + "\n"


def _pipeline(
    pipeline: PipelineEstimate, lines: list[str], paint: Painter, verbose: bool, placed: bool
) -> None:
    region = f"  {paint(place_of(pipeline.where), 'dim')}" if placed else ""
    lines.append(
        f"{paint(printable(pipeline.name), 'bold')}  {paint(printable(pipeline.path), 'dim')}"
        f"{region}"
    )
    rows = [_row(step) for step in pipeline.steps]
    lines.extend(table(_HEADINGS, rows, paint, right=_RIGHT))
    for step in pipeline.steps:
        if verbose and step.notes:
            lines.append(f"    {printable(step.name)}: {printable('; '.join(step.notes))}")
    lines.append(f"  per run     {paint(spread(pipeline.per_run), 'bold')}")
    lines.append(
        f"  per month   {paint(spread(pipeline.per_month), 'bold')}  "
        f"{paint(printable(pipeline.runs_said), 'dim')}"
    )
    lines.append(f"  duration    {_hours(pipeline.duration)}")
    for note in pipeline.notes:
        lines.append(f"  note        {printable(note)}")
    _savings(pipeline.savings, lines, paint, None if verbose else 5)
    lines.append("")


def _savings(savings: Sequence[Saving], lines: list[str], paint: Painter, most: int | None) -> None:
    """The surest first; ``most`` of those of which something is expected, ``None`` for all."""
    shown = [s for s in savings if most is None or s.usd_per_month.expected > 0]
    for saving in shown[:most]:
        lines.append(
            f"  {paint('save', 'bold green')}        {spread(saving.usd_per_month)} per month: "
            f"{saving.kind} on {printable(saving.step)}: {printable(saving.how)}"
        )


def _row(step: StepEstimate) -> tuple[str, ...]:
    count = step.instance_count
    kind = step.instance_type or ""
    if kind and count is not None and count.high != 1:
        shown = (
            f"{count.low.normalize():f}–{count.high.normalize():f}"
            if count.low != count.high
            else f"{count.expected.normalize():f}"
        )
        kind = f"{shown} × {kind}"
    if step.spot:
        kind += " Spot"
    if step.unpriced:
        price = "no price" if not step.total.high else f"{spread(step.total)} and more"
    elif step.free:
        price = "free"
    else:
        price = spread(step.total)
    return (
        step.name,
        step.type,
        kind,
        "" if step.usd_per_hour is None else f"{step.usd_per_hour.normalize():f}",
        "" if step.hours is None else f"{step.hours.range.expected:.2f}",
        price,
        "" if step.hours is None else step.hours.source,
    )


def _standing(item: StandingEstimate, placed: bool) -> str:
    name = printable(item.name or item.address)
    price = (
        "no price" if item.unpriced and not item.usd_per_month.high else spread(item.usd_per_month)
    )
    notes = f"  {printable('; '.join(item.notes))}" if item.notes else ""
    idle = " idle" if item.idle else ""
    region = f" in {place_of(item.where)}" if placed else ""
    return f"  {item.kind} {name}{region}{idle}  {price}{notes}"


def _hours(value: Range) -> str:
    def one(amount: Decimal) -> str:
        minutes = amount * 60
        return f"{minutes:.0f} min" if minutes < 120 else f"{amount:.1f} h"

    if one(value.low) == one(value.high):
        return one(value.expected)
    return f"{one(value.expected)} ({one(value.low)}–{one(value.high)})"


def priced_share(report: CostReport) -> str:
    """``145 of 154 steps priced (94%)``; never rounded up to 100%."""
    percent = int(report.share_priced * 100)
    return f"{report.steps_priced} of {report.steps_total} steps priced ({percent}%)"


def several_regions(report: CostReport) -> bool:
    """Whether things must be shown with the region they run in."""
    return len(report.books) > 1


def place_of(where: Where) -> str:
    """``us-west-2``, ``us-east-1 (assumed)``."""
    return printable(f"{where}{' (assumed)' if _assumed(where) else ''}", 200)


def _assumed(where: Where) -> bool:
    return where.source.startswith("assumed")


def book_line(report: CostReport) -> str:
    """``us-east-1 (assumed), embedded prices of 2026-09-22``.

    Several regions share one list of prices or follow one another: ``us-east-1 and us-west-2, …``.
    """
    lists: dict[str, list[str]] = {}
    for book in report.books:
        source = f"{printable(book.source, 80)} prices" + (f" of {book.date}" if book.date else "")
        region = printable(book.region, 40) + _assumptions(report, book.region)
        lists.setdefault("no prices" if book.empty else source, []).append(region)
    return "; ".join(f"{_listed(regions)}, {source}" for source, regions in lists.items())


def _listed(names: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def _assumptions(report: CostReport, region: str) -> str:
    """Of how many things it is only assumed that they run in a region."""
    every = [item.where for item in report.pipelines] + [item.where for item in report.standing]
    there = [where for where in every if region in where.regions]
    number = sum(_assumed(where) for where in there)
    if not number:
        return ""
    return " (assumed)" if number == len(there) else f" (assumed for {number} of {len(there)})"


def _totals(report: CostReport, lines: list[str], paint: Painter) -> None:
    mark = "" if report.complete else "at least "
    lines.append(
        f"{paint('Total', 'bold')}  {mark}{spread(report.per_run)} per run of every pipeline, "
        f"{mark}{spread(report.per_month)} per month; {priced_share(report)}."
    )
    lines.append(paint(f"{book_line(report)}, USD before tax; free tiers left out.", "dim"))
    for warning in (report.book_warning, *report.warnings):
        if warning:
            lines.append(paint(f"warning: {printable(warning)}", "bold yellow"))


def render_groups(report: CostReport, by: str, *, colour: bool = False) -> str:
    """Sums by pipeline, step, instance type or region; they add up to the totals."""
    from pricing.report import grouped

    paint = Painter(colour)
    rows = [
        (
            row.key,
            usd(row.per_run.expected),
            usd(row.per_month.expected),
            f"{usd(row.per_month.low)}–{usd(row.per_month.high)}",
            f"{row.unpriced} without a price" if row.unpriced else "",
        )
        for row in grouped(report, by)
    ]
    lines = table((by, "per run", "per month", "low–high", ""), rows, paint, right=(1, 2))
    lines.append("")
    _totals(report, lines, paint)
    return "\n".join(lines) + "\n"
