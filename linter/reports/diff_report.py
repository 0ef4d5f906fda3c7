"""What a change does, for a terminal, as Markdown for a pull request, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from linter.core.jsonwrite import dumps
from linter.core.printable import printable
from linter.gate.compare import Comparison, PipelineChange, StepChange
from linter.gate.review import GateResult
from linter.policy.model import Finding
from linter.reports.cost_table import spread, usd
from linter.reports.escape import code, markdown
from linter.reports.json_report import finding_dict, weakened_dict
from linter.reports.style import SEVERITY_STYLES, Painter

if TYPE_CHECKING:
    from linter.gate.weakening import Weakening

MARKER = "<!-- pipewarden diff -->"
"""By this a bot finds the comment that it replaces."""
COMMENT_LIMIT = 65_000


def render_text(comparison: Comparison, gate: GateResult, *, colour: bool) -> str:
    """The report for people, ends with a line break."""
    paint = Painter(colour)
    lines: list[str] = []
    for sign, title, style, findings in (
        ("+", "New findings", "bold red", comparison.new),
        ("-", "Fixed findings", "bold green", comparison.fixed),
    ):
        if findings:
            lines.append(paint(title, style))
            lines.extend(_finding(sign, finding, paint) for finding in findings)
            lines.append("")
    if comparison.pipelines:
        lines.append(paint("Cost", "bold"))
        for change in comparison.pipelines:
            lines.extend(_pipeline(change))
        lines.append("")
    lines.extend(weakened_lines(comparison.weakened, paint))
    lines.append(
        f"{len(comparison.new)} new, {len(comparison.fixed)} fixed, "
        f"{comparison.unchanged} unchanged."
    )
    lines.append(_month(comparison))
    lines.extend(_unread(comparison))
    lines.append(_verdict(gate, paint))
    return "\n".join(line for line in lines if line is not None) + "\n"


def weakened_lines(found: Sequence[Weakening], paint: Painter) -> Iterator[str]:
    """What the change does to the gate, for people; with a line break after it."""
    for one in found:
        yield (
            f"{paint('this change weakens the gate:', 'bold red')} {printable(one.text, 400)} "
            f"({printable(one.path)}:{one.line})"
        )
    if found:
        yield ""


def weakened_markdown(found: Sequence[Weakening]) -> list[str]:
    """The same as a list for a comment."""
    return [
        f"- ⚠️ this change weakens the gate: {markdown(one.text, 400)}"
        f" ({code(f'{one.path}:{one.line}')})"
        for one in found[:50]
    ]


def _finding(sign: str, finding: Finding, paint: Painter) -> str:
    word = finding.severity.word
    place = finding.location.span
    return (
        f"{sign} {paint(f'{word:<8}', SEVERITY_STYLES[word])} {finding.rule} "
        f"{printable(place.path)}:{place.start_line}:{place.start_column} "
        f"{printable(finding.message, 400)}"
    )


def _pipeline(change: PipelineChange) -> Iterator[str]:
    state = "new pipeline" if change.before is None else "removed" if change.after is None else ""
    yield f"  {printable(change.name)}  {printable(change.path)}" + (
        f"  ({state})" if state else ""
    )
    for step in change.steps:
        yield f"    {printable(step.name)}: {_amounts(step)}  {_why(step)}"
    before = change.before.per_run if change.before is not None else None
    after = change.after.per_run if change.after is not None else None
    yield f"    per run {_side(before)} → {_side(after)}"


def _amounts(step: StepChange) -> str:
    before = step.before.total if step.before is not None else None
    after = step.after.total if step.after is not None else None
    return f"{_side(before)} → {_side(after)}"


def _side(value: Any) -> str:
    return "nothing" if value is None else spread(value)


def _why(step: StepChange) -> str:
    return "(" + ", ".join(printable(reason, 200) for reason in step.reasons) + ")"


def _month(comparison: Comparison) -> str:
    before, after = comparison.per_month
    if before is None or after is None:
        return "Costs were not compared."
    rise = after.expected - before.expected
    sign = "+" if rise > 0 else "-" if rise < 0 else "±"
    return f"Per month {spread(before)} → {spread(after)}: {sign}{usd(abs(rise))} expected."


def _unread(comparison: Comparison) -> Iterator[str]:
    before, after = comparison.unread
    if before:
        yield f"{before} places could not be read before the change: what is new may not be."
    if after:
        yield f"{after} places cannot be read now: pipewarden check names them."


def _verdict(gate: GateResult, paint: Painter) -> str:
    if gate.passed and gate.exit_code == 0:
        return paint("Gate passed.", "bold green")
    word = "Gate failed" if gate.exit_code == 1 else "Analysis incomplete"
    return paint(f"{word}: ", "bold red") + "; ".join(printable(r, 400) for r in gate.reasons) + "."


def render_markdown(comparison: Comparison, gate: GateResult, limit: int = COMMENT_LIMIT) -> str:
    """A comment for a pull request of at most ``limit`` UTF-8 bytes, the worst first."""
    state = "✅ passed" if gate.passed else "❌ failed"
    head = [MARKER, f"## pipewarden: {state}", ""]
    head.extend(f"- {markdown(reason)}" for reason in gate.reasons)
    head.extend(weakened_markdown(comparison.weakened))
    head.append(
        f"\n**{len(comparison.new)}** new, **{len(comparison.fixed)}** fixed, "
        f"{comparison.unchanged} unchanged. {markdown(_month(comparison))}"
    )
    sections = [
        *_cost_rows(comparison),
        *_finding_rows("New findings", comparison.new, opened=True),
        *_finding_rows("Fixed findings", comparison.fixed, opened=False),
    ]
    return _fitting(head, sections, limit)


def _cost_rows(comparison: Comparison) -> Iterator[str]:
    if not comparison.pipelines:
        return
    yield "\n### Cost per run\n\n| Step | Before | After | Why |\n| --- | ---: | ---: | --- |"
    for change in comparison.pipelines:
        for step in change.steps:
            before = step.before.total if step.before is not None else None
            after = step.after.total if step.after is not None else None
            yield (
                f"| {code(change.name)} {code(step.name)} | {markdown(_side(before))} "
                f"| {markdown(_side(after))} | {markdown(', '.join(step.reasons))} |"
            )


def _finding_rows(title: str, findings: Sequence[Finding], *, opened: bool) -> Iterator[str]:
    if not findings:
        return
    ordered = sorted(findings, key=lambda f: -int(f.severity))
    mark = " open" if opened else ""
    yield (
        f"\n<details{mark}><summary>{title} ({len(findings)})</summary>\n\n"
        "| Severity | Rule | Place | What |\n| --- | --- | --- | --- |"
    )
    for finding in ordered:
        span = finding.location.span
        place = code(f"{span.path}:{span.start_line}")
        yield (
            f"| {finding.severity.word} | {finding.rule} | {place}"
            f" | {markdown(finding.message, 300)} |"
        )
    yield "\n</details>"


def _fitting(head: list[str], sections: list[str], limit: int) -> str:
    room = limit - sum(len(line.encode("utf-8", "replace")) + 1 for line in head) - 200
    kept: list[str] = []
    for number, line in enumerate(sections):
        room -= len(line.encode("utf-8", "replace")) + 1
        if room < 0:
            closing = ["\n</details>"] if any("<details" in text for text in kept) else []
            kept += [*closing, f"\n{len(sections) - number} more rows do not fit here."]
            break
        kept.append(line)
    return "\n".join((*head, *kept)) + "\n"


def render_json(comparison: Comparison, gate: GateResult) -> str:
    """The comparison as JSON; money stays exact."""
    before, after = comparison.per_month
    return (
        dumps(
            {
                "schema_version": "1.0",
                "new": [finding_dict(f) for f in comparison.new],
                "fixed": [finding_dict(f) for f in comparison.fixed],
                "unchanged": comparison.unchanged,
                "pipelines": [_pipeline_json(change) for change in comparison.pipelines],
                "per_month_usd": {
                    "before": None if before is None else before.to_json(),
                    "after": None if after is None else after.to_json(),
                    "change_expected": None
                    if before is None or after is None
                    else _plain(after.expected - before.expected),
                },
                **weakened_dict(comparison.weakened),
                "gate": {"passed": gate.passed, "reasons": list(gate.reasons)},
            }
        )
        + "\n"
    )


def _plain(amount: Decimal) -> Decimal:
    return amount.normalize() + Decimal(0)


def _pipeline_json(change: PipelineChange) -> dict[str, Any]:
    return {
        "name": change.name,
        "path": change.path,
        "before_per_run_usd": None if change.before is None else change.before.per_run.to_json(),
        "after_per_run_usd": None if change.after is None else change.after.per_run.to_json(),
        "steps": [
            {
                "name": step.name,
                "before_usd": None if step.before is None else step.before.total.to_json(),
                "after_usd": None if step.after is None else step.after.total.to_json(),
                "reasons": list(step.reasons),
            }
            for step in change.steps
        ],
    }
