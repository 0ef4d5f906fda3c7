"""What past runs took, step by step, beside what was estimated before they were known."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from linter.core.printable import printable
from linter.core.record import record
from linter.reports.amounts import usd
from linter.reports.escape import markdown
from linter.reports.style import Painter
from linter.reports.table import table
from pricing.history import History, Measured
from pricing.model import HISTORY, CostReport, StepEstimate

HEADINGS = (
    *("pipeline", "step", "runs", "hits", "failed", "retries", "median", "p90"),
    *("estimated", "measured", "off by"),
)
_LEFT = ("pipeline", "step")
MeasuredSteps = tuple[list["MeasuredStep"], list[str]]
"""The steps that a history knows, and what else is said of it."""


@record
class MeasuredStep:
    """One step that ran. Amounts are USD for a run of the step, expected.

    ``estimated`` is what the step was priced at without the history; both are ``None`` where the
    step has no whole price.
    """

    pipeline: str
    step: str
    found: Measured
    estimated: Decimal | None
    measured: Decimal | None

    @property
    def off(self) -> Decimal | None:
        """How far the estimate was off, as a share of what was measured."""
        if self.estimated is None or not self.measured:
            return None
        return (self.estimated - self.measured) / self.measured

    def to_json(self) -> dict[str, Any]:
        found = self.found
        return {
            "pipeline": self.pipeline,
            "step": self.step,
            "runs": found.runs,
            "cache_hits": found.hits,
            "failed": found.failed,
            "retries": found.retries,
            "median_seconds": found.median,
            "p90_seconds": found.p90,
            "spot_saving": found.spot_saving,
            "estimated_usd": self.estimated,
            "measured_usd": self.measured,
            "off": None if self.off is None else round(self.off, 4),
        }


def measured_steps(report: CostReport, before: CostReport, history: History) -> list[MeasuredStep]:
    """The steps of a report that the history knows; ``before`` is priced without it."""
    earlier = {
        (pipeline.root, pipeline.address, step.name): step
        for pipeline in before.pipelines
        for step in pipeline.steps
    }
    rows = []
    for pipeline in report.pipelines:
        for step in pipeline.steps:
            found = history.measured(pipeline.name, step.name)
            if found is None:
                continue
            was = earlier.get((pipeline.root, pipeline.address, step.name))
            known = step.hours is not None and step.hours.source == HISTORY
            rows.append(
                MeasuredStep(
                    pipeline.name,
                    step.name,
                    found,
                    _expected(was) if known else None,
                    _expected(step) if known else None,
                )
            )
    return rows


def _expected(step: StepEstimate | None) -> Decimal | None:
    return None if step is None or not step.complete else step.total.expected


def render_text(rows: list[MeasuredStep], notes: list[str], paint: Painter) -> str:
    """A table for people, and what could not be used."""
    lines = [paint("Measured", "bold")]
    right = [n for n, heading in enumerate(HEADINGS) if heading not in _LEFT]
    lines.extend(table(HEADINGS, [cells_of(row) for row in rows], paint, right=right))
    if not rows:
        lines.append("  the history has no data on these pipelines' steps")
    lines.extend(f"  {printable(note, 300)}" for note in notes)
    return "\n".join(lines) + "\n"


def render_markdown(rows: list[MeasuredStep], notes: list[str]) -> str:
    """The same as a table in Markdown."""
    head = "| " + " | ".join(HEADINGS) + " |\n"
    rule = "|" + "|".join("---" if h in _LEFT else "---:" for h in HEADINGS) + "|\n"
    body = "".join(
        "| " + " | ".join(markdown(cell, 200) for cell in cells_of(row)) + " |\n" for row in rows
    )
    more = "".join(f"\n{markdown(note, 300)}\n" for note in notes)
    return f"### Measured\n\n{head}{rule}{body}{more}"


def cells_of(row: MeasuredStep) -> tuple[str, ...]:
    """A row as text, in the order of :data:`HEADINGS`."""
    found = row.found
    return (
        row.pipeline,
        row.step,
        str(found.runs),
        _share(found.hits, found.runs),
        _share(found.failed, found.runs),
        str(found.retries),
        _minutes(found.median),
        _minutes(found.p90),
        "" if row.estimated is None else usd(row.estimated),
        "" if row.measured is None else usd(row.measured),
        "" if row.off is None else f"{row.off * 100:+.0f}%",
    )


def _share(part: int, whole: int) -> str:
    return f"{part} ({part * 100 / whole:.0f}%)" if part else "0"


def _minutes(seconds: Decimal | None) -> str:
    return "" if seconds is None else f"{seconds / 60:.1f} min"


def billed_lines(report: CostReport, history: History) -> list[str]:
    """What AWS billed for each pipeline in a month, on average, beside its estimate."""
    lines = []
    for pipeline in report.pipelines:
        months = history.billed.get(pipeline.name)
        if not months:
            continue
        mean = sum(months.values(), Decimal(0)) / len(months)
        first, last = min(months), max(months)
        lines.append(
            f"{pipeline.name}: AWS billed {usd(mean)} a month from {first} to {last};"
            f" estimated {usd(pipeline.per_month.expected)}"
        )
    return lines
