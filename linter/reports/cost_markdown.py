"""``cost --format markdown``: for pull requests and wikis."""

from __future__ import annotations

from collections.abc import Sequence

from linter.reports.cost_table import (
    book_line,
    place_of,
    priced_share,
    several_regions,
    spread,
    usd,
)
from linter.reports.escape import code, markdown
from pricing.model import CostReport, PipelineEstimate, Saving, StepEstimate

MAX_SAVINGS = 5


def render(report: CostReport, group_by: str | None = None) -> str:
    """The report as Markdown; with ``group_by``, sums instead of steps."""
    lines = ["## Cost", ""]
    if group_by is not None:
        lines += _groups(report, group_by)
    else:
        for pipeline in report.pipelines:
            lines += _pipeline(pipeline, several_regions(report))
        lines += _standing(report)
    lines += _unpriced(report)
    at_least = "" if report.complete else "at least "
    lines += [
        f"**Total:** {at_least}{_money(spread(report.per_run))} per run of every pipeline,"
        f" {at_least}{_money(spread(report.per_month))} per month; {priced_share(report)}.",
        "",
        f"<sub>{markdown(book_line(report), 600)}, USD before tax; free tiers left out.</sub>",
    ]
    for warning in (report.book_warning, *report.warnings):
        if warning:
            lines += ["", f"> {markdown(warning, 300)}"]
    return "\n".join(lines) + "\n"


def _money(text: str) -> str:
    """Amounts, whose dollar signs some renderers would take for formulas."""
    return text.replace("$", "\\$")


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A table whose first column is aligned to the left, amounts being in cells as they are."""
    return [
        f"| {' | '.join(headings)} |",
        f"|{'|'.join('---' for _ in headings)}|",
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
    ]


def _pipeline(pipeline: PipelineEstimate, placed: bool) -> list[str]:
    lines = [
        f"### {markdown(pipeline.name, 120)}",
        "",
        f"{_money(spread(pipeline.per_run))} per run,"
        f" {_money(spread(pipeline.per_month))} per month"
        f" ({markdown(pipeline.runs_said, 600)})"
        + (f" in {markdown(place_of(pipeline.where), 200)}" if placed else ""),
        "",
    ]
    headings = ("step", "type", "instance", "$/hour", "hours", "per run", "from")
    lines += _table([_money(text) for text in headings], [_step(step) for step in pipeline.steps])
    return [*lines, *_savings(pipeline.savings)]


def _savings(savings: Sequence[Saving]) -> list[str]:
    worthwhile = [s for s in savings if s.usd_per_month.expected > 0][:MAX_SAVINGS]
    lines = [
        f"- save {_money(spread(saving.usd_per_month))} per month: {saving.kind} on"
        f" {code(saving.step, 80)}: {markdown(saving.how, 300)}"
        for saving in worthwhile
    ]
    return [*lines, ""] if lines else []


def _step(step: StepEstimate) -> tuple[str, ...]:
    count, kind = step.instance_count, step.instance_type or ""
    shown = code(kind, 100)
    if kind and count is not None and count.high != 1:
        low, high = (f"{n.normalize():f}" for n in (count.low, count.high))
        shown = f"{low if low == high else f'{low}–{high}'} × {shown}"
    if step.spot:
        shown += " Spot"
    price = "free" if step.free else _money(spread(step.total))
    if step.unpriced:
        price = "no price" if not step.total.high else f"{price} and more"
    hours = step.hours
    return (
        code(step.name, 80),
        markdown(step.type, 40),
        shown,
        "" if step.usd_per_hour is None else f"{step.usd_per_hour.normalize():f}",
        "" if hours is None else f"{hours.range.expected:.2f}",
        price,
        "" if hours is None else hours.source,
    )


def _standing(report: CostReport) -> list[str]:
    if not report.standing:
        return []
    rows = []
    for item in report.standing:
        price = _money(spread(item.usd_per_month))
        if item.unpriced:
            price = "no price" if not item.usd_per_month.high else f"{price} and more"
        name = code(item.name or item.address, 100)
        idle = " idle" if item.idle else ""
        if several_regions(report):
            idle = f" in {markdown(place_of(item.where), 200)}{idle}"
        rows.append((item.kind, name + idle, price, markdown("; ".join(item.notes), 300)))
    return [
        "### Standing cost",
        "",
        *_table(("kind", "name", "per month", "notes"), rows),
        *_savings([saving for item in report.standing for saving in item.savings]),
    ]


def _groups(report: CostReport, by: str) -> list[str]:
    from pricing.report import grouped

    rows = [
        (
            code(row.key, 120),
            _money(usd(row.per_run.expected)),
            _money(usd(row.per_month.expected)),
            _money(f"{usd(row.per_month.low)}–{usd(row.per_month.high)}"),
            str(row.unpriced or ""),
        )
        for row in grouped(report, by)
    ]
    return _table((by, "per run", "per month", "low–high", "without a price"), rows)


def _unpriced(report: CostReport) -> list[str]:
    if not report.unpriced:
        return []
    lines = ["### Without a price (in no total)", ""]
    for gap in report.unpriced:
        where = " / ".join(part for part in (gap.pipeline, gap.step) if part) or gap.address
        lines.append(f"- {code(where, 160)}: {markdown(gap.reason, 300)}")
    return [*lines, ""]
