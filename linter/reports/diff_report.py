"""What a change does, for a terminal, as Markdown for a pull request, and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from linter.core.jsonwrite import dumps
from linter.core.printable import printable
from linter.gate.compare import Comparison, PipelineChange, StandingChange, StepChange
from linter.gate.review import GateResult, Review
from linter.policy.model import Finding
from linter.reports.amounts import at_least, signed, spread, usd
from linter.reports.escape import code, markdown
from linter.reports.github import rule_link
from linter.reports.json_report import finding_dict, weakened_dict
from linter.reports.style import SEVERITY_STYLES, Painter

if TYPE_CHECKING:
    from linter.core.documents import Problem
    from linter.gate.weakening import Weakening
    from pricing.model import CostReport, StandingEstimate, StepEstimate
    from pricing.ranges import Range

MARKER = "<!-- pipewarden diff -->"
"""By this a bot finds the comment that it replaces."""
COMMENT_LIMIT = 65_000


def render_text(comparison: Comparison, gate: GateResult, paint: Painter) -> str:
    """The report for people, ends with a line break."""
    lines: list[str] = []
    for sign, title, style, findings in (
        ("+", "New findings", "bold red", comparison.new),
        ("-", "Fixed findings", "bold green", comparison.fixed),
    ):
        if findings:
            lines.append(paint(title, style))
            lines.extend(_finding(sign, finding, paint) for finding in findings)
            lines.append("")
    if comparison.pipelines or comparison.standing:
        lines.append(paint("Cost", "bold"))
        for change in comparison.pipelines:
            lines.extend(_pipeline(change))
        lines.extend(map(_standing, comparison.standing))
        lines.append("")
    lines.extend(weakened_lines(comparison.weakened, paint))
    lines.append(
        f"{len(comparison.new)} new, {len(comparison.fixed)} fixed, "
        f"{comparison.unchanged} unchanged."
    )
    lines.append(_month(comparison))
    lines.extend(f"  {printable(line, 600)}" for line in _lost(comparison))
    lines.extend(printable(line, 600) for line in _unread(comparison))
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
    for reason in change.reasons:
        yield f"    {printable(reason, 200)}"
    before, after = (
        "nothing" if side is None else at_least(side.per_run, side.complete_run)
        for side in (change.before, change.after)
    )
    yield f"    per run {before} → {after}"


def _standing(change: StandingChange) -> str:
    before, after = (_stands(side) for side in (change.before, change.after))
    return (
        f"  {change.kind} {printable(change.name)}  {printable(change.path)}:"
        f" per month {before} → {after}  {_why(change)}"
    )


def _stands(item: StandingEstimate | None) -> str:
    return "nothing" if item is None else at_least(item.usd_per_month, item.complete)


def _amounts(step: StepChange) -> str:
    return f"{_side(step.before)} → {_side(step.after)}"


def _side(step: StepEstimate | None) -> str:
    if step is None:
        return "nothing"
    words = f", {step.basis.words}" if step.basis.words and not step.free else ""
    return at_least(step.total, step.complete) + words


def _why(step: StepChange | StandingChange) -> str:
    return "(" + ", ".join(printable(reason, 200) for reason in step.reasons) + ")"


def _month(comparison: Comparison) -> str:
    rise = comparison.rise
    before, after = comparison.costs
    if rise is None:
        return "Costs were not compared."
    sides = f"Per month {_total(before)} → {_total(after)}"
    assumed = " (on assumed times or runs)" if _assumed(after) else ""
    if rise.decided:
        return f"{sides}: {signed(rise.compared)} expected{assumed}."
    known = f"; what has a price on both sides {signed(rise.compared)} expected{assumed}"
    return f"{sides}: the change is not known{known}."


def _total(report: CostReport) -> str:
    return at_least(report.per_month, report.complete)


def _assumed(report: CostReport) -> bool:
    found = report.assumptions
    return bool(found.times or found.runs)


def _lost(comparison: Comparison) -> Iterator[str]:
    """What the change takes out of sight: it has no price now, or had none before."""
    rise = comparison.rise
    for part, was in rise.lost if rise is not None else ():
        before = f"{usd(was)} a month before, " if was else ""
        yield f"lost from view: {part.name}: {before}no whole price now: {part.unpriced}"
    for part in rise.gained if rise is not None else ():
        yield f"not comparable: {part.name} had no whole price before: {part.unpriced}"


_NAMED = 5
"""Places that could not be read which are named; the rest is counted."""


def _unread(comparison: Comparison) -> Iterator[str]:
    """What could not be read on either side, and what that means for the comparison."""
    before, after = comparison.unread
    if before:
        yield f"{_places(len(before))} could not be read before the change: what is new may not be:"
        yield from _named(before)
    if after:
        yield f"{_places(len(after))} cannot be read now: what is fixed may not be:"
        yield from _named(after)


def _places(count: int) -> str:
    return "1 place" if count == 1 else f"{count} places"


def _named(problems: Sequence[Problem]) -> Iterator[str]:
    for problem in problems[:_NAMED]:
        span = problem.span
        yield f"  {span.path}:{span.start_line}:{span.start_column} {problem.message}"
    if len(problems) > _NAMED:
        yield f"  and {len(problems) - _NAMED} more"


def _unread_json(comparison: Comparison) -> dict[str, Any]:
    return {
        side: [
            {
                "path": problem.span.path,
                "line": problem.span.start_line,
                "column": problem.span.start_column,
                "message": problem.message,
            }
            for problem in problems
        ]
        for side, problems in zip(("before", "after"), comparison.unread, strict=True)
    }


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
        f"\n**{len(comparison.new)}** new, **{len(comparison.fixed)}** fixed. "
        f"{markdown(_month(comparison))}"
    )
    lines = (_saves(comparison), _stand(comparison))
    head.extend(f"\n{markdown(line, 400)}" for line in lines if line)
    head.extend(f"- {markdown(line, 600)}" for line in _lost(comparison))
    head.extend(
        f"{'  ' if line.startswith(' ') else ''}- {markdown(line.strip(), 400)}"
        for line in _unread(comparison)
    )
    sections = [
        *_cost_rows(comparison),
        *_finding_rows("New findings", comparison.new, opened=True),
        *_finding_rows("Fixed findings", comparison.fixed, opened=False),
    ]
    return _fitting(head, sections, limit)


def _saves(comparison: Comparison) -> str:
    """What lies on the table after the change, in one line; ``""`` for nothing."""
    before, after = comparison.costs
    if after is None or after.savings_total.high <= 0:
        return ""
    was = "" if before is None else f" ({spread(before.savings_total)} before)"
    said = "" if before is not None and before.savings_total == after.savings_total else was
    names = list(
        dict.fromkeys(
            f"{saving.kind} of {saving.step}" if saving.step else saving.kind
            for pipeline in after.pipelines
            for saving in sorted(pipeline.savings, key=lambda s: -s.usd_per_month.expected)
            if saving.applied
        )
    )
    more = f" and {len(names) - _SAVINGS} more" if len(names) > _SAVINGS else ""
    listed = f": {', '.join(names[:_SAVINGS])}{more}" if names else ""
    return f"Savings on the table: {spread(after.savings_total)} a month{said}{listed}."


_SAVINGS = 5
"""Savings that are named in a comment."""


def _stand(comparison: Comparison) -> str:
    """What was found before the change and still is, in one line; ``""`` for nothing."""
    counts = Counter(finding.severity for finding in comparison.stands)
    if not counts:
        return ""
    words = ", ".join(f"{counts[level]} {level.word}" for level in sorted(counts, reverse=True))
    total = sum(counts.values())
    are = "finding stands as it was" if total == 1 else "findings stand as they were"
    return f"{total} {are} ({words}); this change is not judged by them."


def _cost_rows(comparison: Comparison) -> Iterator[str]:
    if comparison.pipelines:
        yield (
            "\n### Cost of a run\n\n| Step | Before | After | Change | Why |\n"
            "| --- | ---: | ---: | ---: | --- |"
        )
    for change in comparison.pipelines:
        for step in change.steps:
            yield (
                f"| {code(change.name)} {code(step.name)} | {markdown(_side(step.before))} "
                f"| {markdown(_side(step.after))} | {_rise_of(step)} "
                f"| {markdown(', '.join(step.reasons))} |"
            )
        yield from _total_rows(change)
    if comparison.standing:
        yield (
            "\n### Always-on cost of a month\n\n| What | Before | After | Change | Why |\n"
            "| --- | ---: | ---: | ---: | --- |"
        )
    for item in comparison.standing:
        sides = [
            None if side is None else (side.usd_per_month, side.complete)
            for side in (item.before, item.after)
        ]
        yield (
            f"| {item.kind} {code(item.name)} | {markdown(_stands(item.before))} "
            f"| {markdown(_stands(item.after))} | {_difference(*sides)} "
            f"| {markdown(', '.join(item.reasons))} |"
        )


def _total_rows(change: PipelineChange) -> Iterator[str]:
    """A pipeline's run and month."""
    sides = (change.before, change.after)
    runs = [None if side is None else (side.per_run, side.complete_run) for side in sides]
    months = [None if side is None else (side.per_month, side.complete) for side in sides]
    why = ", ".join(change.reasons)
    if not why and change.after is not None:
        why = change.after.runs_said
    for word, pair, reason in (("a run", runs, ""), ("a month", months, why)):
        before, after = ("nothing" if side is None else at_least(*side) for side in pair)
        yield (
            f"| **{code(change.name)} {word}** | {markdown(before)} | {markdown(after)} "
            f"| **{_difference(*pair)}** | {markdown(reason)} |"
        )


def _rise_of(step: StepChange) -> str:
    sides = (
        None if side is None else (side.total, side.complete) for side in (step.before, step.after)
    )
    return _difference(*sides)


def _difference(before: tuple[Range, bool] | None, after: tuple[Range, bool] | None) -> str:
    """The expected difference, where both sides are whole; nothing costs nothing."""
    if not all(side is None or side[1] for side in (before, after)):
        return "not known"
    was, now = (Decimal(0) if side is None else side[0].expected for side in (before, after))
    return signed(now - was)


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
            f"| {finding.severity.word} | {rule_link(finding)} | {place}"
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


def render_github(comparison: Comparison, gate: GateResult, after: Review) -> str:
    """Workflow commands for what the change adds; what stands is no news of it."""
    from linter.reports.github import commands

    worst = sorted(comparison.new, key=lambda finding: -int(finding.severity))
    return commands(after, worst, comparison.weakened, gate)


def render_json(comparison: Comparison, gate: GateResult) -> str:
    """The comparison as JSON; money stays exact."""
    before, after = comparison.per_month
    rise, costs = comparison.rise, comparison.costs
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
                    if rise is None or not rise.decided
                    else _plain(rise.compared),
                    "change_of_compared": None if rise is None else _plain(rise.compared),
                    "change_least": _end(rise.least if rise is not None else None),
                    "change_most": _end(rise.most if rise is not None else None),
                    "complete": {
                        "before": None if costs[0] is None else costs[0].complete,
                        "after": None if costs[1] is None else costs[1].complete,
                    },
                },
                "standing": [_standing_json(change) for change in comparison.standing],
                "lost_from_view": [
                    {
                        "name": part.name,
                        "before_usd_per_month": _plain(was),
                        "reason": part.unpriced,
                    }
                    for part, was in (rise.lost if rise is not None else ())
                ],
                "not_comparable": [
                    {"name": part.name, "reason": part.unpriced}
                    for part in (rise.gained if rise is not None else ())
                ],
                "assumptions": {
                    "before": None if costs[0] is None else costs[0].assumptions.to_json(),
                    "after": None if costs[1] is None else costs[1].assumptions.to_json(),
                },
                "savings_total": {
                    "before": None if costs[0] is None else costs[0].savings_total.to_json(),
                    "after": None if costs[1] is None else costs[1].savings_total.to_json(),
                },
                "unread": _unread_json(comparison),
                **weakened_dict(comparison.weakened),
                "gate": {"passed": gate.passed, "reasons": list(gate.reasons)},
            }
        )
        + "\n"
    )


def _plain(amount: Decimal) -> Decimal:
    return amount.normalize() + Decimal(0)


def _end(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else _plain(amount)


def _standing_json(change: StandingChange) -> dict[str, Any]:
    before, after = change.before, change.after
    return {
        "kind": change.kind,
        "name": change.name,
        "path": change.path,
        "before_usd_per_month": None if before is None else before.usd_per_month.to_json(),
        "after_usd_per_month": None if after is None else after.usd_per_month.to_json(),
        "complete": {
            "before": None if before is None else before.complete,
            "after": None if after is None else after.complete,
        },
        "reasons": list(change.reasons),
    }


def _pipeline_json(change: PipelineChange) -> dict[str, Any]:
    return {
        "name": change.name,
        "path": change.path,
        "before_per_run_usd": None if change.before is None else change.before.per_run.to_json(),
        "after_per_run_usd": None if change.after is None else change.after.per_run.to_json(),
        "complete": {
            "before": None if change.before is None else change.before.complete_run,
            "after": None if change.after is None else change.after.complete_run,
        },
        "reasons": list(change.reasons),
        "steps": [
            {
                "name": step.name,
                "before_usd": None if step.before is None else step.before.total.to_json(),
                "after_usd": None if step.after is None else step.after.total.to_json(),
                "reasons": list(step.reasons),
                "complete": {
                    "before": None if step.before is None else step.before.complete,
                    "after": None if step.after is None else step.after.complete,
                },
                "basis": {
                    "before": None if step.before is None else step.before.basis.to_json(),
                    "after": None if step.after is None else step.after.basis.to_json(),
                },
            }
            for step in change.steps
        ],
    }
