"""``cost --format markdown``: for pull requests and wikis."""

from __future__ import annotations

from collections.abc import Sequence

from linter.reports.amounts import at_least, spread
from linter.reports.cost_table import (
    book_line,
    group_rows,
    left_out_lines,
    permitted,
    place_of,
    price_warnings,
    several_regions,
    standing_rows,
    step_rows,
    total_lines,
)
from linter.reports.escape import code, markdown
from pricing.model import CostReport, PipelineEstimate, Saving
from pricing.ranges import Range

MAX_SAVINGS = 5
_AS_CODE = frozenset({"step", "instance", "name"})


def render(report: CostReport, group_by: str | None = None) -> str:
    """The report as Markdown; with ``group_by``, sums instead of steps."""
    lines = ["## Cost", ""]
    if group_by is not None:
        headings, rows = group_rows(report, group_by)
        lines += _table(headings, rows, frozenset({group_by}))
    else:
        for pipeline in report.pipelines:
            lines += _pipeline(pipeline, several_regions(report))
        lines += _standing(report)
    lines += _unpriced(report)
    for line in total_lines(report):
        head, _, text = line.partition("  ")
        lines += [f"**{head}:** {_money(markdown(text, 600))}", ""]
    lines.append(
        f"<sub>{markdown(book_line(report), 600)}, USD before tax; free tiers left out.</sub>"
    )
    for warning in price_warnings(report):
        lines += ["", f"> {markdown(warning, 300)}"]
    return "\n".join(lines) + "\n"


def _money(text: str) -> str:
    """Amounts, whose dollar signs some renderers would take for formulas."""
    return text.replace("\\$", "$").replace("$", "\\$")


def _table(
    headings: Sequence[str], rows: Sequence[Sequence[str]], as_code: frozenset[str] = _AS_CODE
) -> list[str]:
    """A table; names are shown as code, amounts with their dollar signs escaped."""
    shown = [
        " | ".join(
            code(cell, 100) if cell and name in as_code and row[0] != "sum" else _cell(cell)
            for name, cell in zip(headings, row, strict=True)
        )
        for row in rows
    ]
    return [
        f"| {' | '.join(_money(heading) for heading in headings)} |",
        f"|{'|'.join('---' for _ in headings)}|",
        *(f"| {row} |" for row in shown),
        "",
    ]


def _cell(text: str) -> str:
    return _money(markdown(text, 300))


def _pipeline(pipeline: PipelineEstimate, placed: bool) -> list[str]:
    run = at_least(pipeline.per_run, pipeline.complete_run)
    month = at_least(pipeline.per_month, pipeline.complete)
    lines = [
        f"### {markdown(pipeline.name, 120)}",
        "",
        f"{_money(run)} per run, {_money(month)} per month"
        f" ({markdown(pipeline.runs_said, 600)})"
        + (f" in {markdown(place_of(pipeline.where), 200)}" if placed else "")
        + f"; permitted {_money(permitted(pipeline.permitted_per_run))}",
        "",
    ]
    headings, rows = step_rows(pipeline)
    lines += _table(headings, rows)
    return [
        *lines,
        *_savings(pipeline.savings, pipeline.savings_total, pipeline.after_savings),
    ]


def _savings(savings: Sequence[Saving], whole: Range, after: Range) -> list[str]:
    applied = [saving for saving in savings if saving.applied]
    if not applied:
        return []
    lines = [f"Save {_money(spread(whole))} per month, leaving {_money(spread(after))}:", ""]
    lines += [
        f"- {_money(spread(saving.usd_per_month))}: {saving.kind} on {_of(saving)}:"
        f" {markdown(saving.how, 300)}"
        for saving in applied
    ]
    others = [saving for saving in savings if saving.alternative_of][:MAX_SAVINGS]
    lines += [
        f"  - or: {_money(spread(saving.alone))}: {saving.kind} on {_of(saving)} instead of"
        f" {saving.alternative_of}: {markdown(saving.how, 300)}"
        for saving in others
    ]
    return [*lines, ""]


def _of(saving: Saving) -> str:
    return code(saving.step or saving.address, 80)


def _standing(report: CostReport) -> list[str]:
    if not report.standing:
        return []
    headings, rows = standing_rows(report)
    lines = ["### Always-on cost", "", *_table(headings, rows)]
    for item in report.standing:
        if item.notes:
            name = code(item.name or item.address, 100)
            lines += [f"- {name}: {markdown('; '.join(item.notes), 300)}"]
    lines.append("")
    for item in report.standing:
        lines += _savings(item.savings, item.savings_total, item.after_savings)
    return lines


def _unpriced(report: CostReport) -> list[str]:
    lines: list[str] = []
    if report.unpriced:
        lines += ["### Without a price (in no total)", ""]
        for gap in report.unpriced:
            where = " / ".join(part for part in (gap.pipeline, gap.step) if part) or gap.address
            lines.append(f"- {code(where, 160)}: {markdown(gap.reason, 300)}")
        lines.append("")
    if report.left_out:
        lines += ["### Seen, not priced (in no total)", ""]
        lines += [f"- {markdown(text, 300)}" for text in left_out_lines(report)]
        lines.append("")
    return lines
