"""``cost`` for people: every step with its price, totals, savings, and what has no price."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from linter.core.printable import printable
from linter.reports.amounts import NO_PRICE, at_least, column, spread, usd
from linter.reports.style import PLAIN, Painter
from linter.reports.table import table
from pricing.model import (
    CostReport,
    PipelineEstimate,
    Saving,
    StandingEstimate,
    StepEstimate,
    Where,
    oldest,
)
from pricing.ranges import Range, plain


def render(report: CostReport, paint: Painter = PLAIN, *, verbose: bool = False) -> str:
    """The whole report as text that ends with a line break."""
    lines: list[str] = []
    for pipeline in report.pipelines:
        _pipeline(pipeline, lines, paint, verbose, several_regions(report))
    if report.standing:
        lines.append(paint("Always-on cost per month", "bold"))
        lines.extend(_standing_table(report, paint))
        for item in report.standing:
            name = printable(item.name or item.address)
            if item.notes:
                lines.append(f"    {name}: {printable('; '.join(item.notes))}")
            _savings(item.savings, item.savings_total, item.after_savings, lines, paint, verbose)
        lines.append("")
    if report.unpriced:
        lines.append(paint("Without a price (in no total)", "bold yellow"))
        for gap in report.unpriced:
            where = " / ".join(part for part in (gap.pipeline, gap.step) if part) or gap.address
            lines.append(f"  {printable(where)}: {printable(gap.reason)}")
        lines.append("")
    _left_out(report, lines, paint)
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
    headings, rows = step_rows(pipeline)
    right = [n for n, heading in enumerate(headings) if heading not in _LEFT]
    lines.extend(table(headings, rows, paint, right=right))
    for step in pipeline.steps:
        if verbose and step.notes:
            words = "; ".join(filter(None, (step.basis.words, step.price_source)))
            words = f" ({printable(words, 200)})" if words else ""
            lines.append(f"    {printable(step.name)}{words}: {printable('; '.join(step.notes))}")
    run = at_least(pipeline.per_run, pipeline.complete_run)
    month = at_least(pipeline.per_month, pipeline.complete)
    lines.append(f"  per run     {paint(run, 'bold')}  {paint(_rests(pipeline), 'dim')}".rstrip())
    lines.append(
        f"  per month   {paint(month, 'bold')}  {paint(printable(pipeline.runs_said), 'dim')}"
    )
    lines.append(f"  permitted   {permitted(pipeline.permitted_per_run)}")
    lines.append(f"  duration    {_hours(pipeline.duration)}")
    for note in pipeline.notes:
        lines.append(f"  note        {printable(note)}")
    _savings(
        pipeline.savings, pipeline.savings_total, pipeline.after_savings, lines, paint, verbose
    )
    for risk in pipeline.risks if verbose else pipeline.risks[:1]:
        lines.append(
            f"  risk        {usd(risk.usd)} more for {printable(risk.step)}: {printable(risk.how)}"
        )
    lines.append("")


def _rests(pipeline: PipelineEstimate) -> str:
    times = {step.basis.time for step in pipeline.steps} - {""}
    derived = any(step.basis.price == "derived" for step in pipeline.steps)
    words = [f"times {' and '.join(sorted(times))}"] if times else []
    return ", ".join([*words, *(["derived prices"] if derived else [])])


def permitted(amount: Decimal | None) -> str:
    """What limits and retries allow, or that nothing does."""
    if amount is None:
        return "not known: a step has no limit or no whole price"
    return f"at most {usd(amount)} a run"


_LEFT = frozenset({"step", "type", "instance", "from", "kind", "name"})


def step_rows(pipeline: PipelineEstimate) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Headings and rows of a pipeline's steps; the last row is their sum.

    A step that does not run once in each run shows what it costs when it runs, and its weight;
    the three columns of amounts are what it adds to a run, and add up.
    """
    weighed = any(step.weight != 1 and not step.free for step in pipeline.steps)
    sums = [
        column([getattr(step.share, name) for step in pipeline.steps])
        for name in ("low", "expected", "high")
    ]
    rows: list[tuple[str, ...]] = []
    for index, step in enumerate(pipeline.steps):
        cells = [texts[index] for texts, _ in sums]
        if step.free:
            cells = ["free"] * 3
        elif step.unpriced:
            cells = [f"≥ {cell}" if step.total.high else NO_PRICE for cell in cells]
        weight = (
            (at_least(step.total, step.complete), weight_of(step)) if not step.free else ("",) * 2
        )
        rows.append(
            (
                step.name,
                step.type,
                machines(step),
                "" if step.usd_per_hour is None else f"{step.usd_per_hour.normalize():f}",
                oldest(step.price_dates),
                "" if step.hours is None else f"{step.hours.range.expected:.2f}",
                *(weight if weighed else ()),
                *cells,
                "" if step.permitted_usd is None else usd(step.permitted_usd),
                _from(step),
            )
        )
    if rows:
        whole = [total for _, total in sums]
        if not pipeline.complete_run:
            whole = [f"≥ {cell}" if pipeline.per_run.high else NO_PRICE for cell in whole]
        blank = ("",) * (7 if weighed else 5)
        rows.append(("sum", *blank, *whole, "", ""))
    weights = ("if it runs", "weight") if weighed else ()
    headings = (
        *("step", "type", "instance", "$/hour", "price of", "hours"),
        *weights,
        *("low", "expected", "high", "permitted", "from"),
    )
    return headings, rows


def weight_of(step: StepEstimate) -> str:
    """``50%`` of a branch, ``× 10`` of a loop."""
    assumed = " assumed" if step.weight_assumed else ""
    if step.weight > 1:
        return f"× {plain(step.weight.quantize(Decimal('0.01'))):f}{assumed}"
    return f"{plain((step.weight * 100).quantize(Decimal('0.01'))):f}%{assumed}"


def _from(step: StepEstimate) -> str:
    hours = step.hours
    words = step.basis.words
    if hours is None or hours.source in ("assumption", "limit"):
        return f"{words}, at its limit" if hours is not None and hours.source == "limit" else words
    return words.replace("measured", f"measured ({hours.source})")


def machines(step: StepEstimate | StandingEstimate) -> str:
    """``2 × ml.m5.xlarge Spot``."""
    count, kind = step.instance_count, step.instance_type or ""
    if kind and count is not None and count.high != 1:
        shown = (
            f"{count.low.normalize():f}–{count.high.normalize():f}"
            if count.low != count.high
            else f"{count.expected.normalize():f}"
        )
        kind = f"{shown} × {kind}"
    return f"{kind} Spot" if getattr(step, "spot", False) else kind


def standing_rows(report: CostReport) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Headings and rows of what is always on, per month; the last row is the sum."""
    placed = several_regions(report)
    sums = [
        column([getattr(item.usd_per_month, name) for item in report.standing])
        for name in ("low", "expected", "high")
    ]
    rows: list[tuple[str, ...]] = []
    for index, item in enumerate(report.standing):
        cells = [texts[index] for texts, _ in sums]
        if item.unpriced:
            cells = [f"≥ {cell}" if item.usd_per_month.high else NO_PRICE for cell in cells]
        elif item.free:
            cells = ["free"] * 3
        name = (item.name or item.address) + (" idle" if item.idle else "")
        where = (place_of(item.where),) if placed else ()
        dated = oldest(item.price_dates)
        rows.append((item.kind, name, *where, machines(item), dated, *cells, item.basis.words))
    whole = [total for _, total in sums]
    if not all(item.complete for item in report.standing):
        shown = report.standing_per_month.high
        whole = [f"≥ {cell}" if shown else NO_PRICE for cell in whole]
    rows.append(("sum", "", *(("",) if placed else ()), "", "", *whole, ""))
    where = ("region",) if placed else ()
    headings = ("instance", "price of", "low", "expected", "high", "from")
    return ("kind", "name", *where, *headings), rows


def _standing_table(report: CostReport, paint: Painter) -> list[str]:
    headings, rows = standing_rows(report)
    right = [n for n, heading in enumerate(headings) if heading in ("low", "expected", "high")]
    return table(headings, rows, paint, right=right)


def _savings(
    savings: Sequence[Saving],
    whole: Range,
    after: Range,
    lines: list[str],
    paint: Painter,
    verbose: bool,
) -> None:
    """What may be saved together, what that is made of, and the alternatives beneath."""
    applied = [saving for saving in savings if saving.applied]
    others = [saving for saving in savings if not saving.applied]
    if applied:
        lines.append(
            f"  {paint('save', 'bold green')}        {spread(whole)} per month, leaving"
            f" {spread(after)}:"
        )
    texts, _ = column([saving.usd_per_month.expected for saving in applied])
    for saving, text in zip(applied, texts, strict=True):
        lines.append(f"    {text} {saving.kind} on {_of(saving)}: {printable(saving.how)}")
    for saving in others if verbose else [s for s in others if s.alternative_of][:3]:
        instead = f" instead of {saving.alternative_of}" if saving.alternative_of else ""
        lines.append(
            f"    or: {spread(saving.alone)} {saving.kind} on {_of(saving)}{instead}:"
            f" {printable(saving.how)}"
        )


def _of(saving: Saving) -> str:
    return printable(saving.step or saving.address)


def _left_out(report: CostReport, lines: list[str], paint: Painter) -> None:
    if report.left_out:
        lines.append(paint("Seen, not priced (in no total)", "bold yellow"))
        lines.extend(f"  {printable(text, 300)}" for text in left_out_lines(report))
        lines.append("")


def left_out_lines(report: CostReport) -> list[str]:
    """``3 NAT gateways: the book has no price of them``."""
    return [f"{kind.count} {kind.service}: {kind.why}" for kind in report.left_out]


def _hours(value: Range) -> str:
    def one(amount: Decimal) -> str:
        minutes = amount * 60
        return f"{minutes:.0f} min" if minutes < 120 else f"{amount:.1f} h"

    if one(value.low) == one(value.high):
        return one(value.expected)
    return f"{one(value.expected)} ({one(value.low)}–{one(value.high)})"


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


def total_lines(report: CostReport) -> list[str]:
    """The totals: pipelines, what stands, both, savings, and what the figures rest on."""
    run = at_least(report.per_run, report.complete_run)
    month = at_least(report.per_month, report.complete)
    pipelines = at_least(
        report.pipelines_per_month, all(item.complete for item in report.pipelines)
    )
    standing = at_least(report.standing_per_month, all(item.complete for item in report.standing))
    lines = [
        f"Total  {run} per run of every pipeline, {month} per month.",
        f"Per month  pipelines {pipelines}; always on {standing if report.standing else 'none'}.",
    ]
    if report.savings_total.high:
        lines.append(
            f"Savings  {spread(report.savings_total)} per month, leaving"
            f" {spread(report.after_savings)}."
        )
    if report.plan is not None:
        lines.append(f"Savings Plan  {_planned(report)}.")
    if report.assumptions.said:
        lines.append(f"Rests on  {report.assumptions.said}.")
    lines.append(f"Steps and resources  {report.coverage.said}.")
    return lines


def _planned(report: CostReport) -> str:
    """What the configured plan covers, and a month with it."""
    plan = report.plan
    assert plan is not None
    month = report.per_month.expected - plan.saves
    least = "" if report.complete else "at least "
    unused = f", {usd(plan.unused)} of it unused" if plan.unused else ""
    assumed = ", assumed" if plan.discount_assumed else ""
    return (
        f"covers {usd(plan.covered)} of {usd(plan.compute)} compute a month for"
        f" {usd(plan.paid)}{unused} ({plain(plan.discount * 100):f}% off{assumed}); a month with it"
        f" is {least}{usd(month)}"
    )


def price_warnings(report: CostReport) -> list[str]:
    """What is wrong with the prices: old ones in one line, and what could not be read."""
    old = report.old_prices.said if report.old_prices is not None else report.book_warning
    aged = {book.warning for book in report.books}
    rest = [text for text in report.warnings if text not in aged]
    return list(filter(None, (old, *rest)))


def _totals(report: CostReport, lines: list[str], paint: Painter) -> None:
    for line in total_lines(report):
        head, _, text = line.partition("  ")
        lines.append(f"{paint(head, 'bold')}  {text}")
    lines.append(paint(f"{book_line(report)}, USD before tax; free tiers left out.", "dim"))
    for warning in price_warnings(report):
        lines.append(paint(f"warning: {printable(warning)}", "bold yellow"))


def render_groups(report: CostReport, by: str, paint: Painter = PLAIN) -> str:
    """Sums by pipeline, step, instance type, region, path or tag; they add up to the totals."""
    headings, rows = group_rows(report, by)
    lines = table(headings, rows, paint, right=range(1, 8))
    lines.append("")
    _left_out(report, lines, paint)
    _totals(report, lines, paint)
    return "\n".join(lines) + "\n"


GROUP_HEADINGS = ("per run", "low/month", "per month", "high/month", "per year", "saves/month")


def group_rows(report: CostReport, by: str) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Headings and rows of a grouped table; the last row is the sum."""
    from pricing.report import grouped

    groups = grouped(report, by)
    columns = [
        column([row.per_run.expected for row in groups]),
        column([row.per_month.low for row in groups]),
        column([row.per_month.expected for row in groups]),
        column([row.per_month.high for row in groups]),
        column([row.per_month.expected * 12 for row in groups]),
        column([row.savings for row in groups]),
    ]
    rows: list[tuple[str, ...]] = []
    for index, row in enumerate(groups):
        cells = [texts[index] for texts, _ in columns]
        if not row.complete:
            known = bool(row.per_month.high)
            cells = [f"≥ {cell}" if known else NO_PRICE for cell in cells[:5]] + cells[5:]
        missing = f"{row.unpriced} without a price" if row.unpriced else ""
        words = ", ".join(filter(None, ("assumed" if row.assumed else "", missing)))
        rows.append((row.key, *cells, words))
    sums = [total for _, total in columns]
    if not report.complete:
        sums = [f"≥ {cell}" if report.per_month.high else NO_PRICE for cell in sums[:5]] + sums[5:]
    rows.append(("sum", *sums, ""))
    return (by, *GROUP_HEADINGS, ""), rows
