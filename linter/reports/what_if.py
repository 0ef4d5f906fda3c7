"""What a try of ``--what-if`` changes: before, after and the difference."""

from __future__ import annotations

from typing import Any

from linter.core.printable import printable
from linter.gate.compare import Comparison, StepChange
from linter.reports.amounts import at_least, signed
from linter.reports.escape import markdown
from pricing.model import CostReport, StepEstimate
from pricing.ranges import Range


def lines_of(words: str, comparison: Comparison) -> list[str]:
    """Lines for people: each step that changes, then run and month."""
    before, after = comparison.costs
    lines = [f"What if  {printable(words)}"]
    for pipeline in comparison.pipelines:
        for step in pipeline.steps:
            reasons = ", ".join(step.reasons)
            lines.append(f"  {pipeline.name} / {step.name}: {_sides(step)}  ({reasons})")
    if not comparison.pipelines:
        lines.append("  no change: no step supports it, or every step already has it")
    known = comparison.rise is not None and comparison.rise.decided
    for word, first, second, whole in (
        ("run  ", before.per_run, after.per_run, _complete_runs(before, after)),
        ("month", before.per_month, after.per_month, (before.complete, after.complete)),
    ):
        lines.append(f"  per {word}  {_change(first, second, *whole, known=known)}")
    if not known and comparison.rise is not None:
        compared = signed(comparison.rise.compared)
        lines.append(f"  of what has a price before and after {compared} a month expected")
    return [printable(line, 600) for line in lines]


def render_markdown(words: str, comparison: Comparison) -> str:
    """The same as a list in Markdown."""
    head, *rest = lines_of(words, comparison)
    text = "\n".join(f"- {markdown(' '.join(line.split()), 600)}" for line in rest)
    return f"### {markdown(' '.join(head.split()))}\n\n{text}\n"


def _complete_runs(before: CostReport, after: CostReport) -> tuple[bool, bool]:
    return before.complete_run, after.complete_run


def _sides(step: StepChange) -> str:
    return " → ".join(_side(side) for side in (step.before, step.after))


def _side(step: StepEstimate | None) -> str:
    return "nothing" if step is None else at_least(step.total, step.complete)


def _change(
    before: Range, after: Range, whole_before: bool, whole_after: bool, *, known: bool
) -> str:
    sides = f"{at_least(before, whole_before)} → {at_least(after, whole_after)}"
    if not known:
        return f"{sides}: the difference is not known, a change is to or from what has no price"
    return f"{sides}: {signed(after.expected - before.expected)} expected"


def to_json(words: str, comparison: Comparison) -> dict[str, Any]:
    """Additions to the report of ``cost --format json``."""
    before, after = comparison.costs

    known = comparison.rise is not None and comparison.rise.decided

    def change(first: Range, second: Range) -> dict[str, Any]:
        return {
            "before": first.to_json(),
            "after": second.to_json(),
            "difference_expected": second.expected - first.expected if known else None,
        }

    return {
        "changes": words,
        "steps": [
            {
                "pipeline": pipeline.name,
                "step": step.name,
                "before_usd": None if step.before is None else step.before.total.to_json(),
                "after_usd": None if step.after is None else step.after.total.to_json(),
                "reasons": list(step.reasons),
            }
            for pipeline in comparison.pipelines
            for step in pipeline.steps
        ],
        "per_run_usd": change(before.per_run, after.per_run),
        "per_month_usd": change(before.per_month, after.per_month),
        "complete": {"before": before.complete, "after": after.complete},
    }
